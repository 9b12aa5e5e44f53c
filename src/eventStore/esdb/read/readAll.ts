import type { EventStore } from '../../eventStore.ts'
import type { Position, RecordedEvent } from '../../recordedEvent.ts'
import { NoAnswer } from '../client/within.ts'
import type { Connection, Session } from '../connection/connection.ts'
import { placeOf } from '../stored/position.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import { endOfLog } from './endOfLog.ts'
import { subscribe } from './subscribe.ts'
import { ANSWER_MS, pauseAfter, readFailed, sessionUntil, TRIED_MS } from './untilAnswered.ts'

/**
 * Reads the log up to where it ended when the reading began: a subscription that is left there, because only a
 * subscription is filtered by the server. One that breaks off goes on behind the last event it gave.
 */
export const logReader = (connection: Connection, names: StreamNames): EventStore['readAll'] =>
  async function* readAll(after = null, tellAltered = () => undefined) {
    if (after !== null) placeOf(after)
    let position = after
    let end: Position | null | undefined
    let until = performance.now() + TRIED_MS
    let attempt = 0

    /** The events of one subscription; returns at the end of the log. */
    async function* pages(session: Session): AsyncGenerator<readonly RecordedEvent[], void> {
      end ??= await endOfLog(connection, session)
      const last = end
      if (last === null) return
      const arrivals = subscribe(session.client, names, position)
      try {
        while (position === null || position < last) {
          const arrived = await arrivals.next(ANSWER_MS, session.givenUp)
          if (arrived === null) throw new NoAnswer('a read of the event store broke off')
          if (arrived.length === 0) throw new NoAnswer('a read of the event store gave no answer')
          connection.answered(session)
          const before = position
          const events: RecordedEvent[] = []
          let caughtUp = false
          for (const arrival of arrived) {
            if (arrival._tag === 'Event' && arrival.event.position <= last) events.push(arrival.event)
            if (arrival._tag === 'Event') position = arrival.event.position
            if (arrival._tag === 'Checkpoint' || arrival._tag === 'Altered') position = arrival.position
            if (arrival._tag === 'Altered' && arrival.position <= last) tellAltered([arrival.stream])
            if (arrival._tag === 'CaughtUp') caughtUp = true
          }
          if (events.length > 0) yield events
          if (caughtUp) return
          if (position === before) continue
          until = performance.now() + TRIED_MS
          attempt = 0
        }
      } finally {
        arrivals.stop()
      }
    }

    for (;;) {
      const session = await sessionUntil(connection, until)
      try {
        yield* pages(session)
        return
      } catch (error) {
        readFailed(connection, session, error, until)
      }
      await pauseAfter(attempt)
      attempt += 1
    }
  }
