import { type Instant, parseRfc3339 } from '../../domain/instant.ts'
import type { RecordedEvent } from '../eventStore/recordedEvent.ts'

const RECORDED_AT = /"recordedAt":"([^"]+)"/

/** When an event was recorded; `null` where it does not say. */
export const recordedAtOf = ({ metadata }: Pick<RecordedEvent, 'metadata'>): Instant | null => {
  const text = RECORDED_AT.exec(metadata)?.[1]
  return text === undefined ? null : parseRfc3339(text)
}
