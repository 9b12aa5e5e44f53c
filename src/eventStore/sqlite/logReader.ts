import { setImmediate } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import { isDamage } from '../../sqlite/damage.ts'
import type { EventStore, LogBatch } from '../eventStore.ts'
import { storeDamaged } from '../readFailure.ts'
import type { RecordedEvent, Revision, StreamName } from '../recordedEvent.ts'
import type { Commits } from './commits.ts'
import type { DamageWatch } from './damageWatch.ts'
import { COLUMNS, type EventRow, eventOf } from './eventRow.ts'
import { positionOf, rowOf } from './position.ts'
import { type Salvage, salvage } from './salvage.ts'

/**
 * So many events of a stream are taken at a time, with one call into SQLite: row by row, a short stream takes a quarter
 * longer. A webhook is at most 1 MiB, so that not even a page of the largest is too much.
 */
const STREAM_PAGE_EVENTS = 64
const PAGE_EVENTS = 500
/** A page of the log ends early where its texts reach this many UTF-16 units. */
const PAGE_UNITS = 4 * 1024 * 1024

// With `stream = ?` and ORDER BY, or with `LIMIT ?`, SQLite looks at what is bound when it plans, and therefore compiles the
// statement anew each time it is run: half of the time that a short read takes. `+?` and `? + 0` keep the value from being
// looked at.

/**
 * Reads the log over `db`, page by page on the calling thread. Between pages no read transaction is open and other
 * work of the thread gets its turn. Once `db` is closed, reads throw. Where it comes upon damage it says so to `damage`,
 * and gives what can be read another way.
 */
export const logReader = (
  db: Database,
  commits: Commits,
  damage: DamageWatch,
): Pick<EventStore, 'readStream' | 'readAll' | 'lastEvent' | 'idAt' | 'follow'> => {
  const forwards = db
    .prepare<[StreamName, Revision, number], EventRow>(
      `SELECT ${COLUMNS} FROM events WHERE stream = +? AND revision >= ? ORDER BY revision LIMIT (? + 0)`,
    )
    .raw()
  const backwards = db
    .prepare<[StreamName, Revision, number], EventRow>(
      `SELECT ${COLUMNS} FROM events WHERE stream = +? AND revision <= ? ORDER BY revision DESC LIMIT (? + 0)`,
    )
    .raw()
  const log = db
    .prepare<[number, number], EventRow>(
      `SELECT ${COLUMNS} FROM events WHERE position >= ? AND position <= ? ORDER BY position`,
    )
    .raw()
  const last = db.prepare<[], EventRow>(`SELECT ${COLUMNS} FROM events ORDER BY position DESC LIMIT 1`).raw()
  const idAt = db.prepare<[number], string>('SELECT event_id FROM events WHERE position = ?').pluck()
  const end = db.prepare<[], number | null>('SELECT max(position) FROM events').pluck()

  const opened = (): void => {
    if (!db.open) throw new Error('the event store is closed')
  }
  let salvaging: Salvage | null = null
  /** Reads as ever; where that comes upon damage, another way. */
  const orSalvaged = <A>(read: () => A, another: (salvaged: Salvage) => A): A => {
    opened()
    try {
      return read()
    } catch (error) {
      if (!isDamage(error)) throw error
      damage.met()
      salvaging ??= salvage(db)
      return another(salvaging)
    }
  }

  /** Of a log that ends in a damaged page; nothing more can be appended to that. */
  let endInIndex: number | null = null
  const endOfLog = (): number =>
    orSalvaged(
      () => end.get() ?? 0,
      (salvaged) => (endInIndex ??= salvaged.end()),
    )

  const pageOfStream = (stream: StreamName, forth: boolean, next: Revision, wanted: number) =>
    orSalvaged(
      () => (forth ? forwards : backwards).all(stream, next, wanted).map(eventOf),
      (salvaged) =>
        forth
          ? salvaged.eventsOf(stream, next, Number.MAX_SAFE_INTEGER).slice(0, wanted)
          : salvaged.eventsOf(stream, 0, next).slice(-wanted).reverse(),
    )

  /** Where the log goes on after `row`: with events, or behind some that cannot be read. */
  const goOn = async (row: number, until: number): Promise<Step> => {
    const stepTo = (events: readonly RecordedEvent[]): Step => ({
      events,
      row: rowOf(events.at(-1)?.position ?? positionOf(until)),
    })
    return orSalvaged<Step | Promise<Step>>(
      () => stepTo(page(log.iterate(row + 1, until))),
      async (salvaged) => {
        const lost = await salvaged.lostAfter(row, until)
        if (lost === null) throw storeDamaged(`the event log is damaged behind position ${row}`)
        return { events: [], row: lost.last, altered: lost.streams }
      },
    )
  }

  return {
    async *readStream(stream, { from, direction = 'forwards', limit = Number.POSITIVE_INFINITY } = {}) {
      const forth = direction === 'forwards'
      let next = from ?? (forth ? 0 : Number.MAX_SAFE_INTEGER)
      let left = limit
      while (left > 0) {
        const wanted = Math.min(left, STREAM_PAGE_EVENTS)
        const events = pageOfStream(stream, forth, next, wanted)
        for (const event of events) {
          yield event
          next = event.revision + (forth ? 1 : -1)
        }
        if (events.length < wanted) return
        left -= events.length
        if (left > 0) await setImmediate()
      }
    },

    async *readAll(after, tellDamaged) {
      let row = rowOf(after)
      const until = endOfLog()
      while (row < until) {
        const step = await goOn(row, until)
        if (step.altered === undefined) yield step.events
        else if (tellDamaged !== undefined) tellDamaged(step.altered)
        else throw storeDamaged(`the event log is damaged: ${step.altered.join(', ')} cannot be read whole`)
        row = step.row
        await setImmediate()
      }
    },

    async lastEvent() {
      const row = orSalvaged(
        () => last.get(),
        () => {
          throw storeDamaged('the end of the event log is damaged')
        },
      )
      return row === undefined ? null : eventOf(row)
    },

    idAt: async (position) => {
      opened()
      return idAt.get(rowOf(position)) ?? null
    },

    async *follow(after, signal) {
      let row = rowOf(after)
      let told: readonly StreamName[] = []
      while (!signal.aborted) {
        const heard = commits.heard()
        const until = endOfLog()
        const surveyed = damage.streams()
        if (surveyed !== told && row > 0) {
          told = surveyed
          yield { events: [], position: positionOf(row), caughtUp: row >= until, altered: told }
        }
        if (row >= until) {
          await commits.next(heard, signal)
          continue
        }
        const { row: reached, ...step } = await goOn(row, until)
        row = reached
        yield { ...step, position: positionOf(row), caughtUp: row >= until }
        await setImmediate()
      }
    },
  }
}

/** A step along the log. */
interface Step extends Pick<LogBatch, 'events' | 'altered'> {
  /** Where it leads. */
  readonly row: number
}

/** Takes rows until the page is full, or damage comes; leaving the loop ends the statement, and with it the read transaction. */
const page = (rows: Iterable<EventRow>): readonly RecordedEvent[] => {
  const events: RecordedEvent[] = []
  let units = 0
  try {
    for (const row of rows) {
      const event = eventOf(row)
      events.push(event)
      units += event.data.length + event.metadata.length
      if (events.length === PAGE_EVENTS || units >= PAGE_UNITS) break
    }
  } catch (error) {
    if (!isDamage(error) || events.length === 0) throw error
  }
  return events
}
