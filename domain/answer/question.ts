import * as E from 'fp-ts/lib/Either.js'
import { disagrees, isAltered } from '../event/altered.ts'
import type { EventTimes } from '../event/dating.ts'
import { readMetadata } from '../event/kycEvent.ts'
import { readOwnTimes } from '../event/ownEvent.ts'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../event/receiptCorrection.ts'
import type { StoredEvent } from '../event/storedEvent.ts'
import { type Instant, isBy } from '../instant.ts'

/** Both axes of time: what had occurred by `asOf`, as far as it was recorded here by `knownAt`. `null` does not limit. */
export interface Question {
  readonly asOf: Instant | null
  readonly knownAt: Instant | null
}

/** Reads when an event was recorded; `null` for one that cannot be read, or was altered: its metadata may be another's. */
export type Times = (event: StoredEvent) => Pick<EventTimes, 'recordedAt'> | null

/** `corrections` are the receipts known to be wrong. */
export const readTimes =
  (corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS): Times =>
  (event) => {
    const metadata = readMetadata(event, corrections)
    if (E.isLeft(metadata)) return isAltered(event) ? null : readOwnTimes(event, corrections)
    return disagrees(event, metadata.right) ? null : metadata.right
  }

/**
 * The events, of one stream and in its order, that were recorded here by `knownAt`. Times are compared in the milliseconds
 * in which they are shown. An event that cannot be read, or was altered, tells no time: it was recorded after the one before it. `times`
 * reads when an event was recorded.
 */
export const knownBy = <A extends StoredEvent>(
  events: readonly A[],
  knownAt: Instant | null,
  times: Times = readTimes(),
): readonly A[] => knownOf(events, knownAt, times)

/** The same of events in whatever form. */
export const knownOf = <A>(
  events: readonly A[],
  knownAt: Instant | null,
  times: (event: A) => Pick<EventTimes, 'recordedAt'> | null,
): readonly A[] => {
  if (knownAt === null) return events
  const firstLater = events.findIndex((event) => {
    const told = times(event)
    return told !== null && !isBy(told.recordedAt, knownAt)
  })
  return firstLater === -1 ? events : events.slice(0, firstLater)
}
