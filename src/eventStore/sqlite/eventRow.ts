import { asRead } from '../asRead.ts'
import type { RecordedEvent, Revision, StreamName } from '../recordedEvent.ts'
import { withoutTexts } from '../withoutTexts.ts'
import { positionOf } from './position.ts'

/** A row of the log, in the order of `COLUMNS`. */
export type EventRow = readonly [
  position: number,
  stream: StreamName,
  revision: Revision,
  eventId: string,
  type: string,
  data: string,
  metadata: string,
]
export const COLUMNS = 'position, stream, revision, event_id, type, data, metadata'

export const eventOf = ([position, stream, revision, eventId, type, data, metadata]: EventRow): RecordedEvent =>
  asRead({ eventId, type, data, metadata }, stream, revision, positionOf(position))

/** The same row without its texts, in the order of `BARE_COLUMNS`. */
export type BareRow = readonly [position: number, stream: StreamName, revision: Revision, eventId: string, type: string]
export const BARE_COLUMNS = 'position, stream, revision, event_id, type'

export const bareEventOf = ([position, stream, revision, eventId, type]: BareRow): RecordedEvent =>
  withoutTexts({ position: positionOf(position), stream, revision, eventId, type })
