import Sqlite from 'better-sqlite3'

const UNREADABLE = 'JOURNAL_UNREADABLE'

export const isJournalUnreadable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === UNREADABLE

/** What `read` gives; where SQLite cannot read the file, an error that `isJournalUnreadable` knows, with the reason. */
export const telling =
  <Asked extends readonly unknown[], Answer>(read: (...asked: Asked) => Answer) =>
  (...asked: Asked): Answer => {
    try {
      return read(...asked)
    } catch (error) {
      if (!(error instanceof Sqlite.SqliteError)) throw error
      throw Object.assign(new Error(`the journal cannot be read: ${error.message}`), { code: UNREADABLE })
    }
  }
