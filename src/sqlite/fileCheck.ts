import { statSync } from 'node:fs'
import type { Database } from 'better-sqlite3'

/** The files of a database, as numbers that tell them from others that have taken their names. */
export interface DatabaseFiles {
  readonly database: number | undefined
  readonly wal: number | undefined
}

const look = (path: string) => statSync(path, { throwIfNoEntry: false })

/** Which files bear the names of the database now. */
export const filesOf = (file: string): DatabaseFiles => ({ database: look(file)?.ino, wal: look(`${file}-wal`)?.ino })

const sizesOf = (file: string) => ({ database: look(file)?.size ?? 0, wal: look(`${file}-wal`)?.size ?? 0 })

/** SQLite's file format, 4.1 and 4.2: what a write-ahead log holds beside the pages, in bytes. */
const WAL_HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24

/** How long a write-ahead log has to be for the frames in use. */
const walBytesInUse = (db: Database): number => {
  const [{ log = 0 } = {}] = db.pragma('wal_checkpoint(NOOP)') as readonly { readonly log?: number }[]
  return log > 0 ? WAL_HEADER_BYTES + log * (FRAME_HEADER_BYTES + Number(db.pragma('page_size', { simple: true }))) : 0
}

/** Throws when other files bear the names, or none. */
export const expectFiles = (file: string, opened: DatabaseFiles, name: string): void => {
  const { database, wal } = filesOf(file)
  if (database !== opened.database || wal !== opened.wal) {
    throw new Error(`the file of the ${name} was removed or replaced under the service`)
  }
}

export interface FileCheck {
  /** Throws when the files are gone, are others, or were cut: what is committed then is gone with the process. Outside of any transaction. */
  readonly before: () => void
  /** Has to be called after each commit, and after whatever else changes the files. */
  readonly committed: () => void
}

/**
 * Looks after the files that a connection writes to. SQLite notices none of this: it goes on in files without a name, and
 * after the hole of one that was cut. `opened` are the files as the process has opened them; `name` is for a person.
 */
export const checkFiles = (db: Database, file: string, opened: DatabaseFiles, name: string): FileCheck => {
  let longest = { database: 0, wal: 0 }
  return {
    before: () => {
      expectFiles(file, opened, name)
      const now = sizesOf(file)
      // The database only grows, but by what this connection gives back. The write-ahead log may be cut by SQLite, to what is in use.
      if (now.database < longest.database || (now.wal < longest.wal && now.wal < walBytesInUse(db))) {
        throw new Error(`the file of the ${name} was cut under the service`)
      }
      longest = now
    },
    committed: () => {
      longest = sizesOf(file)
    },
  }
}
