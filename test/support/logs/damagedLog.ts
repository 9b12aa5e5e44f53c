import { closeSync, openSync, writeSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { StreamName } from '../../../src/eventStore/recordedEvent.ts'

/** The B-trees of a log: the table, and its indexes in the order of the schema. */
export const TREES = {
  events: 'events',
  byRevision: 'sqlite_autoindex_events_1',
  byEventId: 'sqlite_autoindex_events_2',
} as const

const asked = <A>(file: string, sql: string, ...bound: readonly unknown[]): readonly A[] => {
  const db = new Database(file, { readonly: true })
  try {
    return db
      .prepare<unknown[], A>(sql)
      .pluck()
      .all(...bound)
  } finally {
    db.close()
  }
}

/** The numbers of the pages of a tree, in its order; its root is the page of type `internal`. */
export const pagesOf = (file: string, tree: string, type: 'leaf' | 'internal'): readonly number[] =>
  asked(file, 'SELECT pageno FROM dbstat WHERE name = ? AND pagetype = ? ORDER BY path', tree, type)

/** Overwrites a page of a file that nobody has open with what no page looks like. */
export const damagePage = (file: string, page: number): void => {
  const [size = 0] = asked<number>(file, 'SELECT page_size FROM pragma_page_size')
  const descriptor = openSync(file, 'r+')
  writeSync(descriptor, Buffer.alloc(size, 0x5a), 0, size, (page - 1) * size)
  closeSync(descriptor)
}

/** The streams of a whole log whose events lie at positions that its damaged copy cannot read. */
export const streamsLost = (whole: string, damaged: string): readonly StreamName[] => {
  const db = new Database(damaged, { readonly: true })
  const row = db.prepare('SELECT * FROM events WHERE position = ?')
  const isLost = (position: number): boolean => {
    try {
      row.get(position)
      return false
    } catch {
      return true
    }
  }
  const positions = asked<number>(whole, 'SELECT position FROM events').filter(isLost)
  db.close()
  const placeholders = positions.map(() => '?').join()
  return asked(whole, `SELECT DISTINCT stream FROM events WHERE position IN (${placeholders}) ORDER BY 1`, ...positions)
}
