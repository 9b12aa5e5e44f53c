import { FORWARDS } from '@eventstore/db-client'
import type { EventStore } from '../../eventStore.ts'
import { NoAnswer } from '../client/within.ts'
import type { Connection } from '../connection/connection.ts'
import { placeOf, positionOf } from '../stored/position.ts'
import { asRecorded } from '../stored/storedEvent.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import { untilAnswered } from './untilAnswered.ts'

/** What the server says of a place inside an event, or before which something was scavenged. */
const isNoPlace = (error: unknown): boolean => error instanceof Error && error.message.includes('InvalidPosition')

/** Reads which event stands at a position, from the leader: streams are read from it, too. */
export const idReader =
  (connection: Connection, names: StreamNames): EventStore['idAt'] =>
  async (position) => {
    const fromPosition = placeOf(position)
    return untilAnswered(connection, async (client, session) => {
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
  }
