import Sqlite, { type Database } from 'better-sqlite3'
import { makeWalDurable } from './makeWalDurable.ts'

const isFailedSync = (error: unknown): boolean =>
  error instanceof Sqlite.SqliteError && error.code === 'SQLITE_IOERR_FSYNC'

/**
 * Moves the write-ahead log of `file` into the database as often as SQLite would by itself: what this gives is to be called after each
 * commit. For a database whose commits are not synced (`synchronous=NORMAL`). SQLite tells nobody that it could not, tries again, and with
 * the sync that fails what nobody had synced before is in memory alone: the second one succeeds and leaves it there, and a power cut would meet
 * a database that is half of it. Throws where it cannot be written again; whatever else stands in the way is there at the next commit.
 */
export const checkpointing = (db: Database, file: string): (() => void) => {
  const pages = Number(db.pragma('wal_autocheckpoint', { simple: true }))
  db.pragma('wal_autocheckpoint = 0')
  const size = db.prepare<[], { readonly log: number }>('PRAGMA wal_checkpoint(NOOP)')
  return () => {
    if ((size.get()?.log ?? 0) < pages) return
    try {
      db.pragma('wal_checkpoint(PASSIVE)')
    } catch (error) {
      if (isFailedSync(error)) makeWalDurable(db, file)
    }
  }
}
