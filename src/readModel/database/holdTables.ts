import type Database from 'better-sqlite3'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Instant } from '../../../domain/instant.ts'
import type { StandingHold } from '../../../domain/retention/hold.ts'
import type { Revision } from '../../eventStore/recordedEvent.ts'
import type { RecordedHold } from '../../ledger/holds.ts'

/** Legal holds, as the log places and lifts them. */
export interface HoldTables {
  /** Part of a transaction: an event of the stream of holds, `null` where it cannot be read: it may hold anybody. */
  readonly putHold: (revision: Revision, recorded: RecordedHold | null) => void
}

export const holdTables = (db: Database.Database): HoldTables => {
  // One that is told a second time was lifted meanwhile, or was not.
  const place = db.prepare<[number, string | null, string | null, number | null, string | null]>(
    'INSERT OR IGNORE INTO hold (hold, user_id, placed_by, placed_at, reason, standing) VALUES (?, ?, ?, ?, ?, 1)',
  )
  const lift = db.prepare<[number]>('UPDATE hold SET standing = 0 WHERE hold = ? AND user_id IS NOT NULL')
  return {
    putHold: (revision, recorded) => {
      if (recorded === null) return void place.run(revision, null, null, null, null)
      const { said, recordedAt } = recorded
      if (said._tag === 'Placed') place.run(revision, said.userId, said.by, recordedAt, said.reason)
      else lift.run(said.hold)
    },
  }
}

/** SQL: whether a hold stands for the user of a row of `table`. */
export const isOnHold = (table: string): string =>
  `(EXISTS (SELECT 1 FROM hold WHERE standing AND user_id = ${table}.user_id)
    OR EXISTS (SELECT 1 FROM hold WHERE standing AND user_id IS NULL))`

interface HoldRow {
  readonly hold: number
  readonly by: string | null
  readonly at: Instant | null
  readonly reason: string | null
}

const standingHold = ({ hold, by, at, reason }: HoldRow): StandingHold => ({
  hold,
  placed: by === null || at === null || reason === null ? null : { by, at, reason },
})

/** Reads the holds that stand for a user. */
export const holdsOfUser = (db: Database.Database): ((userId: UserId) => readonly StandingHold[]) => {
  const holds = db.prepare<[string], HoldRow>(
    `SELECT hold, placed_by AS "by", placed_at AS "at", reason FROM hold
     WHERE standing AND (user_id = +? OR user_id IS NULL) ORDER BY hold`,
  )
  return (userId) => holds.all(userId).map(standingHold)
}
