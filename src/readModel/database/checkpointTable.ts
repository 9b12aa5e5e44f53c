import type Database from 'better-sqlite3'
import { KYC_STATUS } from '../../../projections/kycStatus.ts'
import type { Position, RecordedEvent } from '../../eventStore/recordedEvent.ts'
import type { LogIdentity } from '../../ledger/logIdentity.ts'

export type ProjectedEvent = Pick<RecordedEvent, 'stream' | 'revision' | 'position' | 'eventId'>

/** Which log the read model is made from, and up to where. */
export interface CheckpointTable {
  readonly checkpoint: () => Position | null
  /** Where the last event stands that the log brought: nothing after it has been projected for its own sake. */
  readonly lastEventPosition: () => Position | null
  /**
   * Of all events that a row was made from, the one that stands last: a log that does not hold it is not the one this read
   * model was made from. It may stand after the checkpoint, since streams are read to their end.
   */
  readonly furthestEvent: () => ProjectedEvent | null
  readonly advance: (position: Position, lastEvent: Position | null) => void
  /** Part of a transaction: notes an event that a row was made from, if it stands after all before. */
  readonly readTo: (event: ProjectedEvent) => void
  /** Notes which log it is made from. */
  readonly belongTo: (log: LogIdentity) => void
}

export const checkpointTable = (db: Database.Database): CheckpointTable => {
  const checkpoint = db.prepare<[string], string | null>('SELECT position FROM checkpoint WHERE projection = ?').pluck()
  const lastEventPosition = db
    .prepare<[string], string | null>('SELECT last_event_position FROM checkpoint WHERE projection = ?')
    .pluck()
  const furthestEvent = db.prepare<[string], ProjectedEvent>(
    `SELECT stream, revision, event_position AS position, event_id AS eventId FROM checkpoint
     WHERE projection = ? AND event_id IS NOT NULL`,
  )
  const advance = db.prepare<[Position, Position | null, string]>(
    `UPDATE checkpoint SET position = ?, last_event_position = coalesce(?, last_event_position) WHERE projection = ?`,
  )
  const readTo = db.prepare<[string, number, Position, string, string, Position]>(
    `UPDATE checkpoint SET stream = ?, revision = ?, event_position = ?, event_id = ?
     WHERE projection = ? AND (event_position IS NULL OR event_position < ?)`,
  )
  const belongTo = db.prepare<[string, number, number, string]>(
    'UPDATE checkpoint SET log_id = ?, generation = ?, losses = ? WHERE projection = ?',
  )
  return {
    checkpoint: () => checkpoint.get(KYC_STATUS.name) ?? null,
    lastEventPosition: () => lastEventPosition.get(KYC_STATUS.name) ?? null,
    furthestEvent: () => furthestEvent.get(KYC_STATUS.name) ?? null,
    advance: (position, lastEvent) => void advance.run(position, lastEvent, KYC_STATUS.name),
    readTo: ({ stream, revision, position, eventId }) =>
      void readTo.run(stream, revision, position, eventId, KYC_STATUS.name, position),
    belongTo: ({ logId, generation, losses }) => void belongTo.run(logId, generation, losses, KYC_STATUS.name),
  }
}
