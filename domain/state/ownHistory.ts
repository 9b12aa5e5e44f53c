import * as A from 'fp-ts/lib/Array.js'
import type * as E from 'fp-ts/lib/Either.js'
import { comparePlaces } from '../event/order.ts'
import type { StoredEvent, UnreadableEvent } from '../event/storedEvent.ts'
import type { UserId } from '../identifiers.ts'
import { type Reading, type ReadStored, readStored } from './reading.ts'

/** A user's own stream, read, so that several questions can be asked of it. */
export interface OwnHistory {
  /** In the order of arrival. */
  readonly arrived: readonly Reading[]
  /** The same in the order of the fold. */
  readonly sorted: readonly Reading[]
  readonly unreadable: readonly UnreadableEvent[]
  /** Whether its revisions run from 0 without a gap. */
  readonly complete: boolean
}

/** The order of the fold. */
export const byPlace = (a: Reading, b: Reading): number => comparePlaces(a.place, b.place)

/** A history of which all could be read, and none is missing. */
export const inOrder = (arrived: readonly Reading[]): OwnHistory => ({
  arrived,
  sorted: arrived.toSorted(byPlace),
  unreadable: [],
  complete: true,
})

const isComplete = (stored: readonly StoredEvent[]): boolean => {
  if (stored.every(({ revision }, index) => revision === index)) return true
  const revisions = new Set(stored.map(({ revision }) => revision))
  return stored.every((_, revision) => revisions.has(revision))
}

/** What a stream comes to; of what is `null` nothing is to be folded. */
export const historyOf = (
  stored: readonly StoredEvent[],
  found: readonly E.Either<UnreadableEvent, Reading | null>[],
): OwnHistory => {
  const { left: unreadable, right } = A.separate([...found])
  const arrived = right.filter((reading) => reading !== null)
  return { arrived, sorted: arrived.toSorted(byPlace), unreadable, complete: isComplete(stored) }
}

/** Reads the events of a user's own stream, in the order of arrival; `readOwn` gives each with what it says of him. */
export const readHistory = (
  userId: UserId,
  stored: readonly StoredEvent[],
  readOwn: ReadStored = readStored(),
): OwnHistory =>
  historyOf(
    stored,
    stored.map((event) => readOwn(event, userId)),
  )
