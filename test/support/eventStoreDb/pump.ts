import { randomUUID } from 'node:crypto'
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js'
import type { Log } from './log.ts'
import type { LogEvent } from './logEvent.ts'
import {
  caughtUpMessage,
  checkpointMessage,
  confirmationMessage,
  eventMessage,
  fellBehindMessage,
  isAfter,
  type Place,
  placeOf,
} from './messages.ts'

export type Start = 'start' | 'end' | Place

/** Streams by prefix of their names; `window` and `interval` count events of the log, wanted or not. */
export interface Filter {
  readonly prefixes: readonly string[]
  readonly window: number
  readonly interval: number
}

/** The server hands out at most this many events of one look into the log. */
const PAGE = 32
/** Even then a real log holds records of its own, so a subscription from the start looks into it. */
const LOG_WITHOUT_EVENTS: Place = { commit: 0n, prepare: 0n }
const BEFORE_ALL: Place = { commit: -1n, prepare: -1n }

/** Index of the first event at or after a place; null for a place that is inside an event. */
export const indexFrom = (log: Log, start: Start): number | null => {
  if (start === 'start') return 0
  if (start === 'end') return log.events.length
  const index = log.events.findIndex((event) => !isAfter(start, placeOf(event)))
  if (index === -1) return log.events.length
  return start.commit <= 0n || log.hasStood(start.commit) ? index : null
}

/** Reads the log for one subscription: what stands there in pages, then what comes. */
export class Pump {
  readonly #log: Log
  readonly #filter: Filter | null
  readonly #send: (message: ReadResp) => Promise<void>
  readonly #signal: AbortSignal
  /** The last event or checkpoint sent. */
  #at = BEFORE_ALL
  #lastCheckpoint: Place | null = null
  #behind = false

  constructor(log: Log, filter: Filter | null, send: (message: ReadResp) => Promise<void>, signal: AbortSignal) {
    this.#log = log
    this.#filter = filter
    this.#send = send
    this.#signal = signal
  }

  /** Returns only when the log cannot be read from there. */
  async run(start: Start): Promise<void> {
    const { events } = this.#log
    const last = events.at(-1)
    const end = last === undefined ? LOG_WITHOUT_EVENTS : placeOf(last)
    await this.#send(confirmationMessage(randomUUID()))
    if (start === 'end') this.#at = end
    else if (start !== 'start') this.#at = start

    let next = events.length
    if (isAfter(end, this.#at)) {
      const first = indexFrom(this.#log, this.#at)
      if (first === null) return
      next = await this.#catchUp(first)
    }
    await this.#live(next)
  }

  fallBehind(): void {
    this.#behind = true
    this.#log.wake()
  }

  /**
   * Checkpoints stay behind here, as they do in EventStoreDB: each names where its page began or the last event sent, and
   * the one at the end of the log does not name the end. Where nothing was sent yet, it names 2^64 - 1; 25.0 names 0/0, and
   * at the end where the last page began.
   */
  async #catchUp(first: number): Promise<number> {
    const { events } = this.#log
    let considered = 0
    for (let begin = first; ; ) {
      const [wanted, end] = this.#page(begin)
      for (const event of wanted) await this.#event(event)
      considered += end - begin
      const began = { commit: begin === 0 ? 0n : (events[begin]?.position ?? 0n), prepare: 0n }
      if (this.#log.version === '25.0' && isAfter(began, this.#at)) this.#at = began
      if (end >= events.length) {
        await this.#checkpoint(this.#at)
        return end
      }
      if (this.#filter !== null && considered >= this.#filter.interval) {
        considered %= this.#filter.interval
        if (isAfter(began, this.#at)) this.#at = began
        await this.#checkpoint(this.#at)
      }
      begin = end
    }
  }

  async #live(first: number): Promise<never> {
    const { events } = this.#log
    let considered = 0
    await this.#send(caughtUpMessage())
    let seen = events[first - 1]
    for (let next = first; ; ) {
      if (events[next - 1] !== seen && seen !== undefined) next = this.#behindEvent(seen)
      for (let event = events[next]; event !== undefined; event = events[next]) {
        next += 1
        seen = event
        if (this.#wants(event)) await this.#event(event)
        if (events[next - 1] !== event) next = this.#behindEvent(event)
        considered += 1
        if (this.#filter !== null && considered % this.#filter.interval === 0) await this.#checkpoint(placeOf(event))
      }
      if (this.#behind) {
        this.#behind = false
        await this.#send(fellBehindMessage())
        await this.#checkpoint(this.#at)
        await this.#send(caughtUpMessage())
      }
      if (next >= events.length) await this.#log.grown(this.#signal)
    }
  }

  /** Where the log goes on behind an event, of which a scavenge may have taken out what stood before it, and itself. */
  #behindEvent(event: LogEvent): number {
    const index = this.#log.events.findIndex((other) => isAfter(placeOf(other), placeOf(event)))
    return index === -1 ? this.#log.events.length : index
  }

  /** Events to send, and the index where the next page begins. */
  #page(begin: number): [readonly LogEvent[], number] {
    const window = this.#filter?.window ?? PAGE
    const wanted: LogEvent[] = []
    let end = begin
    for (const event of this.#log.events.slice(begin, begin + window)) {
      if (wanted.length === PAGE) break
      if (this.#wants(event)) wanted.push(event)
      end += 1
    }
    return [wanted, end]
  }

  #wants(event: LogEvent): boolean {
    return this.#filter === null || this.#filter.prefixes.some((prefix) => event.stream.startsWith(prefix))
  }

  async #event(event: LogEvent): Promise<void> {
    const place = placeOf(event)
    if (!isAfter(place, this.#at)) return
    this.#at = place
    await this.#send(eventMessage(event))
  }

  /** No checkpoint is sent twice, and none that lies before an earlier one. */
  async #checkpoint(place: Place): Promise<void> {
    if (this.#filter === null) return
    if (isAfter(place, this.#at)) this.#at = place
    const sent = { commit: BigInt.asUintN(64, place.commit), prepare: BigInt.asUintN(64, place.prepare) }
    if (this.#lastCheckpoint !== null && !isAfter(sent, this.#lastCheckpoint)) return
    this.#lastCheckpoint = sent
    await this.#send(checkpointMessage(sent))
  }
}
