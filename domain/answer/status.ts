import type { Instant } from '../instant.ts'
import type { Status } from '../regions.ts'
import type { KycState } from '../state/kycState.ts'

export { STATUSES, type Status } from '../regions.ts'

/** What cannot be read, was altered or is missing leaves nothing certain, but that a user was closed. */
export const isUncertain = ({ closed, unreadable, altered, flaws }: KycState): boolean =>
  closed === null && (unreadable.length > 0 || altered.length > 0 || flaws.length > 0)

/** The one word that is answered of a user. */
export const statusOf = (state: KycState): Status => (isUncertain(state) ? 'unknown' : state.word.status)

/**
 * Since when the user has had this status, through whatever states of a life cycle; `null` of one of whom nothing was decided
 * or asked yet, and where nothing is certain.
 */
export const statusSince = (state: KycState): Instant | null => (isUncertain(state) ? null : state.word.since)
