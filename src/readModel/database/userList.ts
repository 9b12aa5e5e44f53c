import type Database from 'better-sqlite3'
import type { DriftAsked } from '../../../domain/answer/drift.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { formatMilliseconds, type Instant } from '../../../domain/instant.ts'
import { driftsBy } from './driftTables.ts'
import { isOnHold } from './holdTables.ts'

/** Which users to list; `null` does not limit. */
export interface UserFilter {
  readonly status: string | null
  /** `YYYY-MM-DD`; users to be reviewed before that day. */
  readonly reviewDueBefore: string | null
  readonly anomaly: string | null
  /** Users who drift in this way. */
  readonly drift: DriftAsked | null
  /** Users who have been pending since then, or for longer: in the milliseconds in which times are shown. */
  readonly pendingSince: Instant | null
  /** Users after this one, in the order of their ids as texts. */
  readonly after: string | null
  readonly limit: number
}

/** Also by when they are due to go. */
export interface DueFilter extends UserFilter {
  /** `YYYY-MM-DD`; users whose records are due to go before that day. */
  readonly erasureDueBefore: string
}

export interface ListedUser {
  readonly userId: UserId
  readonly status: string
  /** RFC 3339, UTC, in milliseconds: since when he has had it; `null` where that is not certain. */
  readonly since: string | null
  readonly nextReviewDate: string | null
}

type ListedRow = Omit<ListedUser, 'since'> & { readonly since: Instant | null }
type DueRow = ListedRow & { readonly erasureDueAt: string; readonly onHold: number }

const listedUser = <Row extends ListedRow>(row: Row) => ({
  ...row,
  since: row.since === null ? null : formatMilliseconds(row.since),
})

/** One of those who were asked for by when they are due to go. */
export interface DueUser extends ListedUser {
  /** RFC 3339, UTC, in microseconds. */
  readonly erasureDueAt: string
  readonly onHold: boolean
}

/** Users, in the order of their ids as texts. */
export interface UserListReader {
  readonly users: (filter: UserFilter) => readonly ListedUser[]
  readonly dueUsers: (filter: DueFilter) => readonly DueUser[]
}

const LISTED = 'user_id AS userId, status, since, next_review_date AS nextReviewDate'

/** The conditions that limit; the names of their parameters are those of the filter. */
const CONDITIONS: Readonly<Record<Exclude<keyof UserFilter, 'limit' | 'anomaly' | 'drift'>, string>> = {
  status: 'status = @status',
  reviewDueBefore: 'next_review_date < @reviewDueBefore',
  pendingSince: "status = 'pending' AND since < @pendingSince + 1000",
  after: 'user_id > @after',
}

/** SQL: whether a user shows the anomaly that is asked for. */
const showsAnomaly = (of: string): string =>
  `EXISTS (SELECT 1 FROM user_anomaly WHERE user_anomaly.kind = @anomaly AND user_anomaly.user_id = ${of}.user_id)`

const parametersOf = ({ drift, ...filter }: UserFilter): object => ({
  ...filter,
  drift: drift?.kind ?? null,
  driftBefore: drift?.before ?? null,
})

const where = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`

const conditionsOf = (filter: UserFilter): readonly string[] =>
  Object.entries(CONDITIONS).flatMap(([name, condition]) =>
    filter[name as keyof typeof CONDITIONS] === null ? [] : [condition],
  )

/**
 * A statement names the conditions that limit and no other: only so does each go by its index. In the order of the ids alone, somebody who
 * is rare is looked for among all. By the day of the review it is said which index, and by what drifts where to begin: nothing tells
 * SQLite that few are due.
 */
export const usersWith = (filter: UserFilter): string => {
  const conditions = conditionsOf(filter)
  if (filter.drift !== null) {
    const odd = filter.anomaly === null ? [] : [showsAnomaly('user_drift')]
    return `SELECT ${LISTED} FROM user_drift CROSS JOIN kyc_status USING (user_id)
      ${where([driftsBy(filter.drift.kind), ...odd, ...conditions])} ORDER BY user_id LIMIT @limit`
  }
  if (filter.anomaly !== null) {
    return `SELECT ${LISTED} FROM user_anomaly JOIN kyc_status USING (user_id)
      ${where(['kind = @anomaly', ...conditions])} ORDER BY user_id LIMIT @limit`
  }
  const byReview = filter.reviewDueBefore !== null
  return `SELECT ${LISTED} FROM kyc_status ${byReview ? 'INDEXED BY kyc_status_by_review' : ''}
    ${where(conditions)} ORDER BY user_id LIMIT @limit`
}

export const userListReader = (db: Database.Database): UserListReader => {
  const listed = new Map<string, Database.Statement<[object], ListedRow>>()
  const statementOf = (filter: UserFilter): Database.Statement<[object], ListedRow> => {
    const sql = usersWith(filter)
    const known = listed.get(sql) ?? db.prepare<[object], ListedRow>(sql)
    listed.set(sql, known)
    return known
  }
  const withDue = db.prepare<[object], DueRow>(
    `SELECT ${LISTED}, due_at AS erasureDueAt, ${isOnHold('due')} AS onHold FROM due JOIN kyc_status USING (user_id)
     WHERE due_at < @erasureDueBefore AND (@status IS NULL OR status = @status)
       AND (@reviewDueBefore IS NULL OR next_review_date < @reviewDueBefore)
       AND (@pendingSince IS NULL OR (status = 'pending' AND since < @pendingSince + 1000)) AND user_id > coalesce(@after, '')
       AND (@anomaly IS NULL OR ${showsAnomaly('due')})
       AND (@drift IS NULL OR user_id IN (SELECT user_id FROM user_drift WHERE kind = @drift AND drift_since < @driftBefore))
     ORDER BY user_id LIMIT @limit`,
  )
  return {
    users: (filter) => statementOf(filter).all(parametersOf(filter)).map(listedUser),
    dueUsers: (filter) =>
      withDue.all(parametersOf(filter)).map((user) => ({ ...listedUser(user), onHold: user.onHold === 1 })),
  }
}
