import type Database from 'better-sqlite3'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Revision } from '../../eventStore/recordedEvent.ts'

/** What the read model keeps of a user who was erased: what the log's record of it says, and no person. */
export interface ErasedRow {
  readonly userId: UserId
  /** RFC 3339, UTC. */
  readonly erasedAt: string
  /** The erasure's number. */
  readonly erasure: number
  /** Where the record stands in `kyc-erasures`. */
  readonly revision: Revision
}

/** Takes out of the read model what goes with an erasure. Parts of a transaction. */
export interface ErasedTables {
  /**
   * Removes all rows of a user, and keeps that he was erased. Gives the revisions, in the unattributed stream, of the events that he
   * has heard by his documents: they may belong to nobody from now on.
   */
  readonly eraseUser: (user: ErasedRow) => readonly Revision[]
  /**
   * Removes what is known of the events of the unattributed stream up to a revision. Gives the users who have heard one of them.
   */
  readonly eraseUnattributed: (last: Revision) => readonly UserId[]
}

/** The tables with rows of one user, by their column `user_id`. */
const OF_USERS = ['kyc_status', 'user_anomaly', 'document_owner', 'named_user', 'due', 'reading'] as const

export const erasedTables = (db: Database.Database): ErasedTables => {
  const removals = OF_USERS.map((table) => db.prepare<[UserId]>(`DELETE FROM ${table} WHERE user_id = +?`))
  const add = db.prepare<[ErasedRow]>(
    `INSERT OR IGNORE INTO erased_user (user_id, erased_at, erasure, revision)
     VALUES (@userId, @erasedAt, @erasure, @revision)`,
  )
  const heard = db
    .prepare<[UserId], Revision>(
      'SELECT DISTINCT revision FROM document_owner JOIN orphan USING (document_id) WHERE user_id = +? ORDER BY revision',
    )
    .pluck()
  const hearers = db
    .prepare<{ readonly last: Revision }, UserId>(
      `SELECT user_id FROM named_user WHERE revision <= @last
       UNION SELECT user_id FROM orphan JOIN document_owner USING (document_id) WHERE revision <= @last`,
    )
    .pluck()
  const unattributed = ['named_user', 'orphan', 'unattributed'].map((table) =>
    db.prepare<[Revision]>(`DELETE FROM ${table} WHERE revision <= ?`),
  )
  return {
    eraseUser: (user) => {
      const revisions = heard.all(user.userId)
      for (const remove of removals) remove.run(user.userId)
      add.run(user)
      return revisions
    },
    eraseUnattributed: (last) => {
      const users = hearers.all({ last })
      for (const remove of unattributed) remove.run(last)
      return users
    },
  }
}

/** Whether somebody hears an event of the unattributed stream: his state may rest on it. */
export const readHearers = (db: Database.Database): ((revision: Revision) => boolean) => {
  const hearer = db
    .prepare<{ readonly revision: Revision }, number>(
      `SELECT EXISTS (SELECT 1 FROM named_user WHERE revision = @revision)
         OR EXISTS (SELECT 1 FROM orphan JOIN document_owner USING (document_id) WHERE revision = @revision)`,
    )
    .pluck()
  return (revision) => hearer.get({ revision }) === 1
}

/** Reads of a user that he was erased; `null` of any other. */
export const readErasedUser = (db: Database.Database): ((userId: UserId) => ErasedRow | null) => {
  const erased = db.prepare<[UserId], ErasedRow>(
    `SELECT user_id AS userId, erased_at AS erasedAt, erasure, revision FROM erased_user WHERE user_id = +?`,
  )
  return (userId) => erased.get(userId) ?? null
}
