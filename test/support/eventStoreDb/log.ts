import { EventEmitter, once } from 'node:events'
import type { LogEvent, ProposedEvent } from './logEvent.ts'
import { METADATA_OF, SOFT_DELETED, type StreamMetadata, shown, TOMBSTONE } from './streamMetadata.ts'

/** One append holds at most so many bytes. */
const LARGEST_APPEND = 1_048_576

export type Expected = 'any' | 'no-stream' | 'stream-exists' | number

export interface AppendRequest {
  readonly stream: string
  readonly expected: Expected
  readonly events: readonly ProposedEvent[]
}

export type Outcome =
  | { readonly _tag: 'Appended'; readonly last: LogEvent }
  /** It stands there, and is shown no more. */
  | { readonly _tag: 'Remembered'; readonly revision: number }
  | { readonly _tag: 'WrongExpectedVersion'; readonly actual: 'no-stream' | number }
  | { readonly _tag: 'TooLarge'; readonly limit: number }
  | { readonly _tag: 'EventTooLarge'; readonly id: string; readonly size: number; readonly limit: number }
  | { readonly _tag: 'StreamDeleted' }

/** Which server's rules hold: 24.6 counts the data of an append, 25.0 an event with its metadata and its type. */
export type Version = '24.6' | '25.0'

/** A real log begins with records of its own, so no event stands at 0. */
const FIRST_POSITION = 512n

/** What an append too large is told. */
export const tooLarge: Outcome = { _tag: 'TooLarge', limit: LARGEST_APPEND }

/** The log of the double, kept in memory, and the server's rules of appending, cutting and deleting. */
export class Log {
  readonly version: Version
  readonly events: LogEvent[] = []
  readonly #streams = new Map<string, LogEvent[]>()
  readonly #metadata = new Map<string, StreamMetadata>()
  readonly #tombstones = new Set<string>()
  readonly #positions = new Set<bigint>()
  readonly #growth = new EventEmitter<{ grown: [] }>().setMaxListeners(0)
  #nextPosition: bigint

  constructor(version: Version, backup: readonly LogEvent[] = [], firstPosition: bigint = FIRST_POSITION) {
    this.version = version
    this.#nextPosition = firstPosition
    for (const event of backup) this.#write(event.stream, event)
  }

  /** What a stream shows: `null` for one that does not exist or was deleted softly. */
  stream(name: string): readonly LogEvent[] | 'deleted' | null {
    // With a stream its metadata are gone.
    if (this.#tombstones.has(name.startsWith(METADATA_OF) ? name.slice(METADATA_OF.length) : name)) return 'deleted'
    const standing = this.#streams.get(name) ?? []
    const left = shown(standing, this.#metadata.get(name) ?? {})
    return standing.length === 0 || (left.length === 0 && this.#isSoftlyDeleted(name)) ? null : left
  }

  /**
   * A repetition is told by its place, not by the ids alone: at the expected revision the same ids stand already, be they
   * shown or not. At the head of the stream there is nothing to compare with, so a known id is written again.
   */
  append({ stream, expected, events }: AppendRequest): Outcome {
    const oversized = this.#oversized(events)
    if (oversized !== null) return oversized
    if (this.#tombstones.has(stream)) return { _tag: 'StreamDeleted' }

    const standing = this.#streams.get(stream) ?? []
    const place = placeOf(expected, events, standing)
    const last = standing[place + events.length - 1]
    const repeated = last !== undefined && events.every((event, index) => standing[place + index]?.id === event.id)
    if (repeated) {
      const isShown = shown(standing, this.#metadata.get(stream) ?? {}).includes(last)
      return isShown ? { _tag: 'Appended', last } : { _tag: 'Remembered', revision: last.revision }
    }
    const again = this.#isSoftlyDeleted(stream) && (expected === 'no-stream' || place === standing.length)
    if (place !== standing.length && !again) {
      return { _tag: 'WrongExpectedVersion', actual: standing.length === 0 ? 'no-stream' : standing.length - 1 }
    }
    const first = standing.length
    const written = events.map((event) => this.#write(stream, event)).at(-1)
    if (again) this.#setMetadata(stream, { $tb: first })
    this.#growth.emit('grown')
    return written === undefined ? tooLarge : { _tag: 'Appended', last: written }
  }

  /** `false` where there is nothing to delete. */
  softDelete(stream: string): boolean {
    if (this.stream(stream) === null) return false
    this.#setMetadata(stream, { $tb: SOFT_DELETED })
    this.#growth.emit('grown')
    return true
  }

  /** The tombstone; where the stream stands (-1: nowhere) when it does not stand as expected. */
  tombstone(stream: string, expected: Expected = 'any'): LogEvent | number | 'deleted' {
    if (this.#tombstones.has(stream)) return 'deleted'
    const actual = (this.#streams.get(stream)?.length ?? 0) - 1
    if (expected !== 'any' && actual !== (expected === 'no-stream' ? -1 : expected)) return actual
    const nothing = { id: '00000000-0000-0000-0000-000000000000', data: new Uint8Array(), metadata: new Uint8Array() }
    this.#tombstones.add(stream)
    const event = { ...nothing, type: '$streamDeleted', contentType: 'application/octet-stream' }
    const last = this.#write(stream, event, TOMBSTONE)
    this.#growth.emit('grown')
    return last
  }

  /** Takes out of the log what the streams do not show, but for the last event of each that was not deleted for good. */
  scavenge(): void {
    const kept = this.events.filter((event) => {
      const standing = this.#streams.get(event.stream) ?? []
      if (event.revision === TOMBSTONE) return true
      if (this.#tombstones.has(event.stream)) return false
      return event === standing.at(-1) || shown(standing, this.#metadata.get(event.stream) ?? {}).includes(event)
    })
    this.events.splice(0, this.events.length, ...kept)
  }

  /** Whether an event was ever given this position: a scavenged chunk is read from there on as from the event that is next. */
  hasStood(position: bigint): boolean {
    return this.#positions.has(position)
  }

  /** Waits until more events stand in the log, or until someone wakes its readers. */
  async grown(signal: AbortSignal): Promise<void> {
    await once(this.#growth, 'grown', { signal })
  }

  wake(): void {
    this.#growth.emit('grown')
  }

  #isSoftlyDeleted(stream: string): boolean {
    return this.#metadata.get(stream)?.$tb === SOFT_DELETED
  }

  #oversized(events: readonly ProposedEvent[]): Outcome | null {
    if (this.version === '24.6') {
      return events.reduce((size, event) => size + event.data.length, 0) > LARGEST_APPEND ? tooLarge : null
    }
    const size = ({ data, metadata, type }: ProposedEvent): number => data.length + metadata.length + 2 * type.length
    const large = events.find((event) => size(event) > LARGEST_APPEND)
    if (large !== undefined) return { _tag: 'EventTooLarge', id: large.id, size: size(large), limit: LARGEST_APPEND }
    return events.reduce((sum, event) => sum + size(event), 0) > LARGEST_APPEND ? tooLarge : null
  }

  #setMetadata(stream: string, metadata: StreamMetadata): void {
    // The largest number is one that a double does not hold.
    const text = JSON.stringify(metadata).replace(/"\$tb":9223372036854775\d*/, '"$tb":9223372036854775807')
    this.#write(`${METADATA_OF}${stream}`, {
      id: crypto.randomUUID(),
      type: '$metadata',
      contentType: 'application/json',
      data: Buffer.from(text),
      metadata: new Uint8Array(),
    })
  }

  #write(stream: string, proposed: ProposedEvent, at?: number): LogEvent {
    const standing = this.#streams.get(stream) ?? []
    const event = {
      ...proposed,
      stream,
      revision: at ?? standing.length,
      position: this.#nextPosition,
      created: new Date(),
    }
    this.#streams.set(stream, standing)
    if (at === undefined) standing.push(event)
    this.events.push(event)
    this.#positions.add(event.position)
    this.#nextPosition += BigInt(100 + event.data.length + event.metadata.length)
    if (stream.startsWith(METADATA_OF)) {
      this.#metadata.set(stream.slice(METADATA_OF.length), JSON.parse(Buffer.from(event.data).toString()))
    }
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
