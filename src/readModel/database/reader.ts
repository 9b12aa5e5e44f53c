import Database from 'better-sqlite3'
import type { UserId } from '../../../domain/identifiers.ts'
import type { AnomalyKind } from '../../../domain/state/anomaly.ts'
import type { KindOfNobody, UnattributedEvent } from '../../../projections/unattributed.ts'
import type { Revision } from '../../eventStore/recordedEvent.ts'
import { type ErasedRow, readErasedUser, readHearers } from './erasedTables.ts'
import { isOnHold } from './holdTables.ts'
import { type RetentionReader, retentionReader } from './retentionReader.ts'
import { orphansOfUser } from './unattributedTables.ts'
import { type WholeReader, wholeReader } from './wholeTables.ts'

/** A user's answer, ready to be sent. */
interface KycAnswer {
  /** Strong entity tag (RFC 9110, 8.8.3) of `body`. */
  readonly etag: string
  readonly body: string
}

/** Which users to list; `null` does not limit. */
interface UserFilter {
  readonly status: string | null
  /** `YYYY-MM-DD`; users to be reviewed before that day. */
  readonly reviewDueBefore: string | null
  readonly anomaly: string | null
  /** Users after this one, in the order of their ids as texts. */
  readonly after: string | null
  readonly limit: number
}

/** Also by when they are due to go. */
interface DueFilter extends UserFilter {
  /** `YYYY-MM-DD`; users whose records are due to go before that day. */
  readonly erasureDueBefore: string
}

interface ListedUser {
  readonly userId: UserId
  readonly status: string
  readonly nextReviewDate: string | null
}

/** One of those who were asked for by when they are due to go. */
export interface DueUser extends ListedUser {
  /** RFC 3339, UTC, in microseconds. */
  readonly erasureDueAt: string
  readonly onHold: boolean
}

/** What the read model knows of a user's stream. */
export interface UserStanding {
  readonly revision: Revision
  /** It shows less than it held: what was read of it before may not be read again. */
  readonly altered: boolean
}

export interface ReadModelReader extends RetentionReader, WholeReader {
  readonly kycAnswer: (userId: UserId) => KycAnswer | null
  readonly users: (filter: UserFilter) => readonly ListedUser[]
  readonly dueUsers: (filter: DueFilter) => readonly DueUser[]
  /** The events of one kind that belong to nobody, after the given revision of the unattributed stream, at most `limit`. */
  readonly unattributed: (kind: KindOfNobody, after: Revision, limit: number) => readonly UnattributedEvent[]
  /** Revisions, in the unattributed stream, of the events that name the user or speak of his documents. */
  readonly orphansOf: (userId: UserId) => readonly Revision[]
  /** How many users who are `unknown` show an anomaly. */
  readonly unknownWith: (kind: AnomalyKind) => number
  /** How far a user is folded, and whether events of his were taken out of the log; `null` for one nobody knows. */
  readonly standingOf: (userId: UserId) => UserStanding | null
  /** When a user was erased, and by which record; `null` of any other. */
  readonly erasedUser: (userId: UserId) => ErasedRow | null
  /** Whether somebody hears the event of the unattributed stream that stands at this revision. */
  readonly hasHearers: (revision: Revision) => boolean
  readonly close: () => void
}

/** Opens the read model for the HTTP side; the writer has to have made it. */
export const openReadModelReader = (file: string): ReadModelReader => {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  const answer = db.prepare<[string], KycAnswer>('SELECT etag, body FROM kyc_status WHERE user_id = ?')
  const listed = 'user_id AS userId, status, next_review_date AS nextReviewDate'
  const conditions = `(@status IS NULL OR status = @status)
    AND (@reviewDueBefore IS NULL OR next_review_date < @reviewDueBefore)
    AND user_id > coalesce(@after, '')`
  const all = db.prepare<[UserFilter], ListedUser>(
    `SELECT ${listed} FROM kyc_status WHERE ${conditions} ORDER BY user_id LIMIT @limit`,
  )
  const withAnomaly = db.prepare<[UserFilter], ListedUser>(
    `SELECT ${listed} FROM user_anomaly JOIN kyc_status USING (user_id)
     WHERE kind = @anomaly AND ${conditions} ORDER BY user_id LIMIT @limit`,
  )
  const withDue = db.prepare<[DueFilter], Omit<DueUser, 'onHold'> & { readonly onHold: number }>(
    `SELECT ${listed}, due_at AS erasureDueAt, ${isOnHold('due')} AS onHold FROM due JOIN kyc_status USING (user_id)
     WHERE due_at < @erasureDueBefore AND ${conditions} AND (@anomaly IS NULL OR EXISTS (
       SELECT 1 FROM user_anomaly WHERE kind = @anomaly AND user_anomaly.user_id = due.user_id))
     ORDER BY user_id LIMIT @limit`,
  )
  const unattributed = db.prepare<[KindOfNobody, Revision, number], UnattributedEvent>(
    `SELECT event_id AS eventId, revision, name, occurred_at AS occurredAt, recorded_at AS recordedAt, kind, detail
     FROM unattributed WHERE kind = ? AND revision > ? ORDER BY revision LIMIT ?`,
  )
  const unknownWith = db
    .prepare<[string], number>(
      "SELECT count(*) FROM user_anomaly JOIN kyc_status USING (user_id) WHERE kind = ? AND status = 'unknown'",
    )
    .pluck()
  const standing = db.prepare<[string], { readonly revision: Revision; readonly altered: number }>(
    `SELECT revision, EXISTS (
       SELECT 1 FROM user_anomaly
       WHERE user_id = kyc_status.user_id AND kind IN ('history-incomplete', 'history-removed')
     ) AS altered FROM kyc_status WHERE user_id = +?`,
  )
  return {
    kycAnswer: (userId) => answer.get(userId) ?? null,
    users: (filter) => (filter.anomaly === null ? all : withAnomaly).all(filter),
    dueUsers: (filter) => withDue.all(filter).map((user) => ({ ...user, onHold: user.onHold === 1 })),
    ...retentionReader(db),
    ...wholeReader(db),
    unattributed: (kind, after, limit) => unattributed.all(kind, after, limit),
    unknownWith: (kind) => unknownWith.get(kind) ?? 0,
    standingOf: (userId) => {
      const row = standing.get(userId)
      return row === undefined ? null : { revision: row.revision, altered: row.altered === 1 }
    },
    orphansOf: orphansOfUser(db),
    erasedUser: readErasedUser(db),
    hasHearers: readHearers(db),
    close: () => void db.close(),
  }
}
