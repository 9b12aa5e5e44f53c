import { type Instant, later } from '../instant.ts'
import { isOpen, isSuccess } from '../regions.ts'
import type { Statement } from '../treezor/statement.ts'
import type { OwnEvent } from './ownEvent.ts'

/** Where an event stands in the history of its user: by what it is, never by when it arrived. */
export interface Place {
  readonly occurredAt: Instant
  /** The later of last request and last review that the signed payload states: a KYC object's. */
  readonly signedAt: Instant | null
  /**
   * Among equal times: requests first, then successes, then everything that does not vouch for the user; then what this service
   * wrote itself.
   */
  readonly rank: 0 | 1 | 2 | 3
  /** Of what this service wrote itself, which has no payload, its revision. */
  readonly payloadHash: string
  readonly eventId: string
}

/** Of what is said at one time: what is still open, a success, anything else. */
export const rankOf = ({ says }: Statement): 0 | 1 | 2 => (isOpen(says) ? 0 : isSuccess(says) ? 1 : 2)

/** The signed dates of KYC objects; other objects have none that orders them. */
const signedDate = (statements: readonly Statement[]): Instant | null =>
  statements.reduce<Instant | null>(
    (latest, statement) => (statement.region === 'lifecycle' ? later(latest, statement.statedAt) : latest),
    null,
  )

/** The place of an event that says this (`statements`) of its user. */
export const place = (
  { occurredAt, payloadHash, eventId }: Pick<Place, 'occurredAt' | 'payloadHash' | 'eventId'>,
  statements: readonly Statement[],
): Place => ({
  occurredAt,
  signedAt: signedDate(statements),
  rank: statements.reduce<number>((rank, statement) => Math.max(rank, rankOf(statement)), 0) as Place['rank'],
  payloadHash,
  eventId,
})

/** The place of an event that this service wrote itself: it occurred when it was recorded, in the order in which it was. */
export const ownPlace = ({ occurredAt, eventId, revision }: OwnEvent): Place => ({
  occurredAt,
  signedAt: null,
  rank: 3,
  payloadHash: String(revision).padStart(16, '0'),
  eventId,
})

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** What states no date comes first. */
const compareDates = (a: Instant | null, b: Instant | null): number =>
  a === b ? 0 : a === null ? -1 : b === null ? 1 : a - b

/**
 * The order of the fold; total. Of events that occurred at one time, the signed dates of KYC objects tell which object is the
 * newer one: a new request that shares its time with the result before it comes after that. The provider sends a request and
 * its result with one and the same time (seen in its own examples), so of what is still equal a result comes after a
 * request, and of two contradicting results the one that does not vouch has the last word. What is still equal is ordered by
 * the hash of what was signed: the order of arrival has no say, nor has the id, which is not signed and may be another in
 * each delivery of one fact. The event id comes last, where one payload stands in two families. What this service wrote itself comes
 * after all that occurred at the same time (an observation takes away from that, and a release has to find a refusal that came with it),
 * in the order in which it was written: nobody else has a part in that.
 */
export const comparePlaces = (a: Place, b: Place): number =>
  a.occurredAt - b.occurredAt ||
  (a.rank === 3 ? 1 : 0) - (b.rank === 3 ? 1 : 0) ||
  compareDates(a.signedAt, b.signedAt) ||
  a.rank - b.rank ||
  compareTexts(a.payloadHash, b.payloadHash) ||
  compareTexts(a.eventId, b.eventId)
