import Sqlite from 'better-sqlite3'

/** Whether the error says that SQLite has met a page that it cannot read, or that makes no sense to it. */
export const isDamage = (error: unknown): boolean =>
  error instanceof Sqlite.SqliteError &&
  /^SQLITE_(CORRUPT|NOTADB|IOERR_(READ|SHORT_READ|CORRUPTFS|DATA))/.test(error.code)
