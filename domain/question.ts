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

/** Reads the two times of an event. */
export type Times = (event: StoredEvent) => E.Either<unknown, Pick<EventMetadata, 'occurredAt' | 'recordedAt'>>

/**
 * The events of one stream that were recorded here by `knownAt`. Times are compared in the milliseconds in which they
 * are shown. An event that cannot be read tells no time: it was recorded after the one before it.
 */
const knownBy = <A extends StoredEvent>(events: readonly A[], knownAt: Instant | null, times: Times): readonly A[] => {
  if (knownAt === null) return events
  const firstLater = events.findIndex((event) => {
    const metadata = times(event)
    return E.isRight(metadata) && !isBy(metadata.right.recordedAt, knownAt)
  })
  return firstLater === -1 ? events : events.slice(0, firstLater)
}

/**
 * The events, of one stream and in its order, that a question is about. What has been recorded has occurred, whatever
 * time it claims (a provider's clock may be minutes ahead); what cannot be read counts as occurred. `times` reads an
 * event's two times.
 */
export const askedAbout = <A extends StoredEvent>(
  { asOf, knownAt }: Question,
  events: readonly A[],
  times: Times = readMetadata,
): readonly A[] => {
  const known = knownBy(events, knownAt, times)
  if (asOf === null) return known
  return known.filter((event) => {
    const metadata = times(event)
    return E.isLeft(metadata) || isBy(metadata.right.occurredAt, asOf) || isBy(metadata.right.recordedAt, asOf)
  })
}
