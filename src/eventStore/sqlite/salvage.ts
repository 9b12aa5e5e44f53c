import { setImmediate } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import { storeDamaged } from '../readFailure.ts'
import type { RecordedEvent, Revision, StreamName } from '../recordedEvent.ts'
import { COLUMNS, type EventRow, eventOf } from './eventRow.ts'
import { tried, untilDamage } from './untilDamage.ts'

// Reads of a log with damaged pages. The table holds the events by position; each of its two indexes holds stream and
// position once more, by revision and by event id. What one of the three cannot give may stand in another.

const BY_REVISION = 'sqlite_autoindex_events_1'
const BY_EVENT_ID = 'sqlite_autoindex_events_2'

/** So many rows are tried before other work of the thread gets its turn. */
const ROWS_IN_A_TURN = 100

/** A run of the log that cannot be read. */
interface LostRun {
  /** The last position of it. */
  readonly last: number
  /** Whose events stand there. */
  readonly streams: readonly StreamName[]
}

/** The reads of a log that come upon damage, answered another way. */
export interface Salvage {
  /** The position of the last event. */
  readonly end: () => number
  /** The events of a stream from one revision to another, in this order. */
  readonly eventsOf: (stream: StreamName, first: Revision, last: Revision) => readonly RecordedEvent[]
  /** The run of unreadable positions that begins right after `after`; `null` if what stands there can be read. */
  readonly lostAfter: (after: number, until: number) => Promise<LostRun | null>
}

/** What can be read of a damaged log. Throws `storeDamaged` where that is not enough for an answer. */
export const salvage = (db: Database): Salvage => {
  const one = db.prepare<[number], EventRow>(`SELECT ${COLUMNS} FROM events WHERE position = ?`).raw()
  const eventAt = (position: number) =>
    tried(() => {
      const row = one.get(position)
      return row === undefined ? [] : [eventOf(row)]
    })

  const wholly = <A>(sql: string, ...bound: readonly unknown[]): readonly A[] | null => {
    const { found, whole } = untilDamage<A>(db, sql, ...bound)
    return whole ? found : null
  }

  const read = (stream: StreamName, positions: readonly number[]): readonly RecordedEvent[] => {
    const events: RecordedEvent[] = []
    for (const position of positions) {
      const there = eventAt(position)
      if (there === 'damaged') throw storeDamaged(`${stream} cannot be read whole: the event log is damaged`)
      events.push(...there)
    }
    return events
  }

  const streamsAt = (first: number, last: number): readonly StreamName[] => {
    const at = new Map<number, StreamName>()
    for (const index of [BY_REVISION, BY_EVENT_ID]) {
      const { found } = untilDamage<string>(
        db,
        `SELECT position || ' ' || stream FROM events INDEXED BY ${index} WHERE +position BETWEEN ? AND ?`,
        first,
        last,
      )
      for (const text of found) at.set(Number.parseInt(text, 10), text.slice(text.indexOf(' ') + 1))
      if (at.size === last - first + 1) return [...new Set(at.values())]
    }
    throw storeDamaged(
      `the event log is damaged: whose events stand at the positions ${first} to ${last} cannot be told`,
    )
  }

  return {
    end: () => {
      for (const index of [BY_REVISION, BY_EVENT_ID]) {
        const [end] = wholly<number | null>(`SELECT max(+position) FROM events INDEXED BY ${index}`) ?? []
        if (end !== undefined) return end ?? 0
      }
      throw storeDamaged('the event log is damaged: where it ends cannot be told')
    },

    eventsOf: (stream, first, last) => {
      const asked = wholly<number>(
        `SELECT position FROM events INDEXED BY ${BY_REVISION}
         WHERE stream = ? AND revision BETWEEN ? AND ? ORDER BY revision`,
        stream,
        first,
        last,
      )
      if (asked !== null) return read(stream, asked)
      const all =
        wholly<number>(`SELECT position FROM events INDEXED BY ${BY_EVENT_ID} WHERE stream = ?`, stream) ??
        wholly<number>('SELECT position FROM events NOT INDEXED WHERE stream = ?', stream)
      if (all === null) throw storeDamaged(`${stream} cannot be found: the event log is damaged`)
      return read(stream, all)
        .filter(({ revision }) => revision >= first && revision <= last)
        .sort((a, b) => a.revision - b.revision)
    },

    lostAfter: async (after, until) => {
      let last = after
      while (last < until && eventAt(last + 1) === 'damaged') {
        last += 1
        if ((last - after) % ROWS_IN_A_TURN === 0) await setImmediate()
      }
      return last === after ? null : { last, streams: streamsAt(after + 1, last) }
    },
  }
}
