import type { UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import type { EventStore, ReadStreamOptions } from '../eventStore/eventStore.ts'
import type { Position, RecordedEvent, Revision, StreamName } from '../eventStore/recordedEvent.ts'
import { HASH_BYTES, type Hash } from '../tlog/hash.ts'
import { fromBase64 } from '../tlog/note.ts'
import { ErasedLeaves } from './erasedLeaves.ts'
import { type ErasureEvent, erasuresUnreadable, type RecordedErasure, readErasureEvent } from './erasures.ts'
import { ERASURES } from './streams.ts'

type ErasureRecord = Extract<ErasureEvent, { readonly _tag: 'Erased' }>

/** A user whose records are gone, or are going: the first record of an erasure that names him. */
export interface ErasedUser {
  readonly userId: UserId
  readonly erasedAt: Instant
  /** The erasure's number. */
  readonly erasure: number
  readonly ground: ErasureRecord['ground']
  /** Where that record stands in `kyc-erasures`, and in the log. */
  readonly revision: Revision
  readonly position: Position
}

/** Revisions of a stream, first and last, and the indexes of their leaves. */
interface Run {
  readonly from: Revision
  readonly to: Revision
  readonly indexes: Float64Array
}

const isLeaf = (index: number, hash: Hash | null): hash is Hash =>
  Number.isSafeInteger(index) && index >= 0 && hash?.length === HASH_BYTES

/**
 * What `kyc-erasures` says of erased events, as far as it was heard. What it says is not judged: a record of events that were not to
 * be erased gives a tree that no checkpoint agrees with, or events that `verify` finds without a ground.
 */
export class Erased {
  readonly #leaves = new ErasedLeaves()
  /** Of each stream in their order. */
  readonly #runs = new Map<StreamName, Run[]>()
  readonly #users = new Map<UserId, ErasedUser>()
  #next: Revision = 0

  /** The next event of `kyc-erasures` that it has not heard. */
  get next(): Revision {
    return this.#next
  }

  /** How many leaves are known of erased events. */
  get leaves(): number {
    return this.#leaves.count
  }

  /** Users of whom a record stands in the log, in the order of their erasure. */
  get users(): ReadonlyMap<UserId, ErasedUser> {
    return this.#users
  }

  /**
   * Hears an event of the log; gives what it says where it is one of `kyc-erasures` that was not heard before. Those come in their
   * order, from whoever reads them first. Throws where one before it was not heard, and where it cannot be read.
   */
  hear(event: RecordedEvent): RecordedErasure | null {
    if (event.stream !== ERASURES || event.revision < this.#next) return null
    if (event.revision > this.#next) throw new Error(`${ERASURES} does not show its event at revision ${this.#next}`)
    const recorded = readErasureEvent(event)
    if (recorded?.said._tag === 'Erased') this.#take(recorded.said, recorded.recordedAt, event)
    this.#next += 1
    return recorded
  }

  #take(
    { erasure, userId, ground, stream, from, to, leaves }: ErasureRecord,
    erasedAt: Instant,
    at: RecordedEvent,
  ): void {
    const { revision, position } = at
    for (const [index, base64] of leaves) {
      const hash = fromBase64(base64)
      if (!isLeaf(index, hash)) {
        throw erasuresUnreadable(`${ERASURES}, revision ${revision}, names a leaf that can be none`)
      }
      this.#leaves.put(index, hash)
    }
    const runs = this.#runs.get(stream) ?? []
    const run = { from, to, indexes: Float64Array.from(leaves, ([index]) => index) }
    this.#runs.set(stream, to < from ? runs : [...runs, run].sort((a, b) => a.from - b.from))
    if (userId === null || this.#users.has(userId)) return
    this.#users.set(userId, { userId, erasedAt, erasure, ground, revision, position })
  }

  /** The leaf at an index of the tree, where its event was erased; `null` otherwise. */
  leafAt(index: number): Hash | null {
    return this.#leaves.at(index)
  }

  /** The streams that records name, in the order in which they first do. */
  get streams(): Iterable<StreamName> {
    return this.#runs.keys()
  }

  /** Whether a record names the stream, be it without events. */
  hasStream(stream: StreamName): boolean {
    return this.#runs.has(stream)
  }

  /** Whether a record names the event. One that was appended to a stream of others that are named is not among them. */
  has(event: Pick<RecordedEvent, 'stream' | 'revision'>): boolean {
    return this.#runOf(event) !== undefined
  }

  /** The index of the leaf that the record has for an event; `null` where it has none, or none names the event. */
  indexOf(event: Pick<RecordedEvent, 'stream' | 'revision'>): number | null {
    const run = this.#runOf(event)
    return run?.indexes[event.revision - run.from] ?? null
  }

  #runOf({ stream, revision }: Pick<RecordedEvent, 'stream' | 'revision'>): Run | undefined {
    return this.#runs.get(stream)?.find(({ from, to }) => revision >= from && revision <= to)
  }

  /** The first revision of a stream, from this one on, whose event no record names. */
  nextIn(stream: StreamName, revision: Revision): Revision {
    let next = revision
    for (const { from, to } of this.#runs.get(stream) ?? []) if (next >= from && next <= to) next = to + 1
    return next
  }

  /** How many users were erased by the records up to a position of the log, that one included: the same on every node. */
  usersAt(position: Position | null): number {
    if (position === null) return 0
    const users = [...this.#users.values()]
    const after = users.findIndex((user) => user.position > position)
    return after === -1 ? users.length : after
  }
}

/** Hears all that `kyc-erasures` holds by now, and was not heard. Throws where that cannot be read, or not all of it. */
export const hearErasures = async (store: EventStore, erased: Erased): Promise<void> => {
  for await (const event of store.readStream(ERASURES, { from: erased.next })) erased.hear(event)
}

/** Reads all that was erased, as it stands. Throws as `hearErasures` does. */
export const readErased = async (store: EventStore): Promise<Erased> => {
  const erased = new Erased()
  await hearErasures(store, erased)
  return erased
}

/**
 * The log without its erased events, as if they had never been: a server shows them in the log until it is scavenged, and any store
 * between their record and their removal. `erased` may hear more meanwhile. What stands in a stream behind the events that a record names is
 * given. `idAt` and `lastEvent` are those of the store: behind each erased event stands its record.
 */
export const withoutErased = (store: EventStore, erased: Erased): EventStore => {
  const without = (events: readonly RecordedEvent[]): readonly RecordedEvent[] =>
    events.some((event) => erased.has(event)) ? events.filter((event) => !erased.has(event)) : events

  async function* readStream(
    stream: StreamName,
    { limit = Number.POSITIVE_INFINITY, ...options }: ReadStreamOptions = {},
  ): AsyncGenerator<RecordedEvent> {
    let left = limit
    if (left <= 0) return
    for await (const event of store.readStream(stream, options)) {
      if (erased.has(event)) continue
      yield event
      left -= 1
      if (left <= 0) return
    }
  }

  return {
    ...store,
    readStream: (stream, options) =>
      erased.hasStream(stream) ? readStream(stream, options) : store.readStream(stream, options),
    async *readAll(after, altered) {
      for await (const events of store.readAll(after, altered)) {
        const given = without(events)
        if (given.length > 0) yield given
      }
    },
    async *follow(...asked) {
      for await (const batch of store.follow(...asked)) yield { ...batch, events: without(batch.events) }
    },
  }
}
