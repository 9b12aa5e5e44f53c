import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { makeWalDurable } from '../../sqlite/makeWalDurable.ts'
import { expectWritable, makePrivate } from '../../sqlite/privateFile.ts'
import { deleteSecurely } from '../../sqlite/purge.ts'
import { checkSchema, createSchema } from './schema.ts'

/** One name for one file, whatever path led to it. Creates its directory when asked to. */
export const realFile = (file: string, createDirectory: boolean): string => {
  const path = resolve(file)
  if (createDirectory) mkdirSync(dirname(path), { recursive: true })
  if (existsSync(path)) return realpathSync(path)
  return existsSync(dirname(path)) ? join(realpathSync(dirname(path)), basename(path)) : path
}

const CACHE_WRITING_KIB = 4096

/** The connection that appends: a commit returns once its WAL frames are fsynced. */
export const openForWriting = (file: string, options: Database.Options = {}): Database.Database => {
  const db = new Database(file, options)
  closedOnThrow(db, () => makeWalDurable(db, file))
  // Two or three events to a page; measured, a tenth faster than the default of 4096. A new file only.
  db.pragma('page_size = 8192')
  // Pages that erased events leave free can be given back without a copy of the whole; of an older file they are used again.
  db.pragma('auto_vacuum = INCREMENTAL')
  const mode = db.pragma('journal_mode = WAL', { simple: true })
  if (mode !== 'wal') throw new Error('its file system does not support a write-ahead log; use a local disk')
  db.pragma('synchronous = FULL')
  // A checkpoint every 32 MiB (of 8 KiB pages): a page that many commits touch is copied into the database once.
  db.pragma('wal_autocheckpoint = 4096')
  db.pragma('journal_size_limit = 67108864')
  // What leads to rows, and what is written at once, fit in: of what was appended nothing is read here again.
  db.pragma(`cache_size = -${CACHE_WRITING_KIB}`)
  deleteSecurely(db)
  return db
}

/** A connection that reads, in any thread or process; with `cacheKiB` it keeps no more than so much of the file. */
export const openForReading = (file: string, cacheKiB?: number): Database.Database => {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  return closedOnThrow(db, () => {
    checkSchema(db)
    if (cacheKiB !== undefined) db.pragma(`cache_size = -${cacheKiB}`)
  })
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

/** Makes the file an event log of this version, or throws when it is something else. */
export const prepareFile = (file: string): void => {
  if (sizeOf(file) === 0 && sizeOf(`${file}-wal`) > 0) {
    throw new Error('it is missing or empty, while its write-ahead log is not: restore it from a backup')
  }
  expectWritable(file)
  makePrivate(file)
  const db = openForWriting(file)
  closedOnThrow(db, () => createSchema(db)).close()
}

const closedOnThrow = (db: Database.Database, action: () => void): Database.Database => {
  try {
    action()
    return db
  } catch (error) {
    db.close()
    throw error
  }
}
