import { FORWARDS } from '@eventstore/db-client'
import { fromMilliseconds, type Instant } from '../../../../domain/instant.ts'
import type { EventStore } from '../../eventStore.ts'
import type { Connection } from '../connection/connection.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import { ANSWER_MS } from './untilAnswered.ts'

/** When the server took an event, by its own clock; `null` where it does not say so at once. */
export const takenAtReader =
  (connection: Connection, names: StreamNames): NonNullable<EventStore['takenAt']> =>
  async (stream, revision) => {
    const session = await connection.session(ANSWER_MS)
    if (session === null) return null
    const read = connection.call(session, ANSWER_MS, async (client): Promise<Instant | null> => {
      const events = client.readStream(names.stored(stream), {
        direction: FORWARDS,
        fromRevision: BigInt(revision),
        maxCount: 1,
        requiresLeader: true,
      })
      events.on('error', () => undefined)
      let taken: Instant | null = null
      for await (const { event } of events) {
        if (event !== undefined) taken = fromMilliseconds(new Date(event.created).getTime())
      }
      return taken
    })
    return read.catch(() => null)
  }
