import Database from 'better-sqlite3'

/** What `use` gives, of a database that is closed then. */
export const closing = <A>(db: Database.Database, use: () => A): A => {
  try {
    return use()
  } finally {
    db.close()
  }
}

/** Writes a database as it stands, its write-ahead log included, into a new file that needs none. */
export const vacuumInto = (from: string, to: string): void => {
  const source = new Database(from, { readonly: true, fileMustExist: true })
  closing(source, () => void source.prepare('VACUUM INTO ?').run(to))
}
