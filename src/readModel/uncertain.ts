import type { UserId } from '../../domain/identifiers.ts'
import type { AnomalyKind } from '../../domain/state/anomaly.ts'
import { initialState, type KycState, withFlaw } from '../../domain/state/kycState.ts'
import { isNotAsSealed, isStoreDamaged, isStreamUnreadable } from '../eventStore/readFailure.ts'
import type { Revision, StreamName } from '../eventStore/recordedEvent.ts'

/** Why nothing is certain about a user whose events cannot be read, or whom this version fails on. */
export type Uncertainty = Extract<
  AnomalyKind,
  'history-damaged' | 'history-removed' | 'not-as-sealed' | 'unreadable-event'
>

/** A stream of whose user nothing is certain, for the log. */
export interface Uncertain {
  readonly stream: StreamName
  readonly kind: Uncertainty | 'event-altered'
  /** Where the code failed, or what the store says; nothing of what the events hold. */
  readonly reason: string
}

const DETAIL: Readonly<Record<Uncertainty, string>> = {
  'history-damaged': 'events of the stream cannot be read, the event log is damaged: the status is not certain',
  'history-removed':
    'events of the stream were deleted, cut off or hidden in the event store: the status is not certain',
  'not-as-sealed':
    'the log is not the one that was sealed, from before an event of the stream on: the status is not certain',
  'unreadable-event': 'this version fails on the events of the stream: the status is not certain',
}

/** The state of a user of whom nothing can be told but that he has events, up to `revision`. */
export const uncertainState = (userId: UserId, kind: Uncertainty, revision: Revision): KycState =>
  withFlaw({ ...initialState(userId), revision }, kind, DETAIL[kind])

/** The name of an error and where it was thrown, without its message: that may quote the event. */
const placeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'not an Error'
  const frame = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at '))
  return `${error.name} ${frame?.trim() ?? ''}`.trim()
}

const LISTED = 10

/** Of the user of a stream nothing is certain while these events of it are not what was received. */
export const alteredIn = (stream: StreamName, eventIds: readonly string[]): Uncertain => ({
  stream,
  kind: 'event-altered',
  reason: `the payload is not the one that was received: ${eventIds.slice(0, LISTED).join(', ')}${eventIds.length > LISTED ? ', …' : ''}`,
})

const UNFOLDABLE = 'EVENTS_UNFOLDABLE'

/** What the domain throws over the events of one user, marked as that. */
export const unfoldable = (cause: unknown): Error =>
  Object.assign(new Error('this version fails on the events of a user', { cause }), { code: UNFOLDABLE })

/** What an error costs one user and no other; `null` where it is not about the events of one. */
export const uncertaintyOf = (error: unknown): { readonly kind: Uncertainty; readonly reason: string } | null => {
  if (isStoreDamaged(error)) return { kind: 'history-damaged', reason: error.message }
  if (isStreamUnreadable(error)) return { kind: 'history-removed', reason: error.message }
  if (isNotAsSealed(error)) return { kind: 'not-as-sealed', reason: error.message }
  return error instanceof Error && 'code' in error && error.code === UNFOLDABLE
    ? { kind: 'unreadable-event', reason: placeOf(error.cause) }
    : null
}
