import type Database from 'better-sqlite3'
import type { UserId } from '../../../domain/identifiers.ts'
import type { KindOfNobody, UnattributedEvent, UnattributedRow } from '../../../projections/unattributed.ts'
import type { Revision } from '../../eventStore/recordedEvent.ts'

/** The events of the unattributed stream: who hears which, and which belong to nobody. */
export interface UnattributedTables {
  /** Remembers whose document it is: he adopts what events without a user say of it. Whether that was not known. */
  readonly addOwner: (documentId: string, userId: UserId) => boolean
  readonly ownersOf: (documentId: string) => readonly UserId[]
  /**
   * Remembers an event of the unattributed stream, as one that belongs to nobody until it is adopted. What is remembered of it
   * stays, unless it was altered then.
   */
  readonly addUnattributed: (row: UnattributedRow) => void
  /** Revisions, in the unattributed stream, of the events of one kind that belong to nobody. */
  readonly unattributedWith: (kind: KindOfNobody) => readonly Revision[]
  readonly hasOrphans: (documentId: string) => boolean
  /** Whether an event of the unattributed stream names the user. */
  readonly isNamed: (userId: UserId) => boolean
  readonly orphansOf: (userId: UserId) => readonly Revision[]
  /** The users who have any. */
  readonly hearers: () => readonly UserId[]
}

/** Revisions, in the unattributed stream, of the events that name the user or speak of his documents. */
export const orphansOfUser = (db: Database.Database): ((userId: UserId) => readonly Revision[]) => {
  // `+`: SQLite would look at the id when it plans, and compile the statement anew each time it is run.
  const orphans = db
    .prepare<[{ readonly userId: UserId }], Revision>(
      `SELECT revision FROM orphan JOIN document_owner USING (document_id) WHERE user_id = +@userId
       UNION SELECT revision FROM named_user WHERE user_id = +@userId ORDER BY revision`,
    )
    .pluck()
  return (userId) => orphans.all({ userId })
}

export const unattributedTables = (db: Database.Database): UnattributedTables => {
  const addOwner = db.prepare<[string, string]>('INSERT OR IGNORE INTO document_owner VALUES (?, ?)')
  const owners = db.prepare<[string], UserId>('SELECT user_id FROM document_owner WHERE document_id = ?').pluck()
  const addOrphan = db.prepare<[string, number]>('INSERT OR IGNORE INTO orphan VALUES (?, ?)')
  const orphans = db.prepare<[string], number>('SELECT revision FROM orphan WHERE document_id = ?').pluck()
  const addNamed = db.prepare<[string, number]>('INSERT OR IGNORE INTO named_user VALUES (?, ?)')
  const named = db.prepare<[string], number>('SELECT 1 FROM named_user WHERE user_id = ?').pluck()
  const addUnattributed = db.prepare<[UnattributedEvent & { readonly adoptable: number }]>(
    `INSERT INTO unattributed (revision, event_id, name, occurred_at, recorded_at, kind, detail, adoptable)
     VALUES (@revision, @eventId, @name, @occurredAt, @recordedAt, @kind, @detail, @adoptable)
     ON CONFLICT (revision) DO UPDATE SET name = excluded.name, occurred_at = excluded.occurred_at,
       recorded_at = excluded.recorded_at, kind = excluded.kind, detail = excluded.detail, adoptable = excluded.adoptable
       WHERE kind = 'event-altered'`,
  )
  const removeAdopted = db.prepare<[number]>(
    `DELETE FROM unattributed WHERE revision = ? AND adoptable AND NOT EXISTS (
       SELECT 1 FROM orphan LEFT JOIN document_owner USING (document_id)
       WHERE orphan.revision = unattributed.revision AND user_id IS NULL)`,
  )
  const ofKind = db
    .prepare<[KindOfNobody], Revision>('SELECT revision FROM unattributed WHERE kind = ? ORDER BY revision')
    .pluck()
  const hearers = db
    .prepare<[], UserId>(
      'SELECT user_id FROM named_user UNION SELECT user_id FROM orphan JOIN document_owner USING (document_id)',
    )
    .pluck()

  const orphansOf = orphansOfUser(db)
  // Of most logs nobody hears anything: then nobody has to be looked up. What was so stays so, for this process.
  let isHeard = db.prepare('SELECT 1 FROM named_user UNION ALL SELECT 1 FROM orphan LIMIT 1').get() !== undefined

  return {
    addOwner: (documentId, userId) => {
      const isNew = addOwner.run(documentId, userId).changes > 0
      if (isNew && isHeard) for (const revision of orphans.all(documentId)) removeAdopted.run(revision)
      return isNew
    },
    ownersOf: (documentId) => owners.all(documentId),
    addUnattributed: ({ event, documents, users, adoptable }) => {
      isHeard ||= documents.length + users.length > 0
      addUnattributed.run({ ...event, adoptable: adoptable ? 1 : 0 })
      for (const documentId of documents) addOrphan.run(documentId, event.revision)
      for (const userId of users) addNamed.run(userId, event.revision)
      removeAdopted.run(event.revision)
    },
    unattributedWith: (kind) => ofKind.all(kind),
    hasOrphans: (documentId) => isHeard && orphans.get(documentId) !== undefined,
    isNamed: (userId) => isHeard && named.get(userId) !== undefined,
    orphansOf: (userId) => (isHeard ? orphansOf(userId) : []),
    hearers: () => hearers.all(),
  }
}
