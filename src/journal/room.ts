import type { Database } from 'better-sqlite3'
import { type Bounds, toGo, type Usage } from './shares.ts'

/** So much of the bound makes room at a time: looking what is to go costs more than that it goes. */
const AT_ONCE = 0.01

export interface Room {
  /** Looks how much is held. Has to be called when a transaction begins: the one before may have been undone. */
  readonly begin: () => void
  /** To be called in the transaction in which a body of so many bytes was written: makes room for it. */
  readonly taken: (bytes: number) => void
  /** Makes room for what is held. */
  readonly make: () => void
}

/** Keeps the journal within its bounds; what is done with goes first. */
export const roomIn = (db: Database, bounds: Bounds): Room => {
  const count = db.prepare<[], { readonly rows: number; readonly bytes: number }>(
    'SELECT count(*) AS rows, coalesce(sum(kept), 0) AS bytes FROM deliveries',
  )
  const usage = db.prepare<[], Usage>(
    `SELECT reason, substr(last_received_at, 1, 10) AS day, count(*) AS rows, sum(kept) AS bytes
     FROM deliveries GROUP BY reason, day ORDER BY reason, day`,
  )
  const remove = db.prepare<[string, string, number]>(
    `DELETE FROM deliveries WHERE id IN (
       SELECT id FROM deliveries WHERE reason = ? AND substr(last_received_at, 1, 10) = ?
       ORDER BY done_at IS NULL, last_received_at, id LIMIT ?)`,
  )
  let held = { rows: 0, bytes: 0 }
  const begin = (): void => {
    held = count.get() ?? { rows: 0, bytes: 0 }
  }
  const make = (): void => {
    while (held.rows > bounds.rows || held.bytes > bounds.bytes) {
      const tooMany = held.rows > bounds.rows
      const full = toGo(usage.all(), (of) => (tooMany ? of.rows : of.bytes))
      if (full === undefined) return
      remove.run(full.reason, full.day, Math.ceil(full.rows * AT_ONCE))
      begin()
    }
  }
  return {
    begin,
    taken: (bytes) => {
      held = { rows: held.rows + 1, bytes: held.bytes + bytes }
      make()
    },
    make,
  }
}
