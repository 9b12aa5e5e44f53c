import { hash } from 'node:crypto'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { type ReadMember, readTar } from '../../tar/readTar.ts'
import { type EventMember, HEAD, parseEventName, SUMS } from '../file/names.ts'
import { checkEvent, checkOrder, type StreamSeen, streamHere } from './checkEvent.ts'
import { contentsOf, hashOf } from './contents.ts'
import { type CheckedCheckpoint, checkFileCheckpoint, type HeldKeys } from './fileCheckpoint.ts'
import { wrongFile } from './wrongFile.ts'

/** Bytes of one event; of a checkpoint or a proof; of status.json. */
const LARGEST = { record: 64 * 1024 * 1024, text: 1024 * 1024, status: 16 * 1024 * 1024 } as const

const MOST_MEMBERS = 4_000_000

/** What stands in an evidence file, as far as it was read. */
export class FileReader {
  checkpoint: CheckedCheckpoint | null = null
  status: string | null = null
  readonly streams: StreamSeen[] = []
  readonly present = new Set<string>()
  readonly #keys: HeldKeys
  readonly #sums: string[] = []
  #record: { readonly name: string; readonly bytes: Buffer; readonly of: EventMember } | null = null
  #reached = -1

  constructor(keys: HeldKeys) {
    this.#keys = keys
  }

  /** The events of an open file, each shown to be in the log. Throws `wrongFile`, or an `Error` where it is no such archive. */
  *events(file: number): Generator<{ readonly name: string; readonly event: RecordedEvent }> {
    let ended = false
    for (const member of readTar(file)) {
      const { name } = member
      if (this.#sums.length === MOST_MEMBERS) throw wrongFile(`it has more than ${MOST_MEMBERS} members`)
      if (ended) throw wrongFile(`${name}: it stands behind the sums`)
      const place = (HEAD as readonly string[]).indexOf(name)
      const of = parseEventName(name)
      if (name === SUMS) ended = this.#end(member)
      else if (place !== -1) this.#head(member, place)
      else if (of === null) throw wrongFile(`${JSON.stringify(name)}: nothing of that name is in an evidence file`)
      else if (of.what === 'record') this.#takeRecord(member, of)
      else yield this.#takeProof(member, of)
    }
    if (!ended) throw wrongFile(`${SUMS} is missing`)
  }

  #sum(name: string, bytes: Buffer): void {
    this.#sums.push(`${hash('sha256', bytes, 'hex')}  ${name}`)
  }

  #head(member: ReadMember, place: number): void {
    const { name } = member
    if (place <= this.#reached || this.streams.length > 0) {
      throw wrongFile(`${name}: it stands twice, or in another place than its own`)
    }
    this.#reached = place
    this.present.add(name)
    if (name !== 'status.json' && !name.startsWith('checkpoint')) {
      this.#sums.push(`${hashOf(member)}  ${name}`)
      return
    }
    const bytes = contentsOf(member, name === 'status.json' ? LARGEST.status : LARGEST.text)
    this.#sum(name, bytes)
    if (name === 'status.json') this.status = bytes.toString()
    if (name === 'checkpoint') this.checkpoint = checkFileCheckpoint(bytes.toString(), this.#keys)
    if (name === 'checkpoint.signed') {
      const issued = Buffer.from(this.checkpoint?.issued ?? '')
      const rest = issued.subarray(bytes.length).toString()
      const isBeginning = bytes.length > 0 && issued.subarray(0, bytes.length).equals(bytes)
      if (!isBeginning || !(rest === '' || rest.startsWith('\u2014 '))) {
        throw wrongFile('checkpoint.signed: it is not how the checkpoint begins')
      }
    }
  }

  #takeRecord(member: ReadMember, of: EventMember): void {
    const { name } = member
    if (this.#record !== null) throw wrongFile(`${this.#record.name}: its proof is missing`)
    const seen = streamHere(this.streams, of.stream, name)
    checkOrder(seen, of.revision, name)
    const bytes = contentsOf(member, LARGEST.record)
    this.#sum(name, bytes)
    this.#record = { name, bytes, of }
    seen.last = of.revision
    seen.events += 1
  }

  #takeProof(member: ReadMember, of: EventMember): { readonly name: string; readonly event: RecordedEvent } {
    const { name } = member
    const record = this.#record
    const isOfIt = record?.of.stream === of.stream && record.of.revision === of.revision
    if (record === null || !isOfIt) throw wrongFile(`${name}: its record does not stand before it`)
    if (this.checkpoint === null) throw wrongFile(`${name}: no checkpoint stands before it`)
    const bytes = contentsOf(member, LARGEST.text)
    this.#sum(name, bytes)
    const { event, index } = checkEvent(of, record, { name, text: bytes.toString() }, this.checkpoint)
    const seen = streamHere(this.streams, of.stream, name)
    if (index <= seen.index) throw wrongFile(`${name}: in the log it stands before the event before it`)
    seen.index = index
    this.#record = null
    return { name: record.name, event }
  }

  /** The end of a file in which nothing is missing. */
  #end(member: ReadMember): true {
    if (this.#record !== null) throw wrongFile(`${this.#record.name}: its proof is missing`)
    const missing = HEAD.find((name) => !this.present.has(name) && !name.startsWith('checkpoint.'))
    if (missing !== undefined) throw wrongFile(`${missing} is missing`)
    if (this.present.has('checkpoint.signed') !== this.present.has('checkpoint.tsr')) {
      throw wrongFile('of the time stamp only one part is there')
    }
    const expected = [...this.#sums, '']
    const given = contentsOf(member, expected.join('\n').length + 1)
      .toString()
      .split('\n')
    const at = expected.findIndex((line, index) => line !== given[index])
    if (at !== -1) throw wrongFile(`${SUMS}: line ${at + 1} is not the one of ${expected[at]?.slice(66) || 'its end'}`)
    if (given.length !== expected.length) throw wrongFile(`${SUMS}: it has more lines than members stand before it`)
    return true
  }
}
