import type { HeardEvent } from '../event/kycEvent.ts'
import { type Instant, later } from '../instant.ts'
import type { StateOf } from '../regions.ts'
import type { LifecycleStatement } from '../treezor/kyc.ts'
import type { UnreadStatement } from '../treezor/unread.ts'
import type { LegacyStatement } from '../treezor/user.ts'
import type { Heard } from './believing.ts'
import { type Draft, entry, type Report } from './draft.ts'
import type { KycState } from './kycState.ts'
import { move } from './move.ts'

/** Takes what a user object says of the legacy life cycle into the draft, as far as the machine follows it; gives whether it does. */
export const hearLegacy = (
  draft: Draft,
  { review, level, userStatus, says }: LegacyStatement,
  event: HeardEvent,
  report: Report,
): 'followed' | 'echo' => {
  const { to, followed } = move('legacy', 'legacy', draft.legacy.state, says, event.echoOf !== null, report)
  if (!followed) return 'echo'
  const { occurredAt: at, eventId } = event
  const refused = to === 'refused' ? { at, eventId } : draft.legacy.refused
  draft.legacy = { ...entry(draft.legacy, to, event), review, level, userStatus, refused }
  if (isReviewed(to) && draft.hasLifecycle && draft.lifecycle.state === 'validated') {
    report('life-cycles-contradict', `the legacy life cycle says ${to}, the new one validated`)
  }
  return 'followed'
}

/** The states of a review that was opened again. */
const isReviewed = (state: StateOf<'legacy'>): boolean =>
  state === 'reviewOpen' || state === 'reviewPending' || state === 'investigating'

/** The New Life Cycle with what a KYC object says of it; `entered`: where it is with that, and by which event. */
export const lifecycleSaid = (
  before: KycState['lifecycle'],
  entered: Pick<KycState['lifecycle'], 'state' | 'since' | 'enteredBy' | 'released'>,
  { review, level, reviewType, codeStatus, lastRequestAt, lastReviewAt, nextReviewDate, statedAt }: LifecycleStatement,
  assuredAt: Instant | null,
): KycState['lifecycle'] => ({
  ...entered,
  review,
  level,
  reviewType,
  codeStatus,
  lastRequestAt,
  lastReviewAt,
  nextReviewDate,
  assuredAt,
  newestReviewAt: later(before.newestReviewAt, lastReviewAt),
  newestSignedAt: later(before.newestSignedAt, statedAt),
})

/**
 * Takes what a KYC object says into the draft, unless there is a reason why not (`whyNot`); its signed dates count also where it is not
 * followed, unless it is an echo. Gives what became of it.
 */
export const hearLifecycle = (
  draft: Draft,
  statement: LifecycleStatement,
  event: HeardEvent,
  whyNot: Exclude<Heard, 'followed' | 'echo'> | null,
  report: Report,
): Heard => {
  const { says, lastReviewAt, statedAt } = statement
  const isEcho = event.echoOf !== null
  const before = draft.lifecycle
  const { to, followed } =
    whyNot === null
      ? move('lifecycle', 'lifecycle', before.state, says, isEcho, report)
      : { to: before.state, followed: false }
  if (!followed) {
    if (!isEcho) {
      const newestReviewAt = later(before.newestReviewAt, lastReviewAt)
      draft.lifecycle = { ...before, newestReviewAt, newestSignedAt: later(before.newestSignedAt, statedAt) }
    }
    return whyNot ?? 'echo'
  }
  draft.hasLifecycle = true
  const assuredAt = isEcho || event.weaklyDated ? before.assuredAt : event.occurredAt
  draft.lifecycle = lifecycleSaid(before, entry(before, to, event), statement, assuredAt)
  return 'followed'
}

/**
 * Something about the user that cannot be read: where it may have decided, the life cycle that it belongs to is unknown,
 * and so is the one that governs, until they say more.
 */
export const hearUnread = (draft: Draft, statement: UnreadStatement, event: HeardEvent, report: Report): void => {
  const { path, decides, closes, ofLifecycle } = statement
  report('unreadable-event', `${path}: cannot be read by this version${decides ? ', and may decide' : ''}`)
  if (!decides) return
  if (closes) draft.closed ??= { at: event.occurredAt, eventId: event.eventId }
  const isEcho = event.echoOf !== null
  draft.hasLifecycle ||= ofLifecycle
  if (!ofLifecycle) {
    const { to } = move('legacy', 'legacy', draft.legacy.state, 'unknown', isEcho, report)
    draft.legacy = { ...draft.legacy, ...entry(draft.legacy, to, event), review: null, level: null }
  }
  if (draft.hasLifecycle) {
    const { to } = move('lifecycle', 'lifecycle', draft.lifecycle.state, 'unknown', isEcho, report)
    draft.lifecycle = { ...draft.lifecycle, ...entry(draft.lifecycle, to, event), review: null, level: null }
  }
}
