import * as E from 'fp-ts/lib/Either.js'
import { type Instant, startOfMillisecond } from './instant.ts'
import { type EventMetadata, readMetadata, type StoredEvent } from './kycEvent.ts'

/** Both axes of time: what had occurred by `asOf`, as far as it was recorded here by `knownAt`. `null` does not limit. */
export interface Question {
  readonly asOf: Instant | null
  readonly knownAt: Instant | null
}

const isBy = (instant: Instant, limit: Instant | null): boolean =>
  limit === null || startOfMillisecond(instant) <= limit

/** Reads the two times of an event; `null` for one that cannot be read. */
export type Times = (event: StoredEvent) => Pick<EventMetadata, 'occurredAt' | 'recordedAt'> | null

const readTimes: Times = (event) => {
  const metadata = readMetadata(event)
  return E.isRight(metadata) ? metadata.right : null
}

/**
 * The events, of one stream and in its order, that were recorded here by `knownAt`. Times are compared in the milliseconds
 * in which they are shown. An event that cannot be read tells no time: it was recorded after the one before it. `times`
 * reads an event's two times.
 */
export const knownBy = <A extends StoredEvent>(
  events: readonly A[],
  knownAt: Instant | null,
  times: Times = readTimes,
): readonly A[] => {
  if (knownAt === null) return events
  const firstLater = events.findIndex((event) => {
    const told = times(event)
    return told !== null && !isBy(told.recordedAt, knownAt)
  })
  return firstLater === -1 ? events : events.slice(0, firstLater)
}

/** What has been recorded has occurred, whatever time it claims: a provider's clock may be minutes ahead. */
export const hasOccurred = (
  { occurredAt, recordedAt }: Pick<EventMetadata, 'occurredAt' | 'recordedAt'>,
  asOf: Instant | null,
): boolean => isBy(occurredAt, asOf) || isBy(recordedAt, asOf)
