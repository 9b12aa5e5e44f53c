import { comparePlaces } from '../event/order.ts'
import type { UnreadableEvent } from '../event/storedEvent.ts'
import type { UserId } from '../identifiers.ts'
import { evolving, withUnreadable } from '../state/evolve.ts'
import { incomplete } from '../state/fold.ts'
import { initialState, type KycState } from '../state/kycState.ts'
import { type Reading, saysSomething, type WebhookReading } from '../state/reading.ts'

/** A state is kept after so many events each: a late event costs what comes after it and no more than these. */
const EVENTS_BETWEEN_STATES = 64
/** No more than so many are kept: each holds lists that grow with the history, and those of a long one stand farther apart. */
const STATES_KEPT = 256

/** After so many folded events somebody else may want a turn. */
const EVENTS_IN_A_TURN = 200

/** A fold that takes events in any order. */
export class Timeline {
  readonly #readings: Reading[] = []
  /** `#states[n]` is the state after the first `n * #between` events. */
  #states: KycState[]
  #between = EVENTS_BETWEEN_STATES
  readonly #most: number
  readonly #unreadable: UnreadableEvent[] = []
  /** The state with what cannot be read, until something more arrives. */
  #whole: KycState | null = null
  readonly #evolving = evolving()
  #complete = true
  /** The revision that the next event of the user's own stream has to have. */
  #next = 0
  #last: KycState

  /** `most`: so many states are kept, an even number. */
  constructor(userId: UserId, most: number = STATES_KEPT) {
    this.#most = most
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
    this.#states.push(this.#last)
    if (this.#states.length <= this.#most) return
    this.#states = this.#states.filter((_, index) => index % 2 === 0)
    this.#between *= 2
  }

  *#foldFrom(index: number): Generator<null> {
    this.#states.length = Math.floor(index / this.#between) + 1
    const from = (this.#states.length - 1) * this.#between
    this.#whole = null
    this.#last = this.#states.at(-1) ?? this.#last
    for (let next = from; next < this.#readings.length; next++) {
      const reading = this.#readings[next]
      if (reading !== undefined) this.#evolve(reading, next + 1)
      if ((next - from) % EVENTS_IN_A_TURN === EVENTS_IN_A_TURN - 1) yield null
    }
  }
}
