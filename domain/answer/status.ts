import type { StateOf } from '../regions.ts'
import type { KycState } from '../state/kycState.ts'

/** The one word that is answered of a user; only `validated` is verified. */
export const STATUSES = ['none', 'pending', 'validated', 'refused', 'closed', 'unknown'] as const
export type Status = (typeof STATUSES)[number]

/**
 * A review that was opened again, or is under investigation, is pending until it is decided. A closed review is deprecated
 * at the provider and its meaning is not documented: it vouches for nobody.
 */
const STATUS_OF_LEGACY: Readonly<Record<StateOf<'legacy'>, Status>> = {
  none: 'none',
  pending: 'pending',
  validated: 'validated',
  refused: 'refused',
  reviewOpen: 'pending',
  reviewPending: 'pending',
  investigating: 'pending',
  reviewClosed: 'unknown',
  unknown: 'unknown',
}

/**
 * The refusal by the legacy life cycle that contradicts a validation by the new one, which governs: it came at the same time
 * or later, and the new one has said nothing since that can be relied on. What the legacy one says afterwards takes
 * nothing of it back.
 */
export const contradicting = ({ hasLifecycle, lifecycle: { state, assuredAt }, legacy: { refused } }: KycState) =>
  hasLifecycle && state === 'validated' && refused !== null && (assuredAt === null || refused.at >= assuredAt)
    ? refused
    : null

/**
 * A user whom the provider has closed stays closed. Otherwise the New KYC Life Cycle governs as soon as one of its objects
 * was followed; what cannot be read, was altered or is missing, and a refusal that contradicts the validation make it unknown.
 */
export const statusOf = (state: KycState): Status => {
  if (state.closed !== null) return 'closed'
  const isUncertain = state.unreadable.length > 0 || state.altered.length > 0 || state.flaws.length > 0
  if (isUncertain || contradicting(state) !== null) return 'unknown'
  return state.hasLifecycle ? state.lifecycle.state : STATUS_OF_LEGACY[state.legacy.state]
}
