import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import { type Hash, leafHash } from '../tlog/hash.ts'

const LENGTH_BYTES = 4

/**
 * The record of an event, which is what a leaf of the log's tree is the hash of (docs/evidence.md): stream, revision in
 * decimal digits, event id, type, metadata and data, each as UTF-8 after its length in bytes (four bytes, the highest first).
 */
export const recordOf = ({ stream, revision, eventId, type, metadata, data }: RecordedEvent): Buffer => {
  const texts = [stream, String(revision), eventId, type, metadata, data]
  const lengths = texts.map((text) => Buffer.byteLength(text))
  const record = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + LENGTH_BYTES + length, 0))
  let at = 0
  texts.forEach((text, index) => {
    at = record.writeUInt32BE(lengths[index] as number, at)
    at += record.write(text, at)
  })
  return record
}

export const leafOf = (event: RecordedEvent): Hash => leafHash(recordOf(event))
