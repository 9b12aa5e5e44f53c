import * as E from 'fp-ts/lib/Either.js'
import type { RecordedEvent, Revision, StreamName } from '../../eventStore/recordedEvent.ts'
import { UNATTRIBUTED } from '../../ledger/streams.ts'
import { leafHash } from '../../tlog/hash.ts'
import { parseProof } from '../../tlog/proof.ts'
import { isIncluded } from '../../tlog/verifyProof.ts'
import type { EventMember } from '../file/names.ts'
import type { CheckedCheckpoint } from './fileCheckpoint.ts'
import { readRecord } from './record.ts'
import { wrongFile } from './wrongFile.ts'

/** What was seen of the events of a stream. */
export interface StreamSeen {
  readonly stream: StreamName
  last: Revision
  /** Of the last leaf. */
  index: number
  events: number
}

/** The stream whose events come now: the user's first, then the one of the unattributed. */
export const streamHere = (streams: StreamSeen[], stream: StreamName, name: string): StreamSeen => {
  const before = streams.at(-1)
  if (before?.stream === stream) return before
  if (before !== undefined && (stream !== UNATTRIBUTED || streams.length > 1)) {
    throw wrongFile(`${name}: events of ${stream} should not stand here`)
  }
  const seen = { stream, last: -1, index: -1, events: 0 }
  streams.push(seen)
  return seen
}

/** Whether the revision goes on where its stream is. */
export const checkOrder = ({ stream, last }: StreamSeen, revision: Revision, name: string): void => {
  if (revision <= last) throw wrongFile(`${name}: it stands behind revision ${last} of its stream`)
  if (stream !== UNATTRIBUTED && revision !== last + 1) {
    throw wrongFile(`${name}: revision ${last + 1} of its stream should stand here`)
  }
}

/** The event of a record that its proof shows to be in the log; it has the index of its leaf for a position. Throws `wrongFile`. */
export const checkEvent = (
  { stream, revision }: EventMember,
  record: { readonly name: string; readonly bytes: Buffer },
  proof: { readonly name: string; readonly text: string },
  { issued, size, root }: CheckedCheckpoint,
): { readonly event: RecordedEvent; readonly index: number } => {
  const parsed = parseProof(proof.text)
  if (E.isLeft(parsed)) throw wrongFile(`${proof.name}: ${parsed.left}`)
  const { index, inclusion, checkpoint } = parsed.right
  if (checkpoint !== issued) throw wrongFile(`${proof.name}: its checkpoint is not the one of the file`)
  if (!isIncluded(leafHash(record.bytes), index, { size, root }, inclusion)) {
    throw wrongFile(`${record.name}: this record is not the one in the log`)
  }
  const event = readRecord(record.bytes, String(index).padStart(16, '0'))
  if (event === null) throw wrongFile(`${record.name}: it is no record of an event`)
  if (event.stream !== stream || event.revision !== revision) {
    throw wrongFile(`${record.name}: the record is of another event`)
  }
  return { event, index }
}
