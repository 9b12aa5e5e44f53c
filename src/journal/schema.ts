import { hash } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { deleteSecurely } from '../sqlite/purge.ts'

/** `user_version` of the file. Version 0 had one row for each delivery, in the table `journal`. */
const VERSION = 1

/** Two bodies are the same when this and their sizes are: SHA-256 of what is kept of them. */
export const fingerprintOf = (kept: Uint8Array): Buffer => hash('sha256', kept, 'buffer')

const SCHEMA = `
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  fingerprint BLOB NOT NULL,
  size INTEGER NOT NULL,
  kept INTEGER NOT NULL,
  received_at TEXT NOT NULL,
  last_received_at TEXT NOT NULL,
  times INTEGER NOT NULL,
  reason TEXT NOT NULL,
  content_type TEXT,
  content_encoding TEXT,
  source TEXT,
  done_as TEXT,
  done_at TEXT,
  body BLOB NOT NULL,
  UNIQUE (fingerprint, size)
) STRICT;
CREATE INDEX IF NOT EXISTS deliveries_by_reason ON deliveries (reason, last_received_at, kept, done_at);
`

const knowsSources = (db: Database): boolean =>
  db.prepare("SELECT 1 FROM pragma_table_info('deliveries') WHERE name = 'source'").get() !== undefined

const holdsTable = (db: Database, name: string): boolean =>
  db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined

/** How many deliveries a journal holds, of whichever version it is. */
export const deliveriesIn = (db: Database): number => {
  const table = holdsTable(db, 'deliveries') ? 'deliveries' : 'journal'
  return db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0
}

/** Takes over the rows of version 0, also those of a node that was set back to it for a while. */
const takeOver = (db: Database): void => {
  db.function('fingerprint', { deterministic: true }, (body) => fingerprintOf(body as Buffer))
  db.exec(`
    INSERT INTO deliveries
      (id, fingerprint, size, kept, received_at, last_received_at, times, reason, content_type, body)
    SELECT CASE WHEN id > (SELECT coalesce(max(id), 0) FROM deliveries) THEN id END,
      fingerprint(body), size, length(body), received_at, received_at, 1, reason, content_type, body
    FROM journal WHERE true ORDER BY id
    ON CONFLICT (fingerprint, size) DO UPDATE SET
      times = times + 1, last_received_at = max(last_received_at, excluded.last_received_at), reason = excluded.reason;
    DROP TABLE journal;`)
}

/**
 * Makes the file what this version reads and writes; `true` if it was of an earlier one, and holds room
 * that it may give back. Throws where a newer one has written it.
 */
export const prepareJournal = (db: Database): boolean => {
  const version = Number(db.pragma('user_version', { simple: true }))
  if (version > VERSION) throw new Error('a newer release of this service has written it')
  // What a new file has from the beginning, an old one gets with its next VACUUM.
  db.pragma('auto_vacuum = INCREMENTAL')
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  deleteSecurely(db)
  const isOld = holdsTable(db, 'journal')
  db.transaction(() => {
    db.exec(SCHEMA)
    // An earlier release, which does not name it, leaves it empty.
    if (!knowsSources(db)) db.exec('ALTER TABLE deliveries ADD COLUMN source TEXT')
    if (isOld) takeOver(db)
    db.pragma(`user_version = ${VERSION}`)
  }).immediate()
  return isOld
}
