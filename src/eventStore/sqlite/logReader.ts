import { setImmediate } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import type { EventStore } from '../eventStore.ts'
import { storeDamaged } from '../readFailure.ts'
import type { StreamName } from '../recordedEvent.ts'
import type { Commits } from './commits.ts'
import type { DamageWatch } from './damageWatch.ts'
import { logPages } from './logPages.ts'
import { positionOf, rowOf } from './position.ts'

/**
 * So many events of a stream are taken at a time, with one call into SQLite: row by row, a short stream takes a quarter
 * longer. A webhook is at most 1 MiB, so that not even a page of the largest is too much.
 */
const STREAM_PAGE_EVENTS = 64

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
  const { endOfLog, pageOfStream, goOn, lastEvent, idAt } = logPages(db, damage)
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

    lastEvent: async () => lastEvent(),

    idAt: async (position) => idAt(position),

    async *follow(after, signal, _, spared = () => null) {
      let row = rowOf(after)
      let told: readonly StreamName[] = []
      // Behind an event, what is told first of damaged streams says that the end is reached; of none as well.
      if (!signal.aborted && row === 0 && endOfLog() === 0) yield { events: [], position: null, caughtUp: true }
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
        const { row: reached, ...step } = await goOn(row, until, spared())
        row = reached
        yield { ...step, position: positionOf(row), caughtUp: row >= until, left: until - row }
        await setImmediate()
      }
    },
  }
}
