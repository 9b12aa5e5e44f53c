import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { END, header, paddingOf } from '../../tar/header.ts'
import { formatProof } from '../../tlog/proof.ts'
import type { TreeReader } from '../../tree/treeReader.ts'
import { inclusionOf, type SignedHead } from '../inclusion.ts'
import { recordOf } from '../record.ts'
import { type LongText, longText } from './longText.ts'
import { eventName, type HEAD, SUMS } from './names.ts'

/** The checkpoint that all proofs of a file lead to. */
export interface FileCheckpoint extends SignedHead {
  /** As the log has signed it. */
  readonly signed: string
  /** Signature lines of witnesses, which go right behind that. */
  readonly cosignatures: string
  /** A time-stamp response over `signed` (RFC 3161, DER). */
  readonly timeStamp: Uint8Array | null
}

/** What stands in an evidence file. */
export interface FileContents {
  readonly checkpoint: FileCheckpoint
  /** What stands at its head beside that; each text in pieces. */
  readonly told: Readonly<
    Record<Exclude<(typeof HEAD)[number], `${'checkpoint'}${string}` | 'verify.go'>, readonly Uint8Array[]>
  >
  /** Those of the user's stream, then those of nobody's that count as his; all of them in the tree that was signed. */
  readonly events: AsyncIterable<RecordedEvent>
  /** Of all its members, in seconds since 1970. */
  readonly time: number
}

const VERIFIER = new URL('../verify.go', import.meta.url)

/** After so many bytes of a member others have their turn. */
const BYTES_IN_A_TURN = 1024 * 1024

async function* inTurns(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for (const piece of pieces) {
    yield piece
    bytes += piece.length
    if (bytes < BYTES_IN_A_TURN) continue
    await setImmediate()
    bytes = 0
  }
}

/** A member in pieces: header, contents, zeros. Takes note of its hash. */
async function* member(
  name: string,
  contents: readonly Uint8Array[],
  time: number,
  sums: LongText,
): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha256')
  for await (const piece of inTurns(contents)) digest.update(piece)
  sums.add(`${digest.digest('hex')}  ${name}\n`)
  const size = contents.reduce((sum, { length }) => sum + length, 0)
  yield header({ name, size, time })
  yield* inTurns(contents)
  yield Buffer.alloc(paddingOf(size))
}

const bytesOf = (pieces: readonly string[]): readonly Uint8Array[] => pieces.map((piece) => Buffer.from(piece))

const headOf = ({
  checkpoint,
  told,
}: FileContents): readonly (readonly [(typeof HEAD)[number], readonly Uint8Array[]])[] => {
  const { signed, cosignatures, timeStamp } = checkpoint
  return [
    ['README.txt', told['README.txt']],
    ['keys.txt', told['keys.txt']],
    ['verify.go', [readFileSync(VERIFIER)]],
    ['checkpoint', bytesOf([signed, cosignatures])],
    ...(timeStamp === null
      ? []
      : ([
          ['checkpoint.signed', bytesOf([signed])],
          ['checkpoint.tsr', [timeStamp]],
        ] as const)),
    ['status.json', told['status.json']],
    ['timeline.html', told['timeline.html']],
    ['timeline.csv', told['timeline.csv']],
  ]
}

/**
 * The bytes of an evidence file (docs/evidence.md), an archive in the format ustar: one event is held at a time. Throws where
 * an event is not shown to be in the tree that was signed; what was given until then is no whole archive.
 */
export async function* evidenceFile(contents: FileContents, tree: TreeReader): AsyncGenerator<Uint8Array> {
  const { checkpoint, events, time } = contents
  const sums = longText()
  for (const [name, pieces] of headOf(contents)) yield* member(name, pieces, time, sums)
  const issued = checkpoint.signed + checkpoint.cosignatures
  for await (const event of events) {
    const { stream, revision } = event
    const inclusion = inclusionOf(event, checkpoint, tree)
    if (inclusion._tag !== 'included') {
      throw new Error(`${stream}, revision ${revision}, is not shown to be in the log: ${inclusion._tag}`)
    }
    const { index, proof } = inclusion
    yield* member(eventName({ stream, revision, what: 'record' }), [recordOf(event)], time, sums)
    const text = formatProof({ index, inclusion: proof, checkpoint: issued })
    yield* member(eventName({ stream, revision, what: 'tlog-proof' }), bytesOf([text]), time, sums)
  }
  yield* member(SUMS, sums.pieces(), time, longText())
  yield END
}
