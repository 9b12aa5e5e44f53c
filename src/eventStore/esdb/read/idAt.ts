import { FORWARDS } from '@eventstore/db-client'
import type { EventStore } from '../../eventStore.ts'
import { storeUnreachable } from '../../readFailure.ts'
import type { Connection } from '../connection/connection.ts'
import { backOff, pause } from '../pause.ts'
import { placeOf, positionOf } from '../stored/position.ts'
import { asRecorded } from '../stored/storedEvent.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import { NoAnswer } from '../within.ts'
import { readFailed } from './readFailed.ts'

const ANSWER_MS = 3000
/** Without an answer for so long it fails. */
const TRIED_MS = 8000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500

/** What the server says of a place inside an event, or before which something was scavenged. */
const isNoPlace = (error: unknown): boolean => error instanceof Error && error.message.includes('InvalidPosition')

/** Reads which event stands at a position, from the leader: streams are read from it, too. */
export const idReader =
  (connection: Connection, names: StreamNames): EventStore['idAt'] =>
  async (position) => {
    const fromPosition = placeOf(position)
    const until = performance.now() + TRIED_MS
    for (let attempt = 0; ; attempt += 1) {
      const session = await connection.session(Math.min(connection.patience(), until - performance.now()))
      if (session === null) throw storeUnreachable(connection.reason())
      try {
        return await connection.call(session, ANSWER_MS, async (client) => {
          const read = client.readAll({ direction: FORWARDS, fromPosition, maxCount: 1, requiresLeader: true })
          read.on('error', () => undefined)
          try {
            for await (const { event } of read) {
              if (event === undefined) continue
              return positionOf(event.position) === position ? asRecorded(event, names).eventId : null
            }
          } catch (error) {
            if (!isNoPlace(error)) throw error
          }
          if (session.givenUp.aborted) throw new NoAnswer('the connection was given up')
          return null
        })
      } catch (error) {
        readFailed(connection, session, error, until)
      }
      await pause(backOff(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS))
    }
  }
