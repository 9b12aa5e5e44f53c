import type { Instant } from './instant.ts'
import { isOpen, isSuccess } from './regions.ts'
import type { Statement } from './statement.ts'

/** Where an event stands in the history of its user: by what it is, never by when it arrived. */
export interface Place {
  readonly occurredAt: Instant
  /** Among equal times: requests first, then successes, then everything that does not vouch for the user. */
  readonly rank: 0 | 1 | 2
  readonly payloadHash: string
  readonly eventId: string
}

export const rankOf = ({ says }: Statement): Place['rank'] => (isOpen(says) ? 0 : isSuccess(says) ? 1 : 2)

export const place = (
  { occurredAt, payloadHash, eventId }: Pick<Place, 'occurredAt' | 'payloadHash' | 'eventId'>,
  statements: readonly Statement[],
): Place => ({
  occurredAt,
  rank: Math.max(0, ...statements.map(rankOf)) as Place['rank'],
  payloadHash,
  eventId,
})

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The order of the fold. The provider sends a request and its result with one and the same time (seen in its own
 * examples), so among equal times a result comes after a request, and of two contradicting results the one that does
 * not vouch has the last word. What is still equal is ordered by the hash of what was signed: the order of arrival has no
 * say, nor has the id, which is not signed and may be another in each delivery of one fact. The event id comes last, where
 * one payload stands in two families.
 */
export const comparePlaces = (a: Place, b: Place): number =>
  a.occurredAt - b.occurredAt ||
  a.rank - b.rank ||
  compareTexts(a.payloadHash, b.payloadHash) ||
  compareTexts(a.eventId, b.eventId)
