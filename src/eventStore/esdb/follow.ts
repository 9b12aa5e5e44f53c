import { BACKWARDS, END } from '@eventstore/db-client'
import type { EventStore, LogBatch, Position, RecordedEvent } from '../eventStore.ts'
import { type Arrival, gatherRead } from './arrivals.ts'
import type { Connection, Session } from './connection.ts'
import { failureOf } from './failure.ts'
import { placeOf } from './position.ts'
import type { StreamNames } from './streamNames.ts'
import { subscribe } from './subscribe.ts'
import { backOff, NoAnswer, pause } from './within.ts'

/** A subscription that gives nothing for so long is checked against the end of the log. */
const QUIET_MS = 3000
const ANSWER_MS = 3000
/** So many events at the end of the log are looked at for one that should have come. */
const LOOK_BACK = 64
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2000

/** What arrived, as one batch: its events and the last position any of it names. */
const batchOf = (arrived: readonly Arrival[], before: Position | null) => {
  const events: RecordedEvent[] = []
  let position = before
  let live: boolean | null = null
  for (const arrival of arrived) {
    switch (arrival._tag) {
      case 'Event':
        events.push(arrival.event)
        position = arrival.event.position
        break
      case 'Checkpoint':
        if (position === null || arrival.position > position) position = arrival.position
        break
      case 'CaughtUp':
        live = true
        break
      case 'FellBehind':
        live = false
        break
      default:
        arrival satisfies never
    }
  }
  return { events, position, live }
}

/** The newest of our events among the last ones of the log, or null. */
const newestEvent = async (connection: Connection, session: Session, names: StreamNames): Promise<Position | null> =>
  connection.call(session, ANSWER_MS, async (client) => {
    const last = gatherRead(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: LOOK_BACK }), names)
    try {
      for (let arrived = await last.next(ANSWER_MS); arrived !== null; arrived = await last.next(ANSWER_MS)) {
        if (arrived.length === 0) throw new NoAnswer('the end of the log could not be read')
        for (const arrival of arrived) if (arrival._tag === 'Event') return arrival.event.position
      }
      return null
    } finally {
      last.stop()
    }
  })

/**
 * Follows this service's streams of `$all`. Subscriptions do not resume by themselves, may break without an error and
 * may fall silent: each is watched, and another one goes on from the last position given.
 */
export const following = (connection: Connection, names: StreamNames): EventStore['follow'] =>
  async function* follow(after, signal) {
    if (after !== null) placeOf(after)
    let position = after
    /** The last batch given did not reach the end of the log. */
    let behind = false
    let attempt = 0

    /** The batches of one subscription. */
    async function* batches(session: Session): AsyncGenerator<LogBatch> {
      const stopping = AbortSignal.any([signal, session.givenUp])
      const arrivals = subscribe(session.client, names, position)
      let live = false
      let expected: Position | null = null
      try {
        while (!stopping.aborted) {
          const arrived = await arrivals.next(QUIET_MS, stopping)
          if (stopping.aborted) return
          if (arrived === null) throw new Error('the subscription ended')
          if (arrived.length === 0) {
            if (expected !== null && (position === null || position < expected))
              throw new Error('the subscription is dead')
            expected = await newestEvent(connection, session, names)
            continue
          }
          attempt = 0
          connection.answered(session)
          const before = position
          const batch = batchOf(arrived, before)
          position = batch.position
          live = batch.live ?? live
          const caughtUp = live && !arrivals.more()
          if (position === before && !(behind && caughtUp)) continue
          behind = !caughtUp
          yield { events: batch.events, position, caughtUp }
        }
      } finally {
        arrivals.stop()
      }
    }

    while (!signal.aborted) {
      const session = await connection.session(Number.POSITIVE_INFINITY, signal)
      if (signal.aborted) return
      if (session === null) throw new Error(connection.reason())
      try {
        yield* batches(session)
      } catch (error) {
        const failure = failureOf(error)
        if (failure._tag === 'Refused') throw new Error(failure.reason)
        connection.failed(session, error)
        await pause(backOff(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS), signal)
        attempt += 1
      }
    }
  }
