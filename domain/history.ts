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
  /** What was odd about it as known then. */
  readonly anomalies: readonly { readonly kind: Anomaly['kind'] | 'late-event'; readonly detail: string }[]
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

/** A fold that keeps the state after each event, so that a late one costs only what comes after it. */
class Timeline {
  readonly #readings: Reading[] = []
  readonly #states: KycState[] = []
  readonly #unreadable: UnreadableEvent[] = []
  readonly #initial: KycState

  constructor(userId: UserId) {
    this.#initial = initialState(userId)
  }

  get state(): KycState {
    return this.#unreadable.reduce(evolveUnreadable, this.#states.at(-1) ?? this.#initial)
  }

  /** Whether `reading` was late. */
  add(reading: Reading): boolean {
    let index = this.#readings.length
    for (; index > 0; index--) {
      const before = this.#readings[index - 1]
      if (before !== undefined && comparePlaces(before.place, reading.place) < 0) break
    }
    const late = index < this.#readings.length
    this.#readings.splice(index, 0, reading)
    this.#states.length = index
    for (const one of this.#readings.slice(index)) this.#states.push(evolve(this.#states.at(-1) ?? this.#initial, one))
    return late
  }

  addUnreadable(event: UnreadableEvent): void {
    this.#unreadable.push(event)
  }
}

const time = (instant: Instant | undefined): string | null =>
  instant === undefined ? null : formatMilliseconds(instant)

/** The timeline of a user, in the order in which his events were recorded here: what each of them changed, as known then. */
export function* history(userId: UserId, arrivals: Iterable<Arrival>): Generator<HistoryEntry> {
  const timeline = new Timeline(userId)
  const owned = new Set<string>()
  let orphans: KycEvent[] = []

  /** Orphans wait until their document is known to be the user's. */
  const takeOrphans = (): void => {
    orphans = orphans.filter((orphan) => {
      const reading = adopt(orphan, userId, owned)
      if (reading !== null) timeline.add(reading)
      return reading === null
    })
  }
  const take = (event: KycEvent): boolean => {
    const reading = read(event, userId)
    const late = timeline.add(reading)
    for (const documentId of documentsIn(reading)) owned.add(documentId)
    takeOrphans()
    return late
  }
  const takeOrphan = (event: KycEvent): boolean => {
    const reading = adopt(event, userId, owned)
    if (reading !== null) return timeline.add(reading)
    orphans.push(event)
    return false
  }

  for (const { event: stored, orphan } of arrivals) {
    const before = timeline.state
    const decoded = readEvent(stored)
    const event = E.isRight(decoded) ? decoded.right : undefined
    let late = false
    if (E.isLeft(decoded)) timeline.addUnreadable(decoded.left)
    else late = orphan ? takeOrphan(decoded.right) : take(decoded.right)

    const after = timeline.state
    const found = anomaliesOf(after).filter(({ eventId }) => eventId === stored.eventId)
    yield {
      eventId: stored.eventId,
      name: event?.webhook.name ?? null,
      occurredAt: time(event?.occurredAt),
      recordedAt: time(event?.recordedAt),
      late,
      before: standing(before),
      after: standing(after),
      anomalies: [
        ...(late ? [{ kind: 'late-event' as const, detail: 'it arrived after an event that it precedes' }] : []),
        ...found.map(({ kind, detail }) => ({ kind, detail })),
        ...(event === undefined ? [{ kind: 'unreadable-event' as const, detail: 'this version cannot read it' }] : []),
      ],
    }
  }
}
