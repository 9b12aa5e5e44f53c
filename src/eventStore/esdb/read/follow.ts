import type { EventStore, LogBatch } from '../../eventStore.ts'
import type { Position } from '../../recordedEvent.ts'
import { failureOf } from '../client/failure.ts'
import type { Connection, Session } from '../connection/connection.ts'
import { backOff, pause } from '../connection/pause.ts'
import { placeOf } from '../stored/position.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import { batchOf } from './arrivedBatch.ts'
import { endOfLog } from './endOfLog.ts'
import { nextEvent } from './nextEvent.ts'
import { subscribe } from './subscribe.ts'

/** A subscription that gives nothing for so long is checked against another one. */
const QUIET_MS = 3000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2000
/** One that gave no event counts as a success after so long: a server may take it and drop it at once. */
const STEADY_MS = 5000

const furthest = (a: Position | null, b: Position | null): Position | null =>
  a === null || (b !== null && b > a) ? b : a

/**
 * Follows this service's streams of `$all`. Subscriptions do not resume by themselves, may break without an error and
 * may fall silent: each is watched, and another one goes on behind the last event given.
 */
export const following = (connection: Connection, names: StreamNames): EventStore['follow'] =>
  async function* follow(after, signal, seen = after) {
    for (const place of [after, seen]) if (place !== null) placeOf(place)
    /** Where the subscription stands. */
    let position = after
    /** Where the last event given stands. */
    let lastEvent = after
    /** The position last given. Others' events move it on, so it may lie far behind the last event. */
    let given = furthest(after, seen)
    let begun = false
    /** It was told that the log is lost, and not yet that its end is reached again. */
    let lost = false
    /** The last batch given did not reach the end of the log. */
    let behind = true
    let attempt = 0

    /** The batches of one subscription. */
    async function* batches(session: Session): AsyncGenerator<LogBatch> {
      const stopping = AbortSignal.any([signal, session.givenUp])
      const beganAt = performance.now()
      const arrivals = subscribe(session.client, names, position)
      let live = false
      let expected: Position | null = null
      try {
        if (given !== position) {
          const end = await endOfLog(connection, session)
          if (end === null || (given !== null && end < given)) {
            // It was restored without events of others that stood at its end, and may grow there.
            given = position
            yield { events: [], position, caughtUp: false }
          }
        }
        while (!stopping.aborted) {
          const arrived = await arrivals.next(QUIET_MS, stopping)
          if (stopping.aborted) return
          if (arrived === null) throw new Error('the subscription ended')
          if (arrived.length === 0) {
            if (expected !== null && (position === null || position < expected))
              throw new Error('the subscription is dead')
            expected = await nextEvent(session, names, position, stopping)
            continue
          }
          connection.answered(session)
          const batch = batchOf(arrived, position)
          if (batch.events.length > 0 || performance.now() - beganAt > STEADY_MS) attempt = 0
          position = batch.position
          lastEvent = batch.events.at(-1)?.position ?? lastEvent
          live = batch.live ?? live
          const caughtUp = live && !arrivals.more()
          const before = given
          // An event that stands before what was given is one of a restored log.
          given = batch.events.length > 0 ? position : furthest(given, position)
          const news = batch.events.length > 0 || batch.altered.length > 0
          if (!news && given === before && !(behind && caughtUp)) continue
          behind = !caughtUp
          if (caughtUp) lost = false
          const { events, altered } = batch
          yield { events, ...(altered.length > 0 ? { altered } : {}), position: given, caughtUp }
        }
      } finally {
        arrivals.stop()
      }
    }

    while (!signal.aborted) {
      const session = await connection.session(Number.POSITIVE_INFINITY, signal)
      if (signal.aborted) return
      if (session === null) throw new Error(connection.reason())
      if (begun) {
        // A log that was restored may end before the place that others' events had moved it on to, and grow there.
        position = lastEvent
        yield { events: [], position: given, caughtUp: false, resumed: true }
      }
      begun = true
      try {
        yield* batches(session)
      } catch (error) {
        const failure = failureOf(error)
        if (failure._tag === 'Refused' || failure._tag === 'Denied') throw new Error(failure.reason)
        connection.failed(session, failure)
      }
      if (signal.aborted) return
      if (connection.closed()) throw new Error(connection.reason())
      behind = true
      if (!lost) yield { events: [], position: given, caughtUp: false, lost: connection.reason() }
      lost = true
      await pause(backOff(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS), signal)
      attempt += 1
    }
  }
