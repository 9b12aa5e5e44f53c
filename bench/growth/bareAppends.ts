import { join } from 'node:path'
import Database from 'better-sqlite3'
import { newDirectory, removeDirectory } from '../processes.ts'
import type { Side } from '../rounds.ts'
import { CONCURRENCY, type Place } from './appends.ts'

/** The first events of a log in a file of SQLite's that is found by stream, or that nobody finds anything in. */
export interface BareLog {
  /** Appends to these places, each with the texts of some event, fsynced fifty at a time, and a checkpoint at their end, which is counted. */
  readonly append: (places: readonly Place[]) => Side
  readonly close: () => void
}

/**
 * What is left of an append when nothing is asked of it but that a stream can be read: the row, and one entry by stream and revision. No id is looked
 * up, nothing is checked, decided or handed over; without the index, the row alone. Pages, journal and fsync are those of the log.
 */
export const openBareLog = (log: string, events: number, indexed: boolean): BareLog => {
  const directory = newDirectory()
  const db = new Database(join(directory, 'bare.db'))
  db.pragma('page_size = 8192')
  db.pragma('journal_mode = WAL')
  db.exec(
    'CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT, revision INTEGER, event_id TEXT, type TEXT, data TEXT, metadata TEXT)',
  )
  db.prepare('ATTACH ? AS log').run(log)
  db.prepare(
    `INSERT INTO events
     SELECT position, stream, revision, event_id, type, data, metadata FROM log.events ORDER BY position LIMIT ?`,
  ).run(events)
  if (indexed) db.exec('CREATE UNIQUE INDEX by_stream ON events (stream, revision)')
  db.exec('DETACH log')
  const checkpoint = (): void => {
    db.pragma('wal_checkpoint(PASSIVE)')
  }
  checkpoint()
  db.pragma('synchronous = FULL')
  db.pragma('wal_autocheckpoint = 0')
  const texts = db.prepare('SELECT event_id, type, data, metadata FROM events LIMIT 1').raw().get() as readonly string[]
  const insert = db.prepare(
    'INSERT INTO events (stream, revision, event_id, type, data, metadata) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const commit = db.transaction((places: readonly Place[]) => {
    for (const { user, expected } of places) insert.run(`kyc-${user}`, Number(expected) + 1, ...texts)
  })
  return {
    append: (places) => {
      const began = performance.now()
      for (let at = 0; at < places.length; at += CONCURRENCY) commit(places.slice(at, at + CONCURRENCY))
      checkpoint()
      return { value: places.length / ((performance.now() - began) / 1000) }
    },
    close: () => {
      db.close()
      removeDirectory(directory)
    },
  }
}
