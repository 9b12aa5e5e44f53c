import type { Database } from 'better-sqlite3'
import { isAltered } from '../../../domain/event/altered.ts'
import type { RecordedEvent } from '../recordedEvent.ts'
import { COLUMNS, type EventRow, eventOf } from './eventRow.ts'

/** The events of an embedded log whose payload is not the one that was received, in its order. Reads all of it. */
export const alteredEvents = (db: Database): readonly RecordedEvent[] => {
  const rows = db.prepare<[], EventRow>(`SELECT ${COLUMNS} FROM events NOT INDEXED ORDER BY position`).raw()
  const altered: RecordedEvent[] = []
  for (const row of rows.iterate()) {
    const event = eventOf(row)
    if (isAltered(event)) altered.push(event)
  }
  return altered
}
