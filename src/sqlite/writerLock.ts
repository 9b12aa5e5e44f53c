import Database from 'better-sqlite3'
import { opening } from '../files/opening.ts'
import { makePrivate } from './privateFile.ts'

export interface WriterLock {
  readonly release: () => void
}

/** Of two who try at the same moment neither would get it without waiting for the other to give way. */
const PATIENCE_MS = 100

/**
 * The right to write to `file`, or to whatever stands under that name, for one holder on this machine: an exclusive
 * transaction on the empty database `<file>-lock`, held until `release`. It is a lock of the operating system, so it ends
 * with the process, even by kill -9. `null` when somebody else holds it, be it in this process. Throws an
 * `Error` that names the lock, and says what to do.
 *
 * Nothing else may open the lock file: closing any descriptor of it would drop the lock of this process.
 */
export const takeWriterLock = (file: string): WriterLock | null => {
  const lock = `${file}-lock`
  const opened = { what: 'the lock', file: lock, whenDamaged: 'remove it: it holds nothing' }
  return opening(opened, () => {
    const db = new Database(lock, { timeout: PATIENCE_MS })
    try {
      db.pragma('journal_mode = MEMORY')
      db.exec('BEGIN EXCLUSIVE')
      makePrivate(lock)
      return { release: () => void db.close() }
    } catch (error) {
      db.close()
      if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null
      throw error
    }
  })
}
