import { randomUUID } from 'node:crypto'
import type Database from 'better-sqlite3'
import { KYC_STATUS } from '../../../projections/kycStatus.ts'
import { DOUBTS } from './doubts.ts'
import { DRIFT } from './driftTables.ts'
import { FORMER, keepFormer } from './former.ts'
import { TALLY } from './tally.ts'
import { BY_NUMBER } from './usersByNumber.ts'

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
    since INTEGER,
    next_review_date TEXT,
    anomalies TEXT NOT NULL,
    drift TEXT NOT NULL,
    retention TEXT,
    etag TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX kyc_status_by_status ON kyc_status (status, user_id, next_review_date, since);
  CREATE INDEX kyc_status_by_review ON kyc_status (next_review_date, user_id, status) WHERE next_review_date IS NOT NULL;
  CREATE INDEX kyc_status_with_retention ON kyc_status (user_id) WHERE retention IS NOT NULL;
  ${BY_NUMBER}
  CREATE TABLE change (
    user_id TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    n INTEGER NOT NULL,
    begins TEXT NOT NULL,
    in_doubt INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX change_in_order ON change (at, n);
  CREATE TABLE feed (
    feed INTEGER PRIMARY KEY,
    opening TEXT NOT NULL,
    made TEXT NOT NULL,
    meaning INTEGER,
    former_version INTEGER,
    former_position TEXT
  ) STRICT;
  CREATE TABLE reading (
    user_id TEXT,
    first INTEGER,
    next INTEGER NOT NULL,
    tag TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (user_id, first)
  ) STRICT;
  CREATE TABLE due (user_id TEXT PRIMARY KEY, due_at TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX due_by_time ON due (due_at, user_id);
  CREATE TABLE due_policy (policy TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE hold (
    hold INTEGER PRIMARY KEY,
    user_id TEXT,
    placed_by TEXT,
    placed_at INTEGER,
    reason TEXT,
    standing INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX hold_by_user ON hold (user_id) WHERE standing;
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
  CREATE INDEX unattributed_by_kind ON unattributed (kind, revision);
  CREATE TABLE whole_about (user_id TEXT, stream TEXT, PRIMARY KEY (user_id, stream)) STRICT, WITHOUT ROWID;
  CREATE INDEX whole_about_by_stream ON whole_about (stream);
  CREATE TABLE erased_user (
    user_id TEXT PRIMARY KEY,
    erased_at TEXT NOT NULL,
    erasure INTEGER NOT NULL,
    revision INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;`

/** The tables that go by a policy, and not by the log alone. */
const BY_POLICY: ReadonlySet<string> = new Set(['due', 'due_policy'])

/**
 * The tables that tell when answers changed: that goes by how the log came to this read model as well, and another that was made
 * from the same log may tell it of later places. So does how much of what events say is kept, and in which parts.
 */
const BY_COURSE: ReadonlySet<string> = new Set(['change', 'feed', 'former', 'reading'])

/** Whether the log alone fills a table: then two read models of it hold the same. */
export const isOfLog = (table: string): boolean => !BY_POLICY.has(table) && !BY_COURSE.has(table)

/** The version of the read model in a database; `undefined` where it holds none. */
export const versionOf = (db: Database.Database): number | undefined => {
  const exists = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'checkpoint'").get() !== undefined
  if (!exists) return undefined
  return db
    .prepare<[string], number>('SELECT version FROM checkpoint WHERE projection = ?')
    .pluck()
    .get(KYC_STATUS.name)
}

export const tablesOf = (db: Database.Database): readonly string[] =>
  db
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all()

/** Makes it empty: the projection then starts from the beginning of the log. What the former version told is kept. */
const reset = (db: Database.Database): void => {
  const former = keepFormer(db)
  for (const table of tablesOf(db)) if (table !== FORMER) db.exec(`DROP TABLE "${table}"`)
  db.exec(SCHEMA)
  db.exec(DRIFT)
  db.exec(TALLY)
  db.exec(DOUBTS)
  db.prepare('INSERT INTO checkpoint (projection, version) VALUES (?, ?)').run(KYC_STATUS.name, KYC_STATUS.version)
  db.prepare("INSERT INTO feed (feed, opening, made, former_version, former_position) VALUES (1, '', ?, ?, ?)").run(
    randomUUID().slice(0, 8),
    former?.version ?? null,
    former?.position ?? null,
  )
}

/** Makes the tables where there are none, or those of another version. */
export const prepareTables = (db: Database.Database): void => {
  if (versionOf(db) !== KYC_STATUS.version) reset(db)
}
