import { rmSync } from 'node:fs'
import Database from 'better-sqlite3'
import { COLUMNS, type EventRow } from '../eventStore/sqlite/eventRow.ts'
import { createSchema, knowsOfRemovals } from '../eventStore/sqlite/schema.ts'
import { isDamage } from '../sqlite/damage.ts'
import { closing, vacuumInto } from './copyDatabase.ts'

/** What was removed stays so in a copy: without it, a position would be used again, and who was erased would be taken in again. */
const copyRemovals = (source: Database.Database, copy: Database.Database): void => {
  if (!knowsOfRemovals(source)) return
  const say = copy.prepare('INSERT INTO removed (stream, before, events) VALUES (@stream, @before, @events)')
  for (const row of source.prepare('SELECT stream, before, events FROM removed').iterate()) say.run(row)
  const last = source.prepare<[], number>('SELECT last FROM used_positions').pluck().get() ?? 0
  copy.prepare('UPDATE used_positions SET last = ?').run(last)
}

/** Reads the events alone, in the order of the log: the indexes of the copy are made from them. */
const writeEvents = (from: string, to: string): void => {
  const source = new Database(from, { readonly: true, fileMustExist: true })
  const copy = new Database(to)
  const write = (): void => {
    copy.pragma('page_size = 8192')
    copy.pragma('auto_vacuum = INCREMENTAL')
    createSchema(copy)
    const insert = copy.prepare<[...EventRow]>(`INSERT INTO events (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`)
    const rows = source.prepare<[], EventRow>(`SELECT ${COLUMNS} FROM events NOT INDEXED ORDER BY position`).raw()
    copy.transaction(() => {
      for (const row of rows.iterate()) insert.run(...row)
      copyRemovals(source, copy)
    })()
  }
  closing(source, () => closing(copy, write))
}

/** Writes a log as it stands into a new file. Where an index is damaged, and no event, the copy is whole again. */
export const writeLog = (from: string, to: string): void => {
  try {
    vacuumInto(from, to)
  } catch (error) {
    if (!isDamage(error)) throw error
    rmSync(to, { force: true })
    writeEvents(from, to)
  }
}
