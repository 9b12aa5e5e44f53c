import type { Database } from 'better-sqlite3'
import type { Position, RecordedEvent } from '../eventStore/recordedEvent.ts'
import { alteredEvents } from '../eventStore/sqlite/alteredEvents.ts'
import { positionOf } from '../eventStore/sqlite/position.ts'
import { checkSchema } from '../eventStore/sqlite/schema.ts'

/** How much an embedded log holds, and which one it is. */
export interface LogContent {
  /** `null` in one that was never served since logs have an identity. */
  readonly logId: string | null
  readonly events: number
  /** `null` in an empty one. */
  readonly lastPosition: Position | null
}

/** What stands in one that is not what was received. */
export interface LookedThrough extends LogContent {
  readonly altered: readonly RecordedEvent[]
}

/**
 * Looks through an embedded log. Throws unless it is one, and all its streams, and it itself, run without a gap. An event that is
 * not what was received is no reason to throw away the others: it is named.
 */
export const logContent = (db: Database): LookedThrough => {
  checkSchema(db)
  const first = <A>(sql: string): A | undefined => db.prepare<[], A>(sql).pluck().get()
  const events = first<number>('SELECT count(*) FROM events') ?? 0
  const last = first<number | null>('SELECT max(position) FROM events') ?? 0
  const withGaps = first<number>(
    'SELECT count(*) FROM (SELECT 1 FROM events GROUP BY stream HAVING min(revision) <> 0 OR count(*) <> max(revision) + 1)',
  )
  if (events !== last || withGaps !== 0) {
    throw new Error(`it is not whole: it holds ${events} of ${last} events, and ${withGaps} streams have a gap`)
  }
  const logId = first<string | null>(
    "SELECT data ->> 'logId' FROM events WHERE stream = 'kyc-log' AND revision = 0 AND json_valid(data)",
  )
  const lastPosition = last === 0 ? null : positionOf(last)
  return { logId: logId ?? null, events, lastPosition, altered: alteredEvents(db) }
}

/** For a person. */
export const tellContent = ({ events, lastPosition, logId }: LogContent): string =>
  `${events} events${lastPosition === null ? '' : `, the last at position ${lastPosition}`}` +
  (logId === null ? '' : `, of the log ${logId}`)
