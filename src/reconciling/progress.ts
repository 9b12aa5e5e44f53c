import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import { opening } from '../files/opening.ts'
import type { Sweep } from '../ledger/leases.ts'
import { makePrivate } from '../sqlite/privateFile.ts'
import { deleteSecurely } from '../sqlite/purge.ts'

const NAME = 'reconciliation.db'
const VERSION = 1

const SCHEMA = `
CREATE TABLE checked (user_id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE standing (
  log_id TEXT NOT NULL, node TEXT NOT NULL,
  sweep_begun_at INTEGER, sweep_through TEXT, sweep_ended_at INTEGER, suspects_through TEXT
) STRICT;
PRAGMA user_version = ${VERSION};
`

/**
 * How far this node has come, and when each user was last compared. It is written after each step, without waiting for the disk: kill -9 loses
 * nothing. Whatever else befalls it, it is begun anew: no answer rests on it.
 */
export interface Progress {
  /** The name of this data directory in the log. */
  readonly node: string
  /** The last sweep that this node was at. */
  readonly sweep: () => Sweep | null
  /** The suspects up to this one were asked about by a run that was broken off; `null`: all were. */
  readonly suspectsThrough: () => UserId | null
  /** When a user was last compared. */
  readonly checkedAt: (userId: UserId) => Instant | null
  readonly noteSweep: (sweep: Sweep, checked: readonly UserId[], at: Instant) => void
  readonly noteSuspects: (through: UserId | null, checked: readonly UserId[], at: Instant) => void
  readonly note: (checked: readonly UserId[], at: Instant) => void
  /** Nothing of an erased user is kept here. */
  readonly forget: (userIds: Iterable<UserId>) => void
  readonly close: () => void
}

interface Standing {
  readonly log_id: string
  readonly node: string
  readonly sweep_begun_at: Instant | null
  readonly sweep_through: UserId | null
  readonly sweep_ended_at: Instant | null
  readonly suspects_through: UserId | null
}

const remove = (file: string): void => {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true })
}

const openFile = (file: string): Database.Database => {
  const db = new Database(file)
  try {
    db.pragma('locking_mode = EXCLUSIVE')
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = OFF')
    deleteSecurely(db)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** The file as this version writes it, of this log; `null` for any other. */
const usable = (file: string, logId: string): Database.Database | null => {
  const db = openFile(file)
  try {
    if (db.pragma('user_version', { simple: true }) === VERSION) {
      const standing = db.prepare<[], Standing>('SELECT * FROM standing').get()
      if (standing?.log_id === logId) return db
    }
  } catch {
    // It is damaged.
  }
  db.close()
  return null
}

const begun = (file: string, logId: string): Database.Database => {
  remove(file)
  const db = openFile(file)
  db.exec(SCHEMA)
  db.prepare('INSERT INTO standing (log_id, node) VALUES (?, ?)').run(logId, randomUUID())
  makePrivate(file)
  return db
}

const openOrBegin = (file: string, logId: string): Database.Database => {
  try {
    return usable(file, logId) ?? begun(file, logId)
  } catch (error) {
    if (!(error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code))) throw error
    return begun(file, logId)
  }
}

/** Opens what a data directory keeps of reconciling a log. Throws an `Error` that names the file where that cannot be. */
export const openProgress = (dataDir: string, logId: string): Progress => {
  const file = join(dataDir, NAME)
  const what = { what: 'the progress of reconciling', file, whenDamaged: 'remove it: it is begun anew' }
  const db = opening(what, () => openOrBegin(file, logId))
  const read = db.prepare<[], Standing>('SELECT * FROM standing')
  const at = db.prepare<[string], Instant>('SELECT at FROM checked WHERE user_id = ?').pluck()
  const put = db.prepare<[string, number]>('INSERT OR REPLACE INTO checked VALUES (?, ?)')
  const putSweep = db.prepare<[number, string | null, number | null]>(
    'UPDATE standing SET sweep_begun_at = ?, sweep_through = ?, sweep_ended_at = ?',
  )
  const putSuspects = db.prepare<[string | null]>('UPDATE standing SET suspects_through = ?')
  const take = db.prepare<[string]>('DELETE FROM checked WHERE user_id = ?')
  const takeThrough = db.prepare<[string]>('UPDATE standing SET suspects_through = NULL WHERE suspects_through = ?')
  const standing = (): Standing => read.get() as Standing
  const note: Progress['note'] = (checked, time) => {
    for (const userId of checked) put.run(userId, time)
  }
  const together = <A extends unknown[]>(write: (...written: A) => void) => db.transaction(write)
  return {
    node: standing().node,
    sweep: () => {
      const { sweep_begun_at: begunAt, sweep_through: through, sweep_ended_at: endedAt } = standing()
      return begunAt === null ? null : { begunAt, through, endedAt }
    },
    suspectsThrough: () => standing().suspects_through,
    checkedAt: (userId) => at.get(userId) ?? null,
    note: together(note),
    noteSweep: together(({ begunAt, through, endedAt }, checked, time) => {
      note(checked, time)
      putSweep.run(begunAt, through, endedAt)
    }),
    noteSuspects: together((through, checked, time) => {
      note(checked, time)
      putSuspects.run(through)
    }),
    forget: together((userIds) => {
      for (const userId of userIds) {
        take.run(userId)
        takeThrough.run(userId)
      }
    }),
    close: () => void db.close(),
  }
}
