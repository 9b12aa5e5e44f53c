import type { Database } from 'better-sqlite3'
import type { Position, RecordedEvent } from '../eventStore/recordedEvent.ts'
import { alteredEvents } from '../eventStore/sqlite/alteredEvents.ts'
import { positionOf } from '../eventStore/sqlite/position.ts'
import { checkSchema, knowsOfRemovals } from '../eventStore/sqlite/schema.ts'
import { backupFailure } from './failure.ts'

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

/** How many events were removed of the log, and up to which position it had come then. */
const removedOf = (db: Database): { readonly events: number; readonly last: number } =>
  (knowsOfRemovals(db)
    ? db
        .prepare<[], { readonly events: number; readonly last: number }>(
          'SELECT (SELECT coalesce(sum(events), 0) FROM removed) AS events, (SELECT last FROM used_positions) AS last',
        )
        .get()
    : undefined) ?? { events: 0, last: 0 }

/** Streams that do not run on from their first event, or from the first that was left of one whose front was removed. */
const streamsWithGaps = (db: Database): number => {
  const first = knowsOfRemovals(db) ? '(SELECT before FROM removed WHERE removed.stream = events.stream)' : 'NULL'
  return (
    db
      .prepare<[], number>(
        `SELECT count(*) FROM (
           SELECT min(revision) AS low, max(revision) AS high, count(*) AS held, ${first} AS first
           FROM events GROUP BY stream
         ) WHERE low <> coalesce(first, 0) OR held <> high - low + 1`,
      )
      .pluck()
      .get() ?? 0
  )
}

/**
 * Looks through an embedded log. Throws unless it is one, and all its streams, and it itself, run without a gap but for what was
 * removed by right. An event that is
 * not what was received is no reason to throw away the others: it is named.
 */
export const logContent = (db: Database): LookedThrough => {
  checkSchema(db)
  const first = <A>(sql: string): A | undefined => db.prepare<[], A>(sql).pluck().get()
  const events = first<number>('SELECT count(*) FROM events') ?? 0
  const last = first<number | null>('SELECT max(position) FROM events') ?? 0
  const removed = removedOf(db)
  const ever = Math.max(last, removed.last)
  const withGaps = streamsWithGaps(db)
  if (events + removed.events !== ever || withGaps !== 0) {
    const ought = ever - removed.events
    throw backupFailure(
      'damaged',
      `it is not whole: it holds ${events} of ${ought} events, and ${withGaps} streams have a gap`,
    )
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
