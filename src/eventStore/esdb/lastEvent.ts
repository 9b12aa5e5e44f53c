import { type AllStreamRecordedEvent, BACKWARDS, END } from '@eventstore/db-client'
import { type EventStore, storeUnreachable } from '../eventStore.ts'
import type { Connection } from './connection.ts'
import { failureOf } from './failure.ts'
import { revisionOf } from './revision.ts'
import { asRecorded } from './storedEvent.ts'
import type { StreamNames } from './streamNames.ts'
import { backOff, NoAnswer, pause } from './within.ts'

/** So far back our newest event is looked for: reads of `$all` are not filtered by the server. */
const LOOKED_BACK = 4000
const ANSWER_MS = 3000
/** Without an answer for so long it fails. */
const TRIED_MS = 8000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500

/** Reads the newest of this service's events, from the end of `$all` backwards. */
export const lastEventReader =
  (connection: Connection, names: StreamNames): EventStore['lastEvent'] =>
  async () => {
    const until = performance.now() + TRIED_MS
    for (let attempt = 0; ; attempt += 1) {
      const session = await connection.session(Math.min(connection.patience(), until - performance.now()))
      if (session === null) throw storeUnreachable(connection.reason())
      try {
        const found = await connection.call(session, ANSWER_MS, async (client) => {
          const read = client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: LOOKED_BACK })
          read.on('error', () => undefined)
          let newest: AllStreamRecordedEvent | null = null
          for await (const { event } of read) {
            // A tombstone is no event of ours.
            if (!event?.streamId.startsWith(names.prefix) || revisionOf(event.revision) === null) continue
            newest = event
            break
          }
          if (session.givenUp.aborted) throw new NoAnswer('the connection was given up')
          return newest
        })
        return found === null ? null : asRecorded(found, names)
      } catch (error) {
        const failure = failureOf(error)
        connection.failed(session, failure)
        if (failure._tag === 'Refused' || failure._tag === 'Denied') throw new Error(failure.reason)
        if (performance.now() >= until) throw storeUnreachable(connection.reason())
      }
      await pause(backOff(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS))
    }
  }
