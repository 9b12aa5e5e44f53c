import { randomUUID } from 'node:crypto'
import { BACKWARDS, END, type EventStoreDBClient } from '@eventstore/db-client'
import * as E from 'fp-ts/lib/Either.js'
import { type ExpectedRevision, streamErased } from '../../appendOutcome.ts'
import type { EventStore } from '../../eventStore.ts'
import type { Revision } from '../../recordedEvent.ts'
import { appendAnswer, appendRequest } from '../client/appendMessages.ts'
import { type Failure, failureOf } from '../client/failure.ts'
import type { Connection, Session } from '../connection/connection.ts'
import { asStored } from '../stored/storedEvent.ts'
import { METADATA_OF, type StreamNames } from '../stored/streamNames.ts'
import { ANSWER_MS, untilRemoved } from './untilRemoved.ts'

/** The last event that a stream shows, as the server holds it. */
interface Last {
  readonly revision: ExpectedRevision
  readonly data: unknown
}

const lastOf = async (client: EventStoreDBClient, stored: string): Promise<Last> => {
  const read = client.readStream(stored, { direction: BACKWARDS, fromRevision: END, maxCount: 1, requiresLeader: true })
  read.on('error', () => undefined)
  let last: Last = { revision: 'no-stream', data: null }
  try {
    for await (const { event } of read) {
      if (event !== undefined) last = { revision: Number(event.revision), data: event.data }
    }
  } catch (error) {
    if (failureOf(error)._tag !== 'StreamNotFound') throw error
  }
  return last
}

const asMetadata = (data: unknown): Readonly<Record<string, unknown>> =>
  typeof data === 'object' && data !== null ? { ...data } : {}

/** Writes `$tb` and leaves what else stands in the stream's metadata. */
const cut = async (
  { sendAppend }: Session,
  stored: string,
  { revision, data }: Last,
  before: Revision,
): Promise<E.Either<Failure, E.Either<never, void>>> => {
  const text = JSON.stringify({ ...asMetadata(data), $tb: before })
  const event = asStored({ eventId: randomUUID(), type: '$metadata', data: text, metadata: '{}' })
  if (E.isLeft(event)) throw new Error(event.left)
  const request = appendRequest(randomUUID(), `${METADATA_OF}${stored}`, revision, [event.right])
  const answer = appendAnswer(await sendAppend(request, ANSWER_MS))
  return E.isLeft(answer) ? answer : E.right(E.right(undefined))
}

/** Sets the stream's `$tb`: what stands before it is shown no more, and goes at the next scavenge. */
export const truncating =
  (connection: Connection, names: StreamNames): EventStore['truncate'] =>
  (stream, before) =>
  () =>
    untilRemoved(
      connection,
      async (session) => {
        const stored = names.stored(stream)
        try {
          const metadata = await lastOf(session.client, `${METADATA_OF}${stored}`)
          const { $tb } = asMetadata(metadata.data)
          if (before < 1 || (typeof $tb === 'number' && $tb >= before)) return E.right(E.right(undefined))
          const { revision } = await lastOf(session.client, stored)
          const next = revision === 'no-stream' ? Number($tb ?? 0) : revision + 1
          if (next >= before) return await cut(session, stored, metadata, before)
          const actual = next === 0 ? 'no-stream' : next - 1
          return E.right(E.left({ _tag: 'WrongExpectedVersion', stream, expected: before - 1, actual }))
        } catch (error) {
          // Its metadata are not read any more either.
          if (failureOf(error)._tag !== 'StreamDeleted') throw error
          return E.right(E.left(streamErased(stream)))
        }
      },
      '$mw of the stream kyc-unattributed',
    )
