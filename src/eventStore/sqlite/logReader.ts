import { setImmediate } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import type { EventStore, RecordedEvent, Revision, StreamName } from '../eventStore.ts'
import type { Commits } from './commits.ts'
import { positionOf, rowOf } from './position.ts'

/**
 * So many events of a stream are taken at a time, with one call into SQLite: row by row, a short stream takes a quarter
 * longer. A webhook is at most 1 MiB, so that not even a page of the largest is too much.
 */
const STREAM_PAGE_EVENTS = 64
const PAGE_EVENTS = 500
/** A page of the log ends early where its texts reach this many UTF-16 units. */
const PAGE_UNITS = 4 * 1024 * 1024

type Row = readonly [
  position: number,
  stream: StreamName,
  revision: Revision,
  eventId: string,
  type: string,
  data: string,
  metadata: string,
]
const COLUMNS = 'position, stream, revision, event_id, type, data, metadata'

// With `stream = ?` and ORDER BY, or with `LIMIT ?`, SQLite looks at what is bound when it plans, and therefore compiles the
// statement anew each time it is run: half of the time that a short read takes. `+?` and `? + 0` keep the value from being
// looked at.

/**
 * Reads the log over `db`, page by page on the calling thread. Between pages no read transaction is open and other
 * work of the thread gets its turn. Once `db` is closed, reads throw.
 */
export const logReader = (db: Database, commits: Commits): Pick<EventStore, 'readStream' | 'readAll' | 'follow'> => {
  const forwards = db
    .prepare<[StreamName, Revision, number], Row>(
      `SELECT ${COLUMNS} FROM events WHERE stream = +? AND revision >= ? ORDER BY revision LIMIT (? + 0)`,
    )
    .raw()
  const backwards = db
    .prepare<[StreamName, Revision, number], Row>(
      `SELECT ${COLUMNS} FROM events WHERE stream = +? AND revision <= ? ORDER BY revision DESC LIMIT (? + 0)`,
    )
    .raw()
  const log = db
    .prepare<[number, number], Row>(
      `SELECT ${COLUMNS} FROM events WHERE position > ? AND position <= ? ORDER BY position`,
    )
    .raw()
  const end = db.prepare<[], number | null>('SELECT max(position) FROM events').pluck()

  const opened = (): void => {
    if (!db.open) throw new Error('the event store is closed')
  }
  const endOfLog = (): number => {
    opened()
    return end.get() ?? 0
  }
  const pageOfLog = (after: number, until: number): readonly RecordedEvent[] => {
    opened()
    return page(log.iterate(after, until))
  }

  return {
    async *readStream(stream, { from, direction = 'forwards', limit = Number.POSITIVE_INFINITY } = {}) {
      const [statement, step] = direction === 'forwards' ? [forwards, 1] : [backwards, -1]
      let next = from ?? (direction === 'forwards' ? 0 : Number.MAX_SAFE_INTEGER)
      let left = limit
      while (left > 0) {
        opened()
        const wanted = Math.min(left, STREAM_PAGE_EVENTS)
        const rows = statement.all(stream, next, wanted)
        for (const row of rows) {
          const event = eventOf(row)
          yield event
          next = event.revision + step
        }
        if (rows.length < wanted) return
        left -= rows.length
        if (left > 0) await setImmediate()
      }
    },

    async *readAll(after) {
      let row = rowOf(after)
      const until = endOfLog()
      while (row < until) {
        const events = pageOfLog(row, until)
        yield events
        row = rowOf(events.at(-1)?.position ?? positionOf(until))
        await setImmediate()
      }
    },

    async *follow(after, signal) {
      let row = rowOf(after)
      while (!signal.aborted) {
        const heard = commits.heard()
        const until = endOfLog()
        if (row >= until) {
          await commits.next(heard, signal)
          continue
        }
        const events = pageOfLog(row, until)
        row = rowOf(events.at(-1)?.position ?? positionOf(until))
        yield { events, position: positionOf(row), caughtUp: row >= until }
        await setImmediate()
      }
    },
  }
}

const eventOf = ([position, stream, revision, eventId, type, data, metadata]: Row): RecordedEvent => ({
  position: positionOf(position),
  stream,
  revision,
  eventId,
  type,
  data,
  metadata,
})

/** Takes rows until the page is full; leaving the loop ends the statement, and with it the read transaction. */
const page = (rows: Iterable<Row>): readonly RecordedEvent[] => {
  const events: RecordedEvent[] = []
  let units = 0
  for (const row of rows) {
    const event = eventOf(row)
    events.push(event)
    units += event.data.length + event.metadata.length
    if (events.length === PAGE_EVENTS || units >= PAGE_UNITS) break
  }
  return events
}
