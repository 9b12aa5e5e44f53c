import { rmSync } from 'node:fs'
import Database from 'better-sqlite3'
import { COLUMNS, type EventRow } from '../eventStore/sqlite/eventRow.ts'
import { createSchema } from '../eventStore/sqlite/schema.ts'
import { isDamage } from '../sqlite/damage.ts'
import { closing, vacuumInto } from './copyDatabase.ts'

/** Reads the events alone, in the order of the log: the indexes of the copy are made from them. */
const writeEvents = (from: string, to: string): void => {
  const source = new Database(from, { readonly: true, fileMustExist: true })
  const copy = new Database(to)
  const write = (): void => {
    copy.pragma('page_size = 8192')
    createSchema(copy)
    const insert = copy.prepare<[...EventRow]>(`INSERT INTO events (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`)
    const rows = source.prepare<[], EventRow>(`SELECT ${COLUMNS} FROM events NOT INDEXED ORDER BY position`).raw()
    copy.transaction(() => {
      for (const row of rows.iterate()) insert.run(...row)
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
