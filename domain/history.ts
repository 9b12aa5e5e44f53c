import * as E from 'fp-ts/lib/Either.js'
import type { Anomaly } from './anomaly.ts'
import { anomaliesOf, type Status, statusOf } from './currentStatus.ts'
import { adopt, current, documentsIn, evolve, evolveUnreadable, type Reading, read } from './fold.ts'
import type { UserId } from './identifiers.ts'
import { formatMilliseconds, type Instant } from './instant.ts'
import { type KycEvent, readEvent, type StoredEvent, type UnreadableEvent } from './kycEvent.ts'
import { initialState, type KycState } from './kycState.ts'
import { comparePlaces } from './order.ts'

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
  readonly recordedAt: string | null
  /** It arrived after an event that it precedes. */
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

/** An event in the order of arrival; `orphan` if it names no user. */
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
/** After so many folded events somebody else may want a turn. */
const EVENTS_IN_A_TURN = 200

/** A fold that takes events in any order. */
class Timeline {
  readonly #readings: Reading[] = []
  /** `#states[n]` is the state after the first `n * EVENTS_BETWEEN_STATES` events. */
  readonly #states: KycState[]
  readonly #unreadable: UnreadableEvent[] = []
  #last: KycState

  constructor(userId: UserId) {
    this.#last = initialState(userId)
    this.#states = [this.#last]
  }

  get state(): KycState {
    return this.#unreadable.reduce(evolveUnreadable, this.#last)
  }

  /** Returns whether `reading` was late. Yields now and then while it folds anew what comes after it. */
  *add(reading: Reading): Generator<void, boolean> {
    let index = this.#readings.length
    for (; index > 0; index--) {
      const before = this.#readings[index - 1]
      if (before !== undefined && comparePlaces(before.place, reading.place) < 0) break
    }
    const late = index < this.#readings.length
    this.#readings.splice(index, 0, reading)
    if (late) yield* this.#foldFrom(index)
    else this.#evolve(reading, index + 1)
    return late
  }

  addUnreadable(event: UnreadableEvent): void {
    this.#unreadable.push(event)
  }

  #evolve(reading: Reading, count: number): void {
    this.#last = evolve(this.#last, reading)
    if (count % EVENTS_BETWEEN_STATES === 0) this.#states.push(this.#last)
  }

  *#foldFrom(index: number): Generator<void> {
    this.#states.length = Math.floor(index / EVENTS_BETWEEN_STATES) + 1
    const from = (this.#states.length - 1) * EVENTS_BETWEEN_STATES
    this.#last = this.#states.at(-1) ?? this.#last
    for (let next = from; next < this.#readings.length; next++) {
      const reading = this.#readings[next]
      if (reading !== undefined) this.#evolve(reading, next + 1)
      if ((next - from) % EVENTS_IN_A_TURN === EVENTS_IN_A_TURN - 1) yield
    }
  }
}

const without = (anomalies: readonly Anomaly[], others: readonly Anomaly[]): readonly Anomaly[] => {
  const shared = new Set(others)
  return anomalies.filter((anomaly) => !shared.has(anomaly))
}

const key = ({ kind, eventId, detail }: Anomaly): string => JSON.stringify([kind, eventId, detail])

/** The anomalies of a state that the one before had not. What was not folded anew is shared by both, and passed over. */
const newAnomalies = (before: KycState, after: KycState): readonly Anomaly[] => {
  const [old, now] = [anomaliesOf(before), anomaliesOf(after)]
  const known = new Set(without(old, now).map(key))
  return without(now, old).filter((anomaly) => !known.has(key(anomaly)))
}

/** Names are not signed: one that is not of a name's form could be anything. */
const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,99}$/
const shownName = (name: string | null | undefined): string | null =>
  name !== null && name !== undefined && NAME.test(name) ? name : null

const time = (instant: Instant | undefined): string | null =>
  instant === undefined ? null : formatMilliseconds(instant)

/**
 * The timeline of a user, in the order in which his events were recorded here: what each of them changed, as known then.
 * A long one yields `null` now and then: a chance to let others have their turn, or to stop.
 */
export function* history(userId: UserId, arrivals: Iterable<Arrival>): Generator<HistoryEntry | null> {
  const timeline = new Timeline(userId)
  const owned = new Set<string>()
  let orphans: KycEvent[] = []

  /** Orphans wait until their document is known to be the user's. */
  function* takeOrphans(): Generator<void> {
    const waiting = orphans
    orphans = []
    for (const orphan of waiting) {
      const reading = adopt(orphan, userId, owned)
      if (reading === null) orphans.push(orphan)
      else yield* timeline.add(reading)
    }
  }
  function* take(event: KycEvent): Generator<void, boolean> {
    const reading = read(event, userId)
    const late = yield* timeline.add(reading)
    const documents = documentsIn(reading).filter((documentId) => !owned.has(documentId))
    for (const documentId of documents) owned.add(documentId)
    if (documents.length > 0) yield* takeOrphans()
    return late
  }
  function* takeOrphan(event: KycEvent): Generator<void, boolean> {
    const reading = adopt(event, userId, owned)
    if (reading !== null) return yield* timeline.add(reading)
    orphans.push(event)
    return false
  }

  for (const { event: stored, orphan } of arrivals) {
    const before = timeline.state
    const decoded = readEvent(stored)
    const event = E.isRight(decoded) ? decoded.right : undefined
    let late = false
    if (E.isLeft(decoded)) timeline.addUnreadable(decoded.left)
    else {
      const taking = orphan ? takeOrphan(decoded.right) : take(decoded.right)
      let step = taking.next()
      for (; !step.done; step = taking.next()) yield null
      late = step.value
    }

    const after = timeline.state
    const { eventId } = stored
    yield {
      eventId,
      name: shownName(event?.webhook.name),
      occurredAt: time(event?.occurredAt),
      recordedAt: time(event?.recordedAt),
      late,
      before: standing(before),
      after: standing(after),
      anomalies: [
        ...(late
          ? [{ kind: 'late-event' as const, eventId, detail: 'it arrived after an event that it precedes' }]
          : []),
        ...newAnomalies(before, after).map(({ kind, eventId: of, detail }) => ({ kind, eventId: of, detail })),
        ...(event === undefined
          ? [{ kind: 'unreadable-event' as const, eventId, detail: 'this version cannot read it' }]
          : []),
      ],
    }
  }
}
