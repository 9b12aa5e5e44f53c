import * as E from 'fp-ts/lib/Either.js'
import { type KycEvent, readEvent } from '../event/kycEvent.ts'
import { comparePlaces } from '../event/order.ts'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../event/receiptCorrection.ts'
import type { StoredEvent, UnreadableEvent } from '../event/storedEvent.ts'
import type { UserId } from '../identifiers.ts'
import { formatMilliseconds, type Instant } from '../instant.ts'
import type { Anomaly } from '../state/anomaly.ts'
import {
  adopt,
  current,
  documentsIn,
  evolving,
  incomplete,
  type Reading,
  read,
  saysSomething,
  withUnreadable,
} from '../state/fold.ts'
import { initialState, type KycState } from '../state/kycState.ts'
import { shownName } from '../treezor/family.ts'
import { anomaliesOf, type Status, statusOf } from './currentStatus.ts'

/** How a user stood: the status and the state of each region. */
export interface Standing {
  readonly status: Status
  readonly verified: boolean
  readonly governedBy: 'legacy' | 'lifecycle'
  readonly legacy: string
  readonly lifecycle: string
  readonly documents: Readonly<Record<string, string>>
  readonly liveness: string
  readonly qes: string
  readonly videoConference: string
}

/** One event of the timeline, with what was believed just before and just after it was recorded here. */
export interface HistoryEntry {
  readonly eventId: string
  readonly name: string | null
  /** RFC 3339, UTC; `null` for an event that cannot be read. */
  readonly occurredAt: string | null
  /** When the delivery was first received here, and when it was appended. */
  readonly receivedAt: string | null
  readonly recordedAt: string | null
  /** Nothing but its receipt tells when it occurred. */
  readonly weaklyDated: boolean
  /** A wrong clock wrote its receipt: an operator has established what it counts as. */
  readonly corrected: boolean
  /** It came to be known as the user's after an event that it precedes. */
  readonly late: boolean
  readonly before: Standing
  readonly after: Standing
  /** What came to be odd with it, as known then; a late event may show another one in a new light. */
  readonly anomalies: readonly {
    readonly kind: Anomaly['kind'] | 'late-event'
    readonly eventId: string
    readonly detail: string
  }[]
}

/** An event in the order of arrival; `orphan` if it stands in the stream of the unattributed. */
export interface Arrival {
  readonly event: StoredEvent
  readonly orphan: boolean
}

const standing = (state: KycState): Standing => {
  const status = statusOf(state)
  return {
    status,
    verified: status === 'validated',
    governedBy: state.hasLifecycle ? 'lifecycle' : 'legacy',
    legacy: state.legacy.state,
    lifecycle: state.lifecycle.state,
    documents: Object.fromEntries(state.documents.map(({ documentId, state: of }) => [documentId, of])),
    liveness: current(state.liveness)?.state ?? 'none',
    qes: current(state.qes)?.state ?? 'none',
    videoConference: current(state.videoConference)?.state ?? 'none',
  }
}

/** A state is kept after so many events each: a late event costs what comes after it and no more than these. */
const EVENTS_BETWEEN_STATES = 64
/** What `late-event` means, for a person. */
const LATE = 'it came to be known after an event that it precedes'
/** After so many folded events somebody else may want a turn. */
const EVENTS_IN_A_TURN = 200

/** A fold that takes events in any order. */
class Timeline {
  readonly #readings: Reading[] = []
  /** `#states[n]` is the state after the first `n * EVENTS_BETWEEN_STATES` events. */
  readonly #states: KycState[]
  readonly #unreadable: UnreadableEvent[] = []
  /** The state with what cannot be read, until something more arrives. */
  #whole: KycState | null = null
  readonly #evolving = evolving()
  #complete = true
  /** The revision that the next event of the user's own stream has to have. */
  #next = 0
  #last: KycState

  constructor(userId: UserId) {
    this.#last = initialState(userId)
    this.#states = [this.#last]
  }

  get state(): KycState {
    if (this.#whole !== null) return this.#whole
    const state = withUnreadable(this.#last, this.#unreadable)
    this.#whole = this.#complete ? state : incomplete(state)
    return this.#whole
  }

  /** Notes which event of the user's own stream has arrived: whether one before it is missing. */
  arrived(revision: number): void {
    this.#whole = null
    this.#complete &&= revision === this.#next
    this.#next = revision + 1
  }

  /**
   * Puts `reading` where it belongs, in place of an earlier one of the same event: what an event without a user says of
   * him grows document by document, and goes where his own stream comes to say it. Returns whether it says more than
   * before; yields now and then while it folds anew what comes after it.
   */
  *add(reading: Reading): Generator<null, boolean> {
    const { adopted } = reading
    const earlier = adopted ? this.#readings.findIndex(({ event }) => event.eventId === reading.event.eventId) : -1
    const before = this.#readings[earlier]
    const more = reading.statements.length - (before?.statements.length ?? 0)
    if (adopted && more === 0 && reading.event.echoOf === (before ?? reading).event.echoOf) return false
    if (before !== undefined) this.#readings.splice(earlier, 1)
    const index = adopted && !saysSomething(reading) ? this.#readings.length : this.#insert(reading)
    const isLast = before === undefined && index === this.#readings.length - 1
    if (isLast) this.#evolve(reading, index + 1)
    else yield* this.#foldFrom(before === undefined ? index : Math.min(earlier, index))
    return !adopted || more > 0
  }

  /** Returns where it is put. */
  #insert(reading: Reading): number {
    let index = this.#readings.length
    for (; index > 0; index--) {
      const before = this.#readings[index - 1]
      if (before !== undefined && comparePlaces(before.place, reading.place) < 0) break
    }
    this.#readings.splice(index, 0, reading)
    return index
  }

  addUnreadable(event: UnreadableEvent): void {
    this.#whole = null
    this.#unreadable.push(event)
    // In their order in the state: sorted already, they are sorted at once.
    this.#unreadable.sort((a, b) => (a.eventId < b.eventId ? -1 : 1))
  }

  #evolve(reading: Reading, count: number): void {
    this.#whole = null
    this.#last = this.#evolving(this.#last, reading)
    if (count % EVENTS_BETWEEN_STATES === 0) this.#states.push(this.#last)
  }

  *#foldFrom(index: number): Generator<null> {
    this.#states.length = Math.floor(index / EVENTS_BETWEEN_STATES) + 1
    const from = (this.#states.length - 1) * EVENTS_BETWEEN_STATES
    this.#whole = null
    this.#last = this.#states.at(-1) ?? this.#last
    for (let next = from; next < this.#readings.length; next++) {
      const reading = this.#readings[next]
      if (reading !== undefined) this.#evolve(reading, next + 1)
      if ((next - from) % EVENTS_IN_A_TURN === EVENTS_IN_A_TURN - 1) yield null
    }
  }
}

const key = ({ kind, eventId, detail }: Anomaly): string => JSON.stringify([kind, eventId, detail])

/** How many of the first anomalies two states share: a state that was not folded anew goes on with the list of another. */
const shared = (old: readonly Anomaly[], now: readonly Anomaly[]): number => {
  let [low, high] = [0, Math.min(old.length, now.length)]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (old[middle - 1] === now[middle - 1]) low = middle
    else high = middle - 1
  }
  return low
}

/** The anomalies of a state that the one before had not. What both share is passed over. */
const newAnomalies = (before: KycState, after: KycState): readonly Anomaly[] => {
  const [old, now] = [anomaliesOf(before), anomaliesOf(after)]
  const from = shared(old, now)
  const known = new Set(old.slice(from).map(key))
  return now.slice(from).filter((anomaly) => !known.has(key(anomaly)))
}

const time = (instant: Instant | undefined): string | null =>
  instant === undefined ? null : formatMilliseconds(instant)

/**
 * The timeline of a user, in the order in which his events were recorded here: what each of them changed, as known then.
 * A long one yields `null` now and then: a chance to let others have their turn, or to stop.
 */
export function* history(
  userId: UserId,
  arrivals: Iterable<Arrival>,
  corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS,
): Generator<HistoryEntry | null> {
  const timeline = new Timeline(userId)
  const owned = new Set<string>()
  const own: KycEvent[] = []
  const orphans: KycEvent[] = []

  /** What orphans say of the user, as far as it is known; those that may come to say something else wait for it. */
  const adopted = (events: readonly KycEvent[]): readonly Reading[] =>
    events.map((event) => {
      const reading = adopt(event, userId, owned, own)
      const { statements: named, orphans: ofNobody } = event.interpretation
      if (named.length > 0 || reading.statements.length < ofNobody.length) orphans.push(event)
      return reading
    })
  /** What becomes known of the user with the arrival of `event`. */
  const readingsWith = (event: KycEvent, orphan: boolean): readonly Reading[] => {
    const reading = read(event, userId)
    const known = owned.size
    for (const documentId of documentsIn(reading)) owned.add(documentId)
    if (!orphan) own.push(event)
    const changes = owned.size > known || orphans.some(({ payloadHash }) => payloadHash === event.payloadHash)
    return [...(orphan ? adopted([event]) : [reading]), ...(changes ? adopted(orphans.splice(0)) : [])]
  }

  for (const { event: stored, orphan } of arrivals) {
    const before = timeline.state
    if (!orphan) timeline.arrived(stored.revision)
    const decoded = readEvent(stored, corrections)
    const event = E.isRight(decoded) ? decoded.right : undefined
    if (E.isLeft(decoded)) timeline.addUnreadable(decoded.left)
    const news: Reading[] = []
    for (const reading of event === undefined ? [] : readingsWith(event, orphan)) {
      if (yield* timeline.add(reading)) news.push(reading)
    }
    const late = news.filter(({ place }) => before.last !== null && comparePlaces(place, before.last) < 0)

    const after = timeline.state
    const { eventId } = stored
    yield {
      eventId,
      name: shownName(event?.webhook.name ?? null),
      occurredAt: time(event?.occurredAt),
      receivedAt: time(event?.receivedAt),
      recordedAt: time(event?.recordedAt),
      weaklyDated: event?.weaklyDated ?? false,
      corrected: event?.corrected ?? false,
      late: late.some(({ event: of }) => of.eventId === eventId),
      before: standing(before),
      after: standing(after),
      anomalies: [
        ...late.map(({ event: of }) => ({ kind: 'late-event' as const, eventId: of.eventId, detail: LATE })),
        ...newAnomalies(before, after).map(({ kind, eventId: of, detail }) => ({ kind, eventId: of, detail })),
        ...(event === undefined
          ? [{ kind: 'unreadable-event' as const, eventId, detail: 'this version cannot read it' }]
          : []),
      ],
    }
  }
}
