import type { HeardEvent } from '../event/kycEvent.ts'
import { comparePlaces, type Place } from '../event/order.ts'
import { OBSERVED, RELEASE_REQUESTED } from '../event/ownEvent.ts'
import type { UnreadableEvent } from '../event/storedEvent.ts'
import type { UserId } from '../identifiers.ts'
import type { Statement } from '../treezor/statement.ts'
import type { Draft, Report } from './draft.ts'
import { copying, type Growth, HASH_DIGITS, inPlace } from './growth.ts'
import { hear } from './hear.ts'
import { hearRelease, hearRequest } from './heldBack.ts'
import { keepingWith } from './keeping.ts'
import { initialState, type KycState } from './kycState.ts'
import { hearObservation } from './observed.ts'
import type { OwnReading, Reading, WebhookReading } from './reading.ts'
import { overlaidWord } from './word.ts'

/** Whether an event belongs behind all that has been folded: only then may it be folded on top. */
export const isInOrder = (state: KycState, next: Place): boolean =>
  state.last === null || comparePlaces(state.last, next) < 0

/** What `user-unknown` means, for a person. */
const ADOPTED =
  'whose it is was not known when it was recorded: it was attributed by its document, or by a version that reads more of it'

const AFTER_CLOSURE =
  'the provider has closed the user for good: followed in its region, it changes nothing of the status'

/**
 * Whether something was decided by a statement, followed or not. An echo decides nothing: whoever has captured a refusal dates it as he
 * likes, and would keep a validation from being followed, and its life cycle from governing.
 */
const decides = (statement: Statement, { echoOf }: HeardEvent): boolean => {
  if (echoOf !== null) return false
  switch (statement.region) {
    case 'legacy':
    case 'lifecycle':
      return statement.says !== 'none' && statement.says !== 'pending'
    case 'unread':
      return statement.decides
    default:
      return false
  }
}

const checkWebhookId = (draft: Draft, { webhookId, payloadHash }: HeardEvent, growth: Growth, report: Report): void => {
  if (webhookId === null) return
  const entry = payloadHash.slice(0, HASH_DIGITS) + webhookId
  if (growth.firstEntry(draft, webhookId, entry) !== entry) {
    report('webhook-id-reused', 'its webhook_id came with another payload before: ids are not signed')
  }
}

const takeWebhook = (draft: Draft, reading: WebhookReading, growth: Growth, report: Report): void => {
  const { event, statements } = reading
  // An adopted event has its revision in another stream.
  if (!reading.adopted && event.revision > draft.revision) draft.revision = event.revision
  draft.keeping = keepingWith(draft.keeping, event, statements)
  if (statements.length === 0) draft.unreadable = [...draft.unreadable, event.eventId].sort()
  if (reading.adopted) report('user-unknown', ADOPTED)
  for (const { kind, detail } of reading.remarks) report(kind, detail)
  checkWebhookId(draft, event, growth, report)
  if (draft.closed !== null && statements.length > 0) report('after-closure', AFTER_CLOSURE)
  for (const statement of statements) {
    hear(draft, statement, reading, report)
    draft.wasDecided ||= decides(statement, event)
  }
}

/** What this service wrote itself is no word of the provider's: how long the user has to be kept does not depend on it. */
const takeOwn = (draft: Draft, { event }: OwnReading, report: Report): void => {
  if (event.revision > draft.revision) draft.revision = event.revision
  const { says } = event
  if (says.type === OBSERVED) return hearObservation(draft, says.data, event, report)
  if (says.type === RELEASE_REQUESTED) return hearRequest(draft, says.data, event)
  if (draft.closed !== null) report('after-closure', AFTER_CLOSURE)
  hearRelease(draft, says.data, event, report)
}

/** Takes one event into the draft of a state. */
const take = (draft: Draft, reading: Reading, growth: Growth): void => {
  const { event } = reading
  const report: Report = (kind, detail) => {
    draft.anomalies = growth.add(draft.anomalies, { kind, eventId: event.eventId, at: event.occurredAt, detail })
  }
  draft.events += 1
  draft.last = reading.place
  if (reading._tag === 'OwnReading') takeOwn(draft, reading, report)
  else takeWebhook(draft, reading, growth, report)
  const status = overlaidWord(draft)
  if (status !== draft.word.status) draft.word = { status, since: event.occurredAt }
}

/**
 * One event on top of a state. `reading` must be in order (`isInOrder`). An event that was attributed to the user and of
 * which this version makes nothing is as uncertain as one it cannot read. Pure and total.
 */
export const evolve = (state: KycState, reading: Reading): KycState => {
  const draft: Draft = { ...state }
  take(draft, reading, copying)
  return draft
}

/**
 * `evolve` of states that follow on each other from the first event on, each given the one that it gave last: they share their lists of
 * anomalies and of `webhook_id`s, which are right in the last one alone.
 */
export const evolving =
  (growth: Growth = inPlace()): typeof evolve =>
  (state, reading) => {
    const draft: Draft = { ...state }
    take(draft, reading, growth)
    return draft
  }

/** All of a history at once, in the order of the fold: the same as `evolve` one after the other. */
export const evolveAll = (userId: UserId, readings: readonly Reading[]): KycState => {
  const draft: Draft = initialState(userId)
  const growth = inPlace()
  for (const reading of readings) take(draft, reading, growth)
  return draft
}

/** After so many folded events somebody else may want a turn. */
const EVENTS_IN_A_TURN = 200

/** The same as `evolveAll`, of a long history: yields now and then, a chance to let others have their turn, or to stop. */
export function* evolvingAll(userId: UserId, readings: readonly Reading[]): Generator<null, KycState> {
  const draft: Draft = initialState(userId)
  const growth = inPlace()
  for (const [index, reading] of readings.entries()) {
    if (index % EVENTS_IN_A_TURN === EVENTS_IN_A_TURN - 1) yield null
    take(draft, reading, growth)
  }
  return draft
}

const idsWith = (
  before: readonly string[],
  events: readonly UnreadableEvent[],
  tag: UnreadableEvent['_tag'],
): readonly string[] => {
  const ids = events.filter(({ _tag }) => _tag === tag).map(({ eventId }) => eventId)
  return ids.length === 0 ? before : [...before, ...ids].sort()
}

/** Events that cannot be read, or were altered, have no place in the order: they are counted, and make the whole uncertain. */
export const withUnreadable = (state: KycState, events: readonly UnreadableEvent[]): KycState =>
  events.length === 0
    ? state
    : {
        ...state,
        events: state.events + events.length,
        revision: events.reduce((highest, { revision }) => Math.max(highest, revision), state.revision),
        unreadable: idsWith(state.unreadable, events, 'UnreadableEvent'),
        altered: idsWith(state.altered, events, 'AlteredEvent'),
      }
