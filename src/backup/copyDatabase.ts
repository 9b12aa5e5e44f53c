import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { codeOf } from '../files/codeOf.ts'
import { obstacleAt } from '../files/obstacle.ts'
import { isNotWritten } from '../files/opening.ts'
import { whyNot } from '../files/whyNot.ts'
import { backupFailure } from './failure.ts'
import { sync, syncDirectory } from './sync.ts'

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

/** What SQLite finds wrong in a database, page by page; empty where it is whole. */
const damageIn = (db: Database.Database): readonly string[] => {
  const lines = db.prepare<[], string>('PRAGMA integrity_check').pluck().all()
  return lines.join() === 'ok' ? [] : lines
}

/** SQLite does not say which of the two files it was. */
const told = (from: string, to: string, error: unknown): string => {
  const isOfCopy =
    isNotWritten(error) || (/^SQLITE_CANTOPEN/.test(codeOf(error) ?? '') && obstacleAt(from, false) === null)
  const file = isOfCopy ? to : from
  return `${file}: ${whyNot(error, file)}`
}

/**
 * Writes what a database holds at this moment, its write-ahead log included, into a new file that needs none, and makes
 * that durable. It may be written to meanwhile. Every row is read and the copy is looked through: it is whole, or an error is
 * thrown. Gives what `look` sees in it.
 */
export const copyDatabase = <A>(
  from: string,
  to: string,
  look: (copy: Database.Database) => A,
  write = vacuumInto,
): A => {
  rmSync(to, { force: true })
  try {
    write(from, to)
    const copy = new Database(to, { readonly: true, fileMustExist: true })
    const seen = closing(copy, () => {
      const [damage] = damageIn(copy)
      if (damage !== undefined) throw backupFailure('damaged', `the copy is damaged: ${damage}`)
      return look(copy)
    })
    sync(to)
    syncDirectory(dirname(to))
    return seen
  } catch (error) {
    const reason = told(from, to, error)
    rmSync(to, { force: true })
    throw new Error(reason, { cause: error })
  }
}
