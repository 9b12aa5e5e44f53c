import { isUtf8 } from 'node:buffer'
import { asRead } from '../../eventStore/asRead.ts'
import type { Position, RecordedEvent } from '../../eventStore/recordedEvent.ts'

const TEXTS = 6

const textsOf = (record: Buffer): readonly string[] | null => {
  const texts: string[] = []
  let at = 0
  while (texts.length < TEXTS) {
    const end = at + 4 <= record.length ? at + 4 + record.readUInt32BE(at) : Number.POSITIVE_INFINITY
    if (end > record.length) return null
    const text = record.subarray(at + 4, end)
    if (!isUtf8(text)) return null
    texts.push(text.toString())
    at = end
  }
  return at === record.length ? texts : null
}

/** Reads the record of an event back (docs/evidence.md); `position` is where it stands. `null` where it is none. */
export const readRecord = (record: Buffer, position: Position): RecordedEvent | null => {
  const [stream, digits, eventId, type, metadata, data] = textsOf(record) ?? []
  if (stream === undefined || digits === undefined || eventId === undefined || type === undefined) return null
  if (metadata === undefined || data === undefined) return null
  const revision = Number(digits)
  if (!Number.isSafeInteger(revision) || String(revision) !== digits) return null
  return asRead({ eventId, type, metadata, data }, stream, revision, position)
}
