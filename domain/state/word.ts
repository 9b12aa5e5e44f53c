import { STATUS_OF_LEGACY, type Status } from '../regions.ts'
import type { KycState } from './kycState.ts'

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
 * The word that the events amount to that were folded, as if no other were missing, and nothing were observed. A user whom the provider has closed stays
 * closed. Otherwise the New KYC Life Cycle governs as soon as one of its objects was followed; a refusal that contradicts the
 * validation makes it unknown.
 */
export const wordOf = (state: KycState): Status => {
  if (state.closed !== null) return 'closed'
  if (contradicting(state) !== null) return 'unknown'
  return state.hasLifecycle ? state.lifecycle.state : STATUS_OF_LEGACY[state.legacy.state]
}

/**
 * The word that is answered: what is observed takes away and never grants. A validation counts only as long as the observation that
 * stands says validated, too; a refusal or closure that is observed counts beside anything but a closure that was heard.
 */
export const overlaidWord = (state: KycState): Status => {
  const word = wordOf(state)
  const { observed } = state
  if (observed === null || !observed.stands || word === 'closed') return word
  return word === 'validated' || observed.word === 'refused' || observed.word === 'closed' ? observed.word : word
}
