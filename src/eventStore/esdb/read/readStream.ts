import { BACKWARDS, END, type EventStoreDBClient, FORWARDS, START } from '@eventstore/db-client'
import { fail } from '../../../tracing/tracing.ts'
import type { EventStore } from '../../eventStore.ts'
import { storeUnreachable, streamUnreadable } from '../../readFailure.ts'
import { failureOf } from '../client/failure.ts'
import { NoAnswer } from '../client/within.ts'
import type { Connection, Session } from '../connection/connection.ts'
import { callSpan } from '../connection/inCallSpan.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import { type Arrivals, gather } from './gather.ts'
import { ANSWER_MS, TRIED_MS } from './untilAnswered.ts'

/**
 * Reads a stream from the leader, so that what an append has just written or met is seen. A read that breaks off goes
 * on behind the last event it gave.
 */
export const streamReader = (connection: Connection, names: StreamNames): EventStore['readStream'] =>
  async function* readStream(stream, { from, direction = 'forwards', limit = Number.MAX_SAFE_INTEGER } = {}) {
    const forwards = direction === 'forwards'
    let next = from === undefined ? undefined : BigInt(from)
    let left = limit
    let until = performance.now() + TRIED_MS

    const mayReadOthers = (session: Session): Promise<boolean> =>
      connection.mayOtherwise(session, 'read').catch((error: unknown) => {
        connection.failed(session, failureOf(error))
        return false
      })

    const open = (client: EventStoreDBClient): Arrivals => {
      const read = client.readStream(names.stored(stream), {
        direction: forwards ? FORWARDS : BACKWARDS,
        fromRevision: next ?? (forwards ? START : END),
        maxCount: left,
        requiresLeader: true,
      })
      return gather(read, names, () => read.cancel()).arrivals
    }

    while (left > 0 && (next === undefined || next >= 0n)) {
      const session = await connection.session(Math.min(connection.patience(), until - performance.now()))
      if (session === null) throw storeUnreachable(connection.reason())
      const span = callSpan('streams.read', session)
      const arrivals = open(session.client)
      try {
        for (;;) {
          const arrived = await arrivals.next(ANSWER_MS, session.givenUp)
          // The client ends its streams without an error when it is closed: that is not the end of this one.
          if (arrived === null && session.givenUp.aborted) throw new NoAnswer('the connection was given up')
          if (arrived === null) return
          if (arrived.length === 0) throw new NoAnswer('a read of the event store gave no answer')
          connection.answered(session)
          for (const arrival of arrived) {
            if (arrival._tag !== 'Event') continue
            yield arrival.event
            next = BigInt(arrival.event.revision + (forwards ? 1 : -1))
            left -= 1
          }
          until = performance.now() + TRIED_MS
        }
      } catch (error) {
        const failure = failureOf(error)
        if (failure._tag === 'StreamNotFound') return
        fail(span, failure._tag)
        connection.failed(session, failure)
        if (failure._tag === 'StreamDeleted') return
        if (failure._tag === 'Refused') throw new Error(failure.reason)
        if (failure._tag === 'Denied' && (await mayReadOthers(session))) {
          throw streamUnreadable('the event store denies access to this stream')
        }
        if (performance.now() >= until) throw storeUnreachable(connection.reason())
      } finally {
        arrivals.stop()
        span?.end()
      }
    }
  }
