import Database from 'better-sqlite3'

/** With `STORAGE_PLANTED=off` nothing is synced. Checkpoints come after so many pages, so that a short run has many. */
const PAGES = 60

const { pragma } = Database.prototype
Database.prototype.pragma = function (this: Database.Database, text: string, options?: Database.PragmaOptions) {
  if (text === 'synchronous = FULL' && process.env['STORAGE_PLANTED'] === 'off')
    return pragma.call(this, 'synchronous = OFF')
  if (/^wal_autocheckpoint = [1-9]/.test(text)) return
  const answer = pragma.call(this, text, options)
  if (text === 'journal_mode = WAL') pragma.call(this, `wal_autocheckpoint = ${PAGES}`)
  return answer
}
