import type Database from 'better-sqlite3'
import type { UserId } from '../../../domain/identifiers.ts'
import { format, type Instant } from '../../../domain/instant.ts'
import type { StandingHold } from '../../../domain/retention/hold.ts'
import type { RetentionFacts } from '../../../domain/retention/retentionFacts.ts'
import { holdsOfUser, isOnHold } from './holdTables.ts'

/** What the read model knows of how long a user is kept. */
export interface UserRetention {
  readonly facts: RetentionFacts
  readonly holds: readonly StandingHold[]
}

/** How many users; those on hold are not among those who are due. */
export interface RetentionFigures {
  readonly due: number
  readonly overdue: number
  readonly onHold: number
  readonly erased: number
}

/** A user who is due or on hold. */
export interface KeptUser extends UserRetention {
  readonly userId: UserId
}

export interface RetentionReader {
  /** `null` for a user of whom nothing was heard, nor placed. */
  readonly retentionOf: (userId: UserId) => UserRetention | null
  /** Due at `now`; overdue: at `overdueAt` already. */
  readonly retentionFigures: (now: Instant, overdueAt: Instant) => RetentionFigures
  /** Users who are due at `now` and whom no hold keeps, those who are due for longest first; at most so many. */
  readonly usersDue: (now: Instant, most: number) => readonly UserId[]
  /** Of each user of whom something is known that counts, or who is on hold, in the order of the ids as texts. */
  readonly keptUsers: () => readonly KeptUser[]
}

/** Nothing that counts is known of a user whose row holds no facts. */
const NOTHING: RetentionFacts = { basis: null, countries: [], anomalies: [] }

/** SQL, of a hold: a record of one stays of a user who was erased. */
const IS_THERE = 'NOT EXISTS (SELECT 1 FROM erased_user WHERE erased_user.user_id = hold.user_id)'

const factsIn = (text: string | null): RetentionFacts => (text === null ? NOTHING : JSON.parse(text))

export const retentionReader = (db: Database.Database): RetentionReader => {
  const row = db.prepare<[string], string | null>('SELECT retention FROM kyc_status WHERE user_id = ?').pluck()
  const holds = holdsOfUser(db)
  // Counted in the index, and the few on hold apart: asked of each of many thousands it takes a hundred times as long.
  const due = db
    .prepare<[{ readonly at: string }], number>(
      `SELECT CASE WHEN EXISTS (SELECT 1 FROM hold WHERE standing AND user_id IS NULL) THEN 0 ELSE
         (SELECT count(*) FROM due WHERE due_at <= @at) -
         (SELECT count(DISTINCT user_id) FROM hold JOIN due USING (user_id) WHERE standing AND due_at <= @at) END`,
    )
    .pluck()
  const usersDue = db
    .prepare<[string, number], UserId>(
      `SELECT user_id FROM due WHERE due_at <= ? AND NOT ${isOnHold('due')} ORDER BY due_at, user_id LIMIT ?`,
    )
    .pluck()
  const onHold = db
    .prepare<[], number>(`SELECT count(DISTINCT user_id) FROM hold WHERE standing AND ${IS_THERE}`)
    .pluck()
  const erased = db.prepare<[], number>('SELECT count(*) FROM erased_user').pluck()
  const kept = db.prepare<[], { readonly userId: UserId; readonly retention: string | null }>(
    `SELECT user_id AS userId, retention FROM kyc_status WHERE retention IS NOT NULL
     UNION SELECT hold.user_id, NULL FROM hold LEFT JOIN kyc_status USING (user_id)
       WHERE standing AND hold.user_id IS NOT NULL AND retention IS NULL AND ${IS_THERE}
     ORDER BY 1`,
  )
  return {
    retentionOf: (userId) => {
      const retention = row.get(userId)
      const standing = holds(userId)
      const isKnown = retention !== undefined || standing.some(({ placed }) => placed !== null)
      return isKnown ? { facts: factsIn(retention ?? null), holds: standing } : null
    },
    retentionFigures: (now, overdueAt) => ({
      due: due.get({ at: format(now) }) ?? 0,
      overdue: due.get({ at: format(overdueAt) }) ?? 0,
      onHold: onHold.get() ?? 0,
      erased: erased.get() ?? 0,
    }),
    usersDue: (now, most) => usersDue.all(format(now), most),
    keptUsers: () =>
      kept.all().map(({ userId, retention }) => ({ userId, facts: factsIn(retention), holds: holds(userId) })),
  }
}
