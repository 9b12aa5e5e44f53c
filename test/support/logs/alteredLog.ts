import Database from 'better-sqlite3'
import type { RecordedEvent, StreamName } from '../../../src/eventStore/recordedEvent.ts'

export type Texts = Pick<RecordedEvent, 'data' | 'metadata'>

const TRIGGER = 'events_are_never_changed'

/** The texts of the events of a stream, in its order. */
export const textsOf = (file: string, stream: StreamName): readonly Texts[] => {
  const db = new Database(file, { readonly: true })
  try {
    return db
      .prepare<[string], Texts>('SELECT data, metadata FROM events WHERE stream = ? ORDER BY revision')
      .all(stream)
  } finally {
    db.close()
  }
}

/** Writes other texts into an event of a log, as somebody does who gets at the file; a service may have it open. */
export const alterEvent = (file: string, stream: StreamName, revision: number, texts: Partial<Texts>): void => {
  const db = new Database(file)
  const trigger = db.prepare<[string], string>('SELECT sql FROM sqlite_schema WHERE name = ?').pluck().get(TRIGGER)
  db.transaction(() => {
    db.exec(`DROP TRIGGER ${TRIGGER}`)
    for (const [column, text] of Object.entries(texts)) {
      db.prepare(`UPDATE events SET ${column} = ? WHERE stream = ? AND revision = ?`).run(text, stream, revision)
    }
    db.exec(trigger ?? '')
  })()
  db.close()
}

/** What stands in the way of whoever changes a log is no more than its triggers: without them, and with them again afterwards. */
export const tampering = <A>(file: string, tamper: (db: Database.Database) => A): A => {
  const db = new Database(file)
  const triggers = db
    .prepare<[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    .all()
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`)
  const result = db.transaction(() => tamper(db))()
  for (const { sql } of triggers) db.exec(sql)
  db.close()
  return result
}
