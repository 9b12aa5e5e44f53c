import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import Sqlite, { type Database } from 'better-sqlite3'
import { opening } from '../files/opening.ts'

/** So much of a database is read into memory at most. */
const MOST_BYTES = 256 * 1024 * 1024
/** SQLite's file format, 1.3: the bytes of the header that say how it is read and written; 2 is with a write-ahead log. */
const [READ_VERSION, WRITE_VERSION] = [18, 19]
const WITH_WAL = 2

/** Whether a database has a write-ahead log, as its file says. */
export const hasWal = (file: string): boolean => {
  const header = Buffer.alloc(WRITE_VERSION + 1)
  const opened = openSync(file, 'r')
  try {
    readSync(opened, header, 0, header.length, 0)
  } finally {
    closeSync(opened)
  }
  return header[WRITE_VERSION] === WITH_WAL
}

/** Of a database that nobody has open the file is all there is; `null` where somebody may have. */
const asItLies = (file: string): Buffer | null => {
  const size = statSync(file).size
  if (existsSync(`${file}-wal`) || size === 0 || size > MOST_BYTES) return null
  const bytes = readFileSync(file)
  // A service may have started meanwhile.
  if (existsSync(`${file}-wal`)) return null
  if (bytes[WRITE_VERSION] === WITH_WAL) bytes.fill(1, READ_VERSION, WRITE_VERSION + 1)
  return bytes
}

/**
 * Reads a database that a service may be writing to. SQLite would make files beside one that nobody has open, and cannot read it
 * where it may not: it is read into memory then. Throws an `Error` that names the file.
 */
export const lookInto = async <A>(file: string, use: (db: Database) => A | Promise<A>): Promise<A> => {
  const opened = { what: 'the database', file }
  const db = opening(opened, () => {
    const bytes = asItLies(file)
    return bytes === null ? new Sqlite(file, { readonly: true, fileMustExist: true }) : new Sqlite(bytes)
  })
  try {
    return await use(db)
  } finally {
    db.close()
  }
}
