import Database from 'better-sqlite3'
import type { LogIdentity } from '../ledger/logIdentity.ts'

type Noted = Pick<LogIdentity, 'logId' | 'generation'>

export const logIn = (db: Database.Database): Noted | null =>
  db.prepare<[], Noted>('SELECT log_id AS logId, generation FROM log').get() ?? null

/** The log that the deliveries of a journal were meant for; `null` where there is no journal, or it does not say. */
export const logOfJournal = (file: string): Noted | null => {
  try {
    const db = new Database(file, { readonly: true, fileMustExist: true })
    try {
      return logIn(db)
    } finally {
      db.close()
    }
  } catch {
    return null
  }
}

/** Notes in a journal, which has to be there, which log it belongs to. */
export const noteLogOfJournal = (file: string, { logId, generation }: Noted): void => {
  const db = new Database(file, { fileMustExist: true, timeout: 5000 })
  try {
    db.transaction(() => {
      db.exec('CREATE TABLE IF NOT EXISTS log (log_id TEXT NOT NULL, generation INTEGER NOT NULL) STRICT')
      db.exec('DELETE FROM log')
      db.prepare('INSERT INTO log (log_id, generation) VALUES (?, ?)').run(logId, generation)
    }).immediate()
  } finally {
    db.close()
  }
}
