import type { Database } from 'better-sqlite3'
import type { Position } from '../eventStore/recordedEvent.ts'
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

/** Looks through an embedded log. Throws unless it is one, and all its streams, and it itself, run without a gap. */
export const logContent = (db: Database): LogContent => {
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
  return { logId: logId ?? null, events, lastPosition: last === 0 ? null : positionOf(last) }
}

/** For a person. */
export const tellContent = ({ events, lastPosition, logId }: LogContent): string =>
  `${events} events${lastPosition === null ? '' : `, the last at position ${lastPosition}`}` +
  (logId === null ? '' : `, of the log ${logId}`)
