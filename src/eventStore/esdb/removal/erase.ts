import { NO_STREAM } from '@eventstore/db-client'
import * as E from 'fp-ts/lib/Either.js'
import type { EventStore } from '../../eventStore.ts'
import { slots } from '../../slots.ts'
import { failureOf } from '../client/failure.ts'
import type { Connection } from '../connection/connection.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import { type Removed, untilRemoved } from './untilRemoved.ts'

const AT_ONCE = 32
const ERASED: Removed = E.right(undefined)

/** Writes a tombstone where the stream stands as expected: the stream is gone for good, its events at the next scavenge. */
export const erasing = (connection: Connection, names: StreamNames): EventStore['erase'] => {
  const inSlot = slots(AT_ONCE)
  return (stream, expected) => {
    const expectedRevision = expected === 'no-stream' ? NO_STREAM : BigInt(expected)
    const erase = (): Promise<Removed> =>
      untilRemoved(
        connection,
        async ({ client }) => {
          try {
            await client.tombstoneStream(names.stored(stream), { expectedRevision, requiresLeader: true })
            return E.right(ERASED)
          } catch (error) {
            const failure = failureOf(error)
            if (failure._tag === 'StreamDeleted') return E.right(ERASED)
            if (failure._tag !== 'WrongExpectedVersion') throw error
            return E.right(E.left({ _tag: 'WrongExpectedVersion', stream, expected, actual: failure.actual }))
          }
        },
        '$d of the streams kyc-…',
      )
    return () => inSlot(erase)
  }
}
