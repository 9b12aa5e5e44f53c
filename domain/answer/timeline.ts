import { comparePlaces } from '../event/order.ts'
import type { UnreadableEvent } from '../event/storedEvent.ts'
import type { UserId } from '../identifiers.ts'
import type { Anomaly } from '../state/anomaly.ts'
import { evolving, withUnreadable } from '../state/evolve.ts'
import { incomplete } from '../state/fold.ts'
import { inPlace, type Lengths } from '../state/growth.ts'
import { initialState, type KycState } from '../state/kycState.ts'
import { type Reading, saysSomething, type WebhookReading } from '../state/reading.ts'
import type { OddChange } from './newAnomalies.ts'

/** A state is kept after so many events each: a late event costs what comes after it and no more than these. */
const EVENTS_BETWEEN_STATES = 64
/** No more than so many are kept: each holds a list of his documents, and those of a long history stand farther apart. */
const STATES_KEPT = 256

/** After so many folded events somebody else may want a turn. */
const EVENTS_IN_A_TURN = 200

/** A state on the way, and how much of the lists that all of them share was there then. */
interface Kept extends Lengths {
  readonly state: KycState
}

const kept = (state: KycState): Kept => ({
  state,
  anomalies: state.anomalies.length,
  webhookIds: state.webhookIds.length,
})

/** A fold that takes events in any order. */
export class Timeline {
  readonly #readings: Reading[] = []
  /** `#states[n]` is the state after the first `n * #between` events. */
  #states: Kept[]
  #between = EVENTS_BETWEEN_STATES
  readonly #most: number
  readonly #unreadable: UnreadableEvent[] = []
  /** The state with what cannot be read, until something more arrives. */
  #whole: KycState | null = null
  readonly #growth = inPlace()
  readonly #evolving = evolving(this.#growth)
  /** So many anomalies have stood since something arrived last; `#gone` were behind them. */
  #stood = 0
  #gone: readonly Anomaly[] = []
  #complete = true
  /** The revision that the next event of the user's own stream has to have. */
  #next = 0
  #last: KycState

  /** `most`: so many states are kept, an even number. */
  constructor(userId: UserId, most: number = STATES_KEPT) {
    this.#most = most
    this.#last = initialState(userId)
    this.#states = [kept(this.#last)]
  }

  /** Its lists of anomalies and of `webhook_id`s go on growing: they are right until the next event is added. */
  get state(): KycState {
    if (this.#whole !== null) return this.#whole
    const state = withUnreadable(this.#last, this.#unreadable)
    this.#whole = this.#complete ? state : incomplete(state)
    return this.#whole
  }

  /** What has come to be odd, or is so no more, since something arrived last. */
  get odd(): OddChange {
    return { gone: this.#gone, come: this.#last.anomalies.slice(this.#stood) }
  }

  /** Notes that an event has arrived, and of the user's own stream which one: whether one before it is missing. */
  arrived(revision: number | null): void {
    this.#stood = this.#last.anomalies.length
    this.#gone = []
    if (revision === null) return
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
    if (reading._tag === 'WebhookReading' && reading.adopted) return yield* this.#addAdopted(reading)
    const index = this.#insert(reading)
    if (index === this.#readings.length - 1) this.#evolve(reading, index + 1)
    else yield* this.#foldFrom(index)
    return true
  }

  *#addAdopted(reading: WebhookReading): Generator<null, boolean> {
    const earlier = this.#readings.findIndex(({ event }) => event.eventId === reading.event.eventId)
    const before = this.#readings[earlier] as WebhookReading | undefined
    const more = reading.statements.length - (before?.statements.length ?? 0)
    if (more === 0 && reading.event.echoOf === (before ?? reading).event.echoOf) return false
    if (before !== undefined) this.#readings.splice(earlier, 1)
    const index = saysSomething(reading) ? this.#insert(reading) : this.#readings.length
    const isLast = before === undefined && index === this.#readings.length - 1
    if (isLast) this.#evolve(reading, index + 1)
    else yield* this.#foldFrom(before === undefined ? index : Math.min(earlier, index))
    return more > 0
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
    if (count % this.#between !== 0) return
    this.#states.push(kept(this.#last))
    if (this.#states.length <= this.#most) return
    this.#states = this.#states.filter((_, index) => index % 2 === 0)
    this.#between *= 2
  }

  #goBackTo(to: Kept): void {
    const gone = this.#growth.cut(this.#last, to)
    // Of those that came since something arrived nobody has been told.
    this.#gone = [...gone.slice(0, Math.max(0, this.#stood - to.anomalies)), ...this.#gone]
    this.#stood = Math.min(this.#stood, to.anomalies)
    this.#last = to.state
  }

  *#foldFrom(index: number): Generator<null> {
    this.#states.length = Math.floor(index / this.#between) + 1
    const from = (this.#states.length - 1) * this.#between
    this.#whole = null
    this.#goBackTo(this.#states.at(-1) ?? kept(this.#last))
    for (let next = from; next < this.#readings.length; next++) {
      const reading = this.#readings[next]
      if (reading !== undefined) this.#evolve(reading, next + 1)
      if ((next - from) % EVENTS_IN_A_TURN === EVENTS_IN_A_TURN - 1) yield null
    }
  }
}
