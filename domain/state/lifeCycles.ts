import type { KycEvent } from '../event/kycEvent.ts'
import { later } from '../instant.ts'
import type { StateOf } from '../regions.ts'
import type { LifecycleStatement } from '../treezor/kyc.ts'
import type { UnreadStatement } from '../treezor/unread.ts'
import type { LegacyStatement } from '../treezor/user.ts'
import { mayBeFollowed } from './believing.ts'
import { type Draft, entry, type Report } from './draft.ts'
import { move } from './move.ts'

/** Takes what a user object says of the legacy life cycle into the draft, as far as the machine follows it. */
export const hearLegacy = (
  draft: Draft,
  { review, level, userStatus, says }: LegacyStatement,
  event: KycEvent,
  report: Report,
): void => {
  const { to, followed } = move('legacy', 'legacy', draft.legacy.state, says, event.echoOf !== null, report)
  if (!followed) return
  const { occurredAt: at, eventId } = event
  const refused = to === 'refused' ? { at, eventId } : draft.legacy.refused
  draft.legacy = { ...entry(draft.legacy, to, event), review, level, userStatus, refused }
  if (isReviewed(to) && draft.hasLifecycle && draft.lifecycle.state === 'validated') {
    report('life-cycles-contradict', `the legacy life cycle says ${to}, the new one validated`)
  }
}

/** The states of a review that was opened again. */
const isReviewed = (state: StateOf<'legacy'>): boolean =>
  state === 'reviewOpen' || state === 'reviewPending' || state === 'investigating'

/** Takes what a KYC object says into the draft; its signed dates count also where it is not followed, unless it is an echo. */
export const hearLifecycle = (draft: Draft, statement: LifecycleStatement, event: KycEvent, report: Report): void => {
  const { says, review, level, reviewType, codeStatus, lastRequestAt, lastReviewAt, nextReviewDate } = statement
  const isEcho = event.echoOf !== null
  const before = draft.lifecycle
  const mayFollow = mayBeFollowed(draft, statement, event, report)
  const { to, followed } = mayFollow
    ? move('lifecycle', 'lifecycle', before.state, says, isEcho, report)
    : { to: before.state, followed: false }
  const newestReviewAt = later(before.newestReviewAt, lastReviewAt)
  const newestSignedAt = later(before.newestSignedAt, statement.statedAt)
  if (!followed) {
    if (!isEcho) draft.lifecycle = { ...before, newestReviewAt, newestSignedAt }
    return
  }
  draft.hasLifecycle = true
  draft.lifecycle = {
    ...entry(before, to, event),
    review,
    level,
    reviewType,
    codeStatus,
    lastRequestAt,
    lastReviewAt,
    nextReviewDate,
    assuredAt: isEcho || event.weaklyDated ? before.assuredAt : event.occurredAt,
    newestReviewAt,
    newestSignedAt,
  }
}

/**
 * Something about the user that cannot be read: where it may have decided, the life cycle that it belongs to is unknown,
 * and so is the one that governs, until they say more.
 */
export const hearUnread = (draft: Draft, statement: UnreadStatement, event: KycEvent, report: Report): void => {
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
