import { EventEmitter, once } from 'node:events'

/** One append holds at most this many bytes of `data`. EventStoreDB does not count the metadata. */
const LARGEST_APPEND = 1_048_576

export interface ProposedEvent {
  readonly id: string
  readonly type: string
  readonly contentType: string
  readonly data: Uint8Array
  readonly metadata: Uint8Array
}

export interface LogEvent extends ProposedEvent {
  readonly stream: string
  readonly revision: number
  /** Commit position and prepare position: for an event both are the same number. */
  readonly position: bigint
  readonly created: Date
}

export type Expected = 'any' | 'no-stream' | 'stream-exists' | number

export interface AppendRequest {
  readonly stream: string
  readonly expected: Expected
  readonly events: readonly ProposedEvent[]
}

export type Outcome =
  | { readonly _tag: 'Appended'; readonly last: LogEvent }
  | { readonly _tag: 'WrongExpectedVersion'; readonly actual: 'no-stream' | number }
  | { readonly _tag: 'TooLarge'; readonly limit: number }

/** What an append too large is told. */
export const tooLarge: Outcome = { _tag: 'TooLarge', limit: LARGEST_APPEND }

/** The log of the double, kept in memory, and the server's rules of appending. */
export class Log {
  readonly events: LogEvent[] = []
  readonly #streams = new Map<string, LogEvent[]>()
  readonly #growth = new EventEmitter<{ grown: [] }>().setMaxListeners(0)
  /** A real log begins with records of its own, so no event stands at 0. */
  #nextPosition = 512n

  constructor(backup: readonly LogEvent[] = []) {
    for (const event of backup) this.#write(event.stream, event)
  }

  stream(name: string): readonly LogEvent[] {
    return this.#streams.get(name) ?? []
  }

  /**
   * A repetition is told by its place, not by the ids alone: at the expected revision the same ids stand already.
   * At the head of the stream there is nothing to compare with, so a known id is written again.
   */
  append({ stream, expected, events }: AppendRequest): Outcome {
    if (events.reduce((size, event) => size + event.data.length, 0) > LARGEST_APPEND) return tooLarge

    const standing = this.stream(stream)
    const place = placeOf(expected, events, standing)
    if (place === standing.length) {
      const last = events.map((event) => this.#write(stream, event)).at(-1)
      this.#growth.emit('grown')
      if (last !== undefined) return { _tag: 'Appended', last }
    }
    const last = standing[place + events.length - 1]
    const repeated = events.every((event, index) => standing[place + index]?.id === event.id)
    if (last !== undefined && repeated) return { _tag: 'Appended', last }
    return { _tag: 'WrongExpectedVersion', actual: standing.length === 0 ? 'no-stream' : standing.length - 1 }
  }

  /** Waits until more events stand in the log, or until someone wakes its readers. */
  async grown(signal: AbortSignal): Promise<void> {
    await once(this.#growth, 'grown', { signal })
  }

  wake(): void {
    this.#growth.emit('grown')
  }

  #write(stream: string, proposed: ProposedEvent): LogEvent {
    const standing = this.#streams.get(stream) ?? []
    const event = { ...proposed, stream, revision: standing.length, position: this.#nextPosition, created: new Date() }
    this.#streams.set(stream, standing)
    standing.push(event)
    this.events.push(event)
    this.#nextPosition += BigInt(100 + event.data.length + event.metadata.length)
    return event
  }
}

/** The revision at which the first event of an append would stand; -1 when the stream cannot take it anywhere. */
const placeOf = (expected: Expected, events: readonly ProposedEvent[], standing: readonly LogEvent[]): number => {
  if (expected === 'no-stream') return 0
  if (typeof expected === 'number') return expected + 1
  if (expected === 'stream-exists' && standing.length === 0) return -1
  const known = standing.findIndex((event) => event.id === events[0]?.id)
  return known === -1 ? standing.length : known
}
