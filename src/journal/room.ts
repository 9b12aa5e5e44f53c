import type { Database } from 'better-sqlite3'
import { type Bounds, floodIn, toGo, type Usage, type UsageOfSource } from './shares.ts'

/** So much of the bound makes room at a time: looking what is to go costs more than that it goes. */
const AT_ONCE = 0.01

/** Which deliveries go, and how many of them. */
interface Going {
  readonly reason: string
  readonly day: string
  /** `null`: whosever. */
  readonly source: string | null
  readonly rows: number
}

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
  const sources = db.prepare<[string, string], UsageOfSource>(
    `SELECT source, count(*) AS rows, sum(kept) AS bytes FROM deliveries
     WHERE reason = ? AND substr(last_received_at, 1, 10) = ? AND source IS NOT NULL GROUP BY source ORDER BY source`,
  )
  const remove = db.prepare<[Going]>(
    `DELETE FROM deliveries WHERE id IN (
       SELECT id FROM deliveries
       WHERE reason = @reason AND substr(last_received_at, 1, 10) = @day AND (@source IS NULL OR source = @source)
       ORDER BY done_at IS NULL, last_received_at, id LIMIT @rows)`,
  )
  let held = { rows: 0, bytes: 0 }
  const begin = (): void => {
    held = count.get() ?? { rows: 0, bytes: 0 }
  }
  const make = (): void => {
    while (held.rows > bounds.rows || held.bytes > bounds.bytes) {
      const tooMany = held.rows > bounds.rows
      const measure = (of: Pick<Usage, 'rows' | 'bytes'>): number => (tooMany ? of.rows : of.bytes)
      const full = toGo(usage.all(), measure)
      if (full === undefined) return
      const { reason, day } = full
      const flood = floodIn(full, sources.all(reason, day), measure)
      remove.run({ reason, day, source: flood?.source ?? null, rows: Math.ceil((flood ?? full).rows * AT_ONCE) })
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
