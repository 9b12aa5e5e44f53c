import type { Database } from 'better-sqlite3'
import { isDamage } from '../../sqlite/damage.ts'
import type { LogBatch } from '../eventStore.ts'
import { storeDamaged } from '../readFailure.ts'
import type { Position, RecordedEvent, Revision, StreamName } from '../recordedEvent.ts'
import type { DamageWatch } from './damageWatch.ts'
import { BARE_COLUMNS, type BareRow, bareEventOf, COLUMNS, type EventRow, eventOf } from './eventRow.ts'
import { positionOf, rowOf } from './position.ts'
import { type Salvage, salvage } from './salvage.ts'

const PAGE_EVENTS = 500
/** A page of the log ends early where its texts reach this many UTF-16 units. */
const PAGE_UNITS = 4 * 1024 * 1024

/** What is read of the log at a time. Rows are numbered from 1. Throws once the database is closed. */
interface LogPages {
  /** The last row; 0 of an empty log. */
  readonly endOfLog: () => number
  /** So many events of a stream, from revision `next` on, forth or back. Fewer are all there are. */
  readonly pageOfStream: (
    stream: StreamName,
    forth: boolean,
    next: Revision,
    wanted: number,
  ) => readonly RecordedEvent[]
  /** Where the log goes on after `row`: with events, or behind some that cannot be read; without the texts of streams that are `spared`. */
  readonly goOn: (row: number, until: number, spared?: ((stream: StreamName) => boolean) | null) => Promise<Step>
  readonly lastEvent: () => RecordedEvent | null
  readonly idAt: (position: Position) => string | null
}

/** A step along the log. */
interface Step extends Pick<LogBatch, 'events' | 'altered'> {
  /** Where it leads. */
  readonly row: number
}

// With `stream = ?` and ORDER BY, or with `LIMIT ?`, SQLite looks at what is bound when it plans, and therefore compiles the
// statement anew each time it is run: half of the time that a short read takes. `+?` and `? + 0` keep the value from being
// looked at.

/**
 * Pages of the log over `db`. Where it comes upon damage it says so to `damage`, and gives what can be read another way.
 */
export const logPages = (db: Database, damage: Pick<DamageWatch, 'met'>): LogPages => {
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
  const bare = db
    .prepare<[number, number], BareRow>(
      `SELECT ${BARE_COLUMNS} FROM events WHERE position >= ? AND position <= ? ORDER BY position LIMIT ${PAGE_EVENTS}`,
    )
    .raw()
  const at = db.prepare<[number], EventRow>(`SELECT ${COLUMNS} FROM events WHERE position = ?`).raw()
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
  const endOfLog: LogPages['endOfLog'] = () =>
    orSalvaged(
      () => end.get() ?? 0,
      (salvaged) => (endInIndex ??= salvaged.end()),
    )

  const pageOfStream: LogPages['pageOfStream'] = (stream, forth, next, wanted) =>
    orSalvaged(
      () => (forth ? forwards : backwards).all(stream, next, wanted).map(eventOf),
      (salvaged) =>
        forth
          ? salvaged.eventsOf(stream, next, Number.MAX_SAFE_INTEGER).slice(0, wanted)
          : salvaged.eventsOf(stream, 0, next).slice(-wanted).reverse(),
    )

  /** A page without the texts of streams that are spared; `null` where that cannot be read, or is gone meanwhile. */
  const pageWithout = (
    spared: (stream: StreamName) => boolean,
    row: number,
    until: number,
  ): readonly RecordedEvent[] | null => {
    const events: RecordedEvent[] = []
    let units = 0
    try {
      const rows = bare.all(row + 1, until)
      for (const [index, one] of rows.entries()) {
        const [following, stream] = [rows[index + 1]?.[1], one[1]]
        // What stands between two of one stream would say nothing but its revision.
        if (following !== undefined && spared(stream)) {
          if (following !== stream || rows[index - 1]?.[1] !== stream) events.push(bareEventOf(one))
          continue
        }
        const read = at.get(one[0])
        if (read === undefined) continue
        const event = eventOf(read)
        events.push(event)
        units += unitsOf(event)
        if (units >= PAGE_UNITS) break
      }
    } catch (error) {
      if (!isDamage(error)) throw error
      return null
    }
    return events.length > 0 ? events : null
  }

  const goOn: LogPages['goOn'] = async (row, until, spared = null) => {
    const stepTo = (events: readonly RecordedEvent[]): Step => ({
      events,
      row: rowOf(events.at(-1)?.position ?? positionOf(until)),
    })
    return orSalvaged<Step | Promise<Step>>(
      () => stepTo((spared && pageWithout(spared, row, until)) ?? page(log.iterate(row + 1, until))),
      async (salvaged) => {
        const lost = await salvaged.lostAfter(row, until)
        if (lost === null) throw storeDamaged(`the event log is damaged behind position ${row}`)
        return { events: [], row: lost.last, altered: lost.streams }
      },
    )
  }

  return {
    endOfLog,
    pageOfStream,
    goOn,

    lastEvent: () => {
      const row = orSalvaged(
        () => last.get(),
        () => {
          throw storeDamaged('the end of the event log is damaged')
        },
      )
      return row === undefined ? null : eventOf(row)
    },

    idAt: (position) => {
      opened()
      return idAt.get(rowOf(position)) ?? null
    },
  }
}

const unitsOf = ({ data, metadata }: RecordedEvent): number => data.length + metadata.length

/** Takes rows until the page is full, or damage comes; leaving the loop ends the statement, and with it the read transaction. */
const page = (rows: Iterable<EventRow>): readonly RecordedEvent[] => {
  const events: RecordedEvent[] = []
  let units = 0
  try {
    for (const row of rows) {
      const event = eventOf(row)
      events.push(event)
      units += unitsOf(event)
      if (events.length === PAGE_EVENTS || units >= PAGE_UNITS) break
    }
  } catch (error) {
    if (!isDamage(error) || events.length === 0) throw error
  }
  return events
}
