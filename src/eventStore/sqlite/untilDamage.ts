import Sqlite, { type Database } from 'better-sqlite3'
import { isDamage } from '../../sqlite/damage.ts'

/** What `read` gives, unless it comes upon damage. */
export const tried = <A>(read: () => A): A | 'damaged' => {
  try {
    return read()
  } catch (error) {
    if (isDamage(error)) return 'damaged'
    throw error
  }
}

/** An index of another shape, in a log that a former release made, cannot be asked: SQLite says so when it prepares. */
const prepared = <A>(db: Database, sql: string) => {
  try {
    return db.prepare<unknown[], A>(sql).pluck()
  } catch (error) {
    if (error instanceof Sqlite.SqliteError && error.code === 'SQLITE_ERROR') return undefined
    throw error
  }
}

/** The single values that a query gives until it comes upon damage; `whole` tells whether it did not. */
export const untilDamage = <A>(
  db: Database,
  sql: string,
  ...bound: readonly unknown[]
): { readonly found: readonly A[]; readonly whole: boolean } => {
  const found: A[] = []
  const rows = prepared<A>(db, sql)?.iterate(...bound)
  const end = rows === undefined ? 'damaged' : tried(() => void found.push(...rows))
  return { found, whole: end !== 'damaged' }
}
