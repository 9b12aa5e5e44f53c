import Database from 'better-sqlite3'
import { KYC_STATUS } from '../../../projections/kycStatus.ts'
import type { Position } from '../../eventStore/recordedEvent.ts'
import { tablesOf, versionOf } from './schema.ts'

/** A row with all that is in it, by the names of its columns. */
export type Row = Readonly<Record<string, string | number | null>>

/** The read model as it stands now, whatever is written to it while this is open. */
export interface ReadModelSnapshot {
  readonly version: number | undefined
  readonly checkpoint: () => Position | null
  readonly tables: () => readonly string[]
  readonly rows: (table: string) => IterableIterator<Row>
  /** The columns that tell the rows of a table apart. */
  readonly keyOf: (table: string) => readonly string[]
  /** The row of a table that has the key of the given one. */
  readonly rowLike: (table: string, row: Row) => Row | undefined
  readonly close: () => void
}

/** Opens a read model of any version. */
export const openReadModelSnapshot = (file: string): ReadModelSnapshot =>
  snapshotOver(new Database(file, { readonly: true, fileMustExist: true }))

export const snapshotOver = (db: Database.Database): ReadModelSnapshot => {
  db.exec('BEGIN')
  // Takes the snapshot: a transaction sees the database as of its first read.
  const version = versionOf(db)
  const keyOf = (table: string): readonly string[] =>
    db.prepare<[string], string>('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk').pluck().all(table)
  const lookups = new Map<string, Database.Statement<[Row], Row>>()
  const lookup = (table: string): Database.Statement<[Row], Row> => {
    const condition = keyOf(table).map((column) => `${column} = @${column}`)
    return db.prepare<[Row], Row>(`SELECT * FROM ${table} WHERE ${condition.join(' AND ')}`)
  }
  return {
    version,
    checkpoint: () =>
      db
        .prepare<[string], string | null>('SELECT position FROM checkpoint WHERE projection = ?')
        .pluck()
        .get(KYC_STATUS.name) ?? null,
    tables: () => tablesOf(db),
    rows: (table) => db.prepare<[], Row>(`SELECT * FROM ${table} ORDER BY ${keyOf(table).join()}`).iterate(),
    keyOf,
    rowLike: (table, row) => {
      const known = lookups.get(table) ?? lookup(table)
      lookups.set(table, known)
      return known.get(row)
    },
    close: () => void db.close(),
  }
}

/** How far a read model has come; `null` if it has seen no event. */
export const checkpointOf = (file: string): Position | null => {
  const snapshot = openReadModelSnapshot(file)
  try {
    return snapshot.checkpoint()
  } finally {
    snapshot.close()
  }
}

/** Whether a read model is made anew when it is opened: there is none that can be read, or one of another version. */
export const isMadeAnew = (file: string): boolean => {
  try {
    const snapshot = openReadModelSnapshot(file)
    const { version } = snapshot
    snapshot.close()
    return version !== KYC_STATUS.version
  } catch {
    return true
  }
}
