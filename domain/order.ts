import type { Instant } from './instant.ts'
import { isOpen, isSuccess } from './regions.ts'
import type { Statement } from './statement.ts'

/** Where an event stands in the history of its user: by what it is, never by when it arrived. */
export interface Place {
  readonly occurredAt: Instant
  /** Among equal times: requests first, then successes, then everything that does not vouch for the user. */
  readonly rank: 0 | 1 | 2
  readonly eventId: string
}

export const rankOf = ({ says }: Statement): Place['rank'] => (isOpen(says) ? 0 : isSuccess(says) ? 1 : 2)

export const place = (occurredAt: Instant, statements: readonly Statement[], eventId: string): Place => ({
  occurredAt,
  rank: Math.max(0, ...statements.map(rankOf)) as Place['rank'],
  eventId,
})

/**
 * The order of the fold. The provider sends a request and its result with one and the same time (seen in its own
 * examples), so among equal times a result comes after a request, and of two contradicting results the one that does
 * not vouch has the last word. What is still equal is ordered by event id, which depends on the content alone: the
 * order of arrival has no say.
 */
export const comparePlaces = (a: Place, b: Place): number =>
  a.occurredAt - b.occurredAt || a.rank - b.rank || (a.eventId < b.eventId ? -1 : a.eventId > b.eventId ? 1 : 0)
