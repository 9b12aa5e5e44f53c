import type Database from 'better-sqlite3'
import type { Position } from '../../eventStore/recordedEvent.ts'

/** What the version before told of each user, until it is known of whom this one tells something else. */
export const FORMER = 'former'

/** Up to where a former version had come. */
interface Former {
  readonly version: number
  readonly position: Position
}

/**
 * Keeps what a read model of another version told, before its tables go. `null`, and nothing is kept, where it told nobody
 * anything: it is of a version without a feed, or of one that is not the last whose meaning the log records.
 */
export const keepFormer = (db: Database.Database): Former | null => {
  db.exec(`DROP TABLE IF EXISTS ${FORMER}`)
  const told = db
    .prepare("SELECT count(*) FROM sqlite_schema WHERE name IN ('kyc_status', 'change', 'feed')")
    .pluck()
    .get()
  if (told !== 3) return null
  const former = db
    .prepare<[], Former>(
      'SELECT version, position FROM checkpoint JOIN feed ON meaning = version WHERE position IS NOT NULL',
    )
    .get()
  if (former === undefined) return null
  db.exec(
    `CREATE TABLE ${FORMER} (user_id TEXT PRIMARY KEY, status TEXT, since INTEGER, revision INTEGER, at TEXT) STRICT, WITHOUT ROWID;
     INSERT INTO ${FORMER} SELECT user_id, status, since, revision, at FROM kyc_status JOIN change USING (user_id)`,
  )
  return former
}
