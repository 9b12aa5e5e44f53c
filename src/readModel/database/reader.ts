import Database from 'better-sqlite3'
import type { UserId } from '../../../domain/identifiers.ts'
import type { AnomalyKind } from '../../../domain/state/anomaly.ts'
import type { KindOfNobody, UnattributedEvent } from '../../../projections/unattributed.ts'
import type { Revision } from '../../eventStore/recordedEvent.ts'
import { type ChangeReader, changeReader } from './changeReader.ts'
import { isInDoubt } from './doubts.ts'
import { type DriftReader, driftReader } from './driftTables.ts'
import { type ErasedRow, readErasedUser, readHearers } from './erasedTables.ts'
import { type RetentionReader, retentionReader } from './retentionReader.ts'
import { type TallyReader, tallyReader } from './tally.ts'
import { orphansOfUser } from './unattributedTables.ts'
import { type UserListReader, userListReader } from './userList.ts'
import { type NumberReader, numberReader } from './usersByNumber.ts'
import { type WholeReader, wholeReader } from './wholeTables.ts'

/** A user's answer, ready to be sent. */
interface KycAnswer {
  /** Strong entity tag (RFC 9110, 8.8.3) of `body`. */
  readonly etag: string
  readonly body: string
}

/** What the read model knows of a user's stream. */
export interface UserStanding {
  readonly revision: Revision
  /** It shows less than it held, or something else: what was read of it before may not be read again. */
  readonly altered: boolean
}

export interface ReadModelReader
  extends RetentionReader,
    WholeReader,
    UserListReader,
    NumberReader,
    DriftReader,
    Omit<TallyReader, 'driftAtOnce'>,
    ChangeReader {
  readonly kycAnswer: (userId: UserId) => KycAnswer | null
  /** The events of one kind that belong to nobody, after the given revision of the unattributed stream, at most `limit`. */
  readonly unattributed: (kind: KindOfNobody, after: Revision, limit: number) => readonly UnattributedEvent[]
  /** Revisions, in the unattributed stream, of the events that name the user or speak of his documents. */
  readonly orphansOf: (userId: UserId) => readonly Revision[]
  /** How many users who are `unknown` show an anomaly. */
  readonly unknownWith: (kind: AnomalyKind) => number
  /** How far a user is folded, and whether the log shows his events otherwise than it did; `null` for one nobody knows. */
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
    `SELECT revision, ${isInDoubt('kyc_status.user_id')} AS altered FROM kyc_status WHERE user_id = +?`,
  )
  const { driftAtOnce, ...tally } = tallyReader(db)
  return {
    kycAnswer: (userId) => answer.get(userId) ?? null,
    ...changeReader(db),
    ...retentionReader(db),
    ...wholeReader(db),
    ...userListReader(db),
    ...numberReader(db),
    ...tally,
    ...driftReader(db, driftAtOnce),
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
