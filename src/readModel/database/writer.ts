import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { UserId } from '../../../domain/identifiers.ts'
import type { AnomalyKind } from '../../../domain/state/anomaly.ts'
import { KYC_STATUS, type KycStatusRow } from '../../../projections/kycStatus.ts'
import type { KindOfNobody, UnattributedEvent, UnattributedRow } from '../../../projections/unattributed.ts'
import type { Position, RecordedEvent, Revision } from '../../eventStore/eventStore.ts'
import type { LogIdentity } from '../../ledger/logIdentity.ts'
import { makePrivate } from '../../sqlite/privateFile.ts'
import { entityTag } from '../entityTag.ts'

/** A user's answer, ready to be sent. */
export interface KycAnswer {
  /** Strong entity tag (RFC 9110, 8.8.3) of `body`. */
  readonly etag: string
  readonly body: string
}

/** Which users to list; `null` does not limit. */
export interface UserFilter {
  readonly status: string | null
  /** `YYYY-MM-DD`; users to be reviewed before that day. */
  readonly reviewDueBefore: string | null
  readonly anomaly: string | null
  /** Users after this one, in the order of their ids as texts. */
  readonly after: string | null
  readonly limit: number
}

export interface ListedUser {
  readonly userId: UserId
  readonly status: string
  readonly nextReviewDate: string | null
}

/** What the read model knows of a user's stream. */
export interface UserStanding {
  readonly revision: Revision
  /** It shows less than it held: what was read of it before may not be read again. */
  readonly altered: boolean
}

export type ProjectedEvent = Pick<RecordedEvent, 'stream' | 'revision' | 'position' | 'eventId'>

/** The side of the read model that the projection runner writes. */
export interface ReadModelWriter {
  readonly checkpoint: () => Position | null
  /** Where the last event stands that the log brought: nothing after it has been projected for its own sake. */
  readonly lastEventPosition: () => Position | null
  /**
   * Of all events that a row was made from, the one that stands last: a log that does not hold it is not the one this read
   * model was made from. It may stand after the checkpoint, since streams are read to their end.
   */
  readonly furthestEvent: () => ProjectedEvent | null
  /** Starts a transaction: rows and checkpoint are there together, or neither is. */
  readonly begin: () => void
  readonly commit: (position: Position, lastEvent: Position | null) => void
  /** Part of the transaction: notes an event that a row was made from, if it stands after all before. */
  readonly readTo: (event: ProjectedEvent) => void
  readonly rollback: () => void
  /** Notes which log it is made from. */
  readonly belongTo: (log: LogIdentity) => void
  /** Up to where the user's stream is folded; `null` if nothing is known of him. */
  readonly revisionOf: (userId: UserId) => Revision | null
  readonly put: (row: KycStatusRow) => void
  /** Remembers whose document it is: he adopts what events without a user say of it. Whether that was not known. */
  readonly addOwner: (documentId: string, userId: UserId) => boolean
  readonly ownersOf: (documentId: string) => readonly UserId[]
  /** Remembers an event of the unattributed stream, as one that belongs to nobody until it is adopted. */
  readonly addUnattributed: (row: UnattributedRow) => void
  readonly hasOrphans: (documentId: string) => boolean
  /** Whether an event of the unattributed stream names the user. */
  readonly isNamed: (userId: UserId) => boolean
  readonly orphansOf: (userId: UserId) => readonly Revision[]
  /** The users who have any. */
  readonly hearers: () => readonly UserId[]
  /** The users who show an anomaly. */
  readonly usersWith: (kind: AnomalyKind) => readonly UserId[]
  readonly close: () => void
}

export interface ReadModelReader {
  readonly kycAnswer: (userId: UserId) => KycAnswer | null
  readonly users: (filter: UserFilter) => readonly ListedUser[]
  /** The events of one kind that belong to nobody, after the given revision of the unattributed stream, at most `limit`. */
  readonly unattributed: (kind: KindOfNobody, after: Revision, limit: number) => readonly UnattributedEvent[]
  /** Revisions, in the unattributed stream, of the events that name the user or speak of his documents. */
  readonly orphansOf: (userId: UserId) => readonly Revision[]
  /** How many users who are `unknown` show an anomaly. */
  readonly unknownWith: (kind: AnomalyKind) => number
  /** How far a user is folded, and whether events of his were taken out of the log; `null` for one nobody knows. */
  readonly standingOf: (userId: UserId) => UserStanding | null
  readonly close: () => void
}

const SCHEMA = `
  CREATE TABLE checkpoint (
    projection TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    position TEXT,
    last_event_position TEXT,
    stream TEXT,
    revision INTEGER,
    event_position TEXT,
    event_id TEXT,
    log_id TEXT,
    generation INTEGER,
    losses INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE kyc_status (
    user_id TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    status TEXT NOT NULL,
    next_review_date TEXT,
    anomalies TEXT NOT NULL,
    etag TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX kyc_status_by_status ON kyc_status (status, user_id, next_review_date);
  CREATE INDEX kyc_status_by_review ON kyc_status (next_review_date, user_id, status) WHERE next_review_date IS NOT NULL;
  CREATE TABLE user_anomaly (kind TEXT, user_id TEXT, PRIMARY KEY (kind, user_id)) STRICT, WITHOUT ROWID;
  CREATE TABLE document_owner (document_id TEXT, user_id TEXT, PRIMARY KEY (document_id, user_id)) STRICT, WITHOUT ROWID;
  CREATE INDEX document_owner_by_user ON document_owner (user_id, document_id);
  CREATE TABLE orphan (document_id TEXT, revision INTEGER, PRIMARY KEY (document_id, revision)) STRICT, WITHOUT ROWID;
  CREATE INDEX orphan_by_revision ON orphan (revision, document_id);
  CREATE TABLE named_user (user_id TEXT, revision INTEGER, PRIMARY KEY (user_id, revision)) STRICT, WITHOUT ROWID;
  CREATE TABLE unattributed (
    revision INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL,
    name TEXT,
    occurred_at TEXT,
    recorded_at TEXT,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    adoptable INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX unattributed_by_kind ON unattributed (kind, revision);`

const versionOf = (db: Database.Database): number | undefined => {
  const exists = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'checkpoint'").get() !== undefined
  if (!exists) return undefined
  return db
    .prepare<[string], number>('SELECT version FROM checkpoint WHERE projection = ?')
    .pluck()
    .get(KYC_STATUS.name)
}

const tablesOf = (db: Database.Database): readonly string[] =>
  db
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all()

/** Makes it empty: the projection then starts from the beginning of the log. */
const reset = (db: Database.Database): void => {
  for (const table of tablesOf(db)) db.exec(`DROP TABLE "${table}"`)
  db.exec(SCHEMA)
  db.prepare('INSERT INTO checkpoint (projection, version) VALUES (?, ?)').run(KYC_STATUS.name, KYC_STATUS.version)
}

const prepare = (db: Database.Database): void => {
  if (versionOf(db) !== KYC_STATUS.version) reset(db)
}

// `+`: SQLite would look at the id when it plans, and compile the statement anew each time it is run.
const ORPHANS_OF_USER = `
  SELECT revision FROM orphan JOIN document_owner USING (document_id) WHERE user_id = +@userId
  UNION SELECT revision FROM named_user WHERE user_id = +@userId ORDER BY revision`

/**
 * Opens the read model for the projection runner and makes it if need be. A crash of the machine may lose its newest
 * transactions, never part of one (`synchronous=NORMAL`): the log gives them again.
 */
export const openReadModelWriter = (file: string): ReadModelWriter => {
  mkdirSync(dirname(file), { recursive: true })
  makePrivate(file)
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.transaction(prepare).immediate(db)

  const checkpoint = db.prepare<[string], string | null>('SELECT position FROM checkpoint WHERE projection = ?').pluck()
  const lastEventPosition = db
    .prepare<[string], string | null>('SELECT last_event_position FROM checkpoint WHERE projection = ?')
    .pluck()
  const furthestEvent = db.prepare<[string], ProjectedEvent>(
    `SELECT stream, revision, event_position AS position, event_id AS eventId FROM checkpoint
     WHERE projection = ? AND event_id IS NOT NULL`,
  )
  const advance = db.prepare<[Position, Position | null, string]>(
    `UPDATE checkpoint SET position = ?, last_event_position = coalesce(?, last_event_position) WHERE projection = ?`,
  )
  const readTo = db.prepare<[string, number, Position, string, string, Position]>(
    `UPDATE checkpoint SET stream = ?, revision = ?, event_position = ?, event_id = ?
     WHERE projection = ? AND (event_position IS NULL OR event_position < ?)`,
  )
  const belongTo = db.prepare<[string, number, number, string]>(
    'UPDATE checkpoint SET log_id = ?, generation = ?, losses = ? WHERE projection = ?',
  )
  const revision = db.prepare<[string], number>('SELECT revision FROM kyc_status WHERE user_id = ?').pluck()
  const anomalies = db.prepare<[string], string>('SELECT anomalies FROM kyc_status WHERE user_id = ?').pluck()
  // Most events change nothing that users are listed by: then no index is touched.
  const putAnswer = db.prepare<[number, string, string, UserId, string, string | null, string]>(
    `UPDATE kyc_status SET revision = ?, etag = ?, body = ?
     WHERE user_id = ? AND status = ? AND next_review_date IS ? AND anomalies = ?`,
  )
  const put = db.prepare<[UserId, number, string, string | null, string, string, string]>(
    `INSERT INTO kyc_status (user_id, revision, status, next_review_date, anomalies, etag, body)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (user_id) DO UPDATE SET revision = excluded.revision, status = excluded.status,
       next_review_date = excluded.next_review_date, anomalies = excluded.anomalies, etag = excluded.etag,
       body = excluded.body`,
  )
  const removeAnomaly = db.prepare<[string, string]>('DELETE FROM user_anomaly WHERE kind = ? AND user_id = ?')
  const addAnomaly = db.prepare<[string, string]>('INSERT OR IGNORE INTO user_anomaly VALUES (?, ?)')
  const addOwner = db.prepare<[string, string]>('INSERT OR IGNORE INTO document_owner VALUES (?, ?)')
  const owners = db.prepare<[string], UserId>('SELECT user_id FROM document_owner WHERE document_id = ?').pluck()
  const addOrphan = db.prepare<[string, number]>('INSERT OR IGNORE INTO orphan VALUES (?, ?)')
  const orphans = db.prepare<[string], number>('SELECT revision FROM orphan WHERE document_id = ?').pluck()
  const addNamed = db.prepare<[string, number]>('INSERT OR IGNORE INTO named_user VALUES (?, ?)')
  const named = db.prepare<[string], number>('SELECT 1 FROM named_user WHERE user_id = ?').pluck()
  const addUnattributed = db.prepare<[UnattributedEvent & { readonly adoptable: number }]>(
    `INSERT INTO unattributed (revision, event_id, name, occurred_at, recorded_at, kind, detail, adoptable)
     VALUES (@revision, @eventId, @name, @occurredAt, @recordedAt, @kind, @detail, @adoptable)
     ON CONFLICT (revision) DO NOTHING`,
  )
  const removeAdopted = db.prepare<[number]>(
    `DELETE FROM unattributed WHERE revision = ? AND adoptable AND NOT EXISTS (
       SELECT 1 FROM orphan LEFT JOIN document_owner USING (document_id)
       WHERE orphan.revision = unattributed.revision AND user_id IS NULL)`,
  )
  const orphansOf = db.prepare<[{ readonly userId: UserId }], number>(ORPHANS_OF_USER).pluck()
  const hearers = db
    .prepare<[], UserId>(
      'SELECT user_id FROM named_user UNION SELECT user_id FROM orphan JOIN document_owner USING (document_id)',
    )
    .pluck()

  const usersWith = db.prepare<[string], UserId>('SELECT user_id FROM user_anomaly WHERE kind = ?').pluck()

  const putAnomalies = ({ userId, anomalies: kinds }: KycStatusRow, stored: string): void => {
    const before = anomalies.get(userId) ?? '[]'
    if (before === stored) return
    for (const kind of JSON.parse(before) as readonly string[]) removeAnomaly.run(kind, userId)
    for (const kind of kinds) addAnomaly.run(kind, userId)
  }

  return {
    checkpoint: () => checkpoint.get(KYC_STATUS.name) ?? null,
    lastEventPosition: () => lastEventPosition.get(KYC_STATUS.name) ?? null,
    furthestEvent: () => furthestEvent.get(KYC_STATUS.name) ?? null,
    begin: () => void db.exec('BEGIN IMMEDIATE'),
    commit: (position, last) => {
      advance.run(position, last, KYC_STATUS.name)
      db.exec('COMMIT')
    },
    readTo: ({ stream, revision: place, position, eventId }) =>
      void readTo.run(stream, place, position, eventId, KYC_STATUS.name, position),
    rollback: () => void (db.inTransaction && db.exec('ROLLBACK')),
    belongTo: ({ logId, generation, losses }) => void belongTo.run(logId, generation, losses, KYC_STATUS.name),
    revisionOf: (userId) => revision.get(userId) ?? null,
    put: (row) => {
      const { userId, revision: folded, status, nextReviewDate, body } = row
      const kinds = JSON.stringify(row.anomalies)
      const etag = entityTag(body)
      if (putAnswer.run(folded, etag, body, userId, status, nextReviewDate, kinds).changes > 0) return
      putAnomalies(row, kinds)
      put.run(userId, folded, status, nextReviewDate, kinds, etag, body)
    },
    addOwner: (documentId, userId) => {
      const isNew = addOwner.run(documentId, userId).changes > 0
      if (isNew) for (const revision of orphans.all(documentId)) removeAdopted.run(revision)
      return isNew
    },
    ownersOf: (documentId) => owners.all(documentId),
    addUnattributed: ({ event, documents, users, adoptable }) => {
      addUnattributed.run({ ...event, adoptable: adoptable ? 1 : 0 })
      for (const documentId of documents) addOrphan.run(documentId, event.revision)
      for (const userId of users) addNamed.run(userId, event.revision)
      removeAdopted.run(event.revision)
    },
    hasOrphans: (documentId) => orphans.get(documentId) !== undefined,
    isNamed: (userId) => named.get(userId) !== undefined,
    orphansOf: (userId) => orphansOf.all({ userId }),
    hearers: () => hearers.all(),
    usersWith: (kind) => usersWith.all(kind),
    close: () => void db.close(),
  }
}

/** Opens the read model for the HTTP side; the writer has to have made it. */
export const openReadModelReader = (file: string): ReadModelReader => {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  const answer = db.prepare<[string], KycAnswer>('SELECT etag, body FROM kyc_status WHERE user_id = ?')
  const orphansOf = db.prepare<[{ readonly userId: UserId }], number>(ORPHANS_OF_USER).pluck()
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
    unattributed: (kind, after, limit) => unattributed.all(kind, after, limit),
    unknownWith: (kind) => unknownWith.get(kind) ?? 0,
    standingOf: (userId) => {
      const row = standing.get(userId)
      return row === undefined ? null : { revision: row.revision, altered: row.altered === 1 }
    },
    orphansOf: (userId) => orphansOf.all({ userId }),
    close: () => void db.close(),
  }
}

/** A row with all that is in it, by the names of its columns. */
export type Row = Readonly<Record<string, string | number | null>>

/** The read model as it stands now, whatever is written to it while this is open. */
export interface ReadModelSnapshot {
  readonly version: number | undefined
  readonly checkpoint: () => Position | null
  readonly tables: () => readonly string[]
  readonly rows: (table: string) => IterableIterator<Row>
  /** The columns that tell the rows of a table apart. */
  readonly keyOf: (table: string) => readonly string[]
  /** The row of a table that has the key of the given one. */
  readonly rowLike: (table: string, row: Row) => Row | undefined
  readonly close: () => void
}

export const openReadModelSnapshot = (file: string): ReadModelSnapshot => {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  db.exec('BEGIN')
  // Takes the snapshot: a transaction sees the database as of its first read.
  const version = versionOf(db)
  const keyOf = (table: string): readonly string[] =>
    db.prepare<[string], string>('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk').pluck().all(table)
  const lookups = new Map<string, Database.Statement<[Row], Row>>()
  const lookup = (table: string): Database.Statement<[Row], Row> => {
    const condition = keyOf(table).map((column) => `${column} = @${column}`)
    return db.prepare<[Row], Row>(`SELECT * FROM ${table} WHERE ${condition.join(' AND ')}`)
  }
  return {
    version,
    checkpoint: () =>
      db
        .prepare<[string], string | null>('SELECT position FROM checkpoint WHERE projection = ?')
        .pluck()
        .get(KYC_STATUS.name) ?? null,
    tables: () => tablesOf(db),
    rows: (table) => db.prepare<[], Row>(`SELECT * FROM ${table} ORDER BY ${keyOf(table).join()}`).iterate(),
    keyOf,
    rowLike: (table, row) => {
      const known = lookups.get(table) ?? lookup(table)
      lookups.set(table, known)
      return known.get(row)
    },
    close: () => void db.close(),
  }
}

/** How far a read model has come; `null` if it has seen no event. */
export const checkpointOf = (file: string): Position | null => {
  const snapshot = openReadModelSnapshot(file)
  try {
    return snapshot.checkpoint()
  } finally {
    snapshot.close()
  }
}
