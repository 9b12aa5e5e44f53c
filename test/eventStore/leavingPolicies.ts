import { expect } from 'chai'
import type { EventStore, LogBatch } from '../../src/eventStore/eventStore.ts'
import type { Position, RecordedEvent, StreamName } from '../../src/eventStore/recordedEvent.ts'
import { newEvent, newEvents, newStream } from '../support/events/newEvents.ts'
import { gather } from '../support/gather.ts'
import { right } from '../support/right.ts'

/** What every event store promises about places in its log: where it ends, where a reader left it, and where he comes back. */
export const leavingPolicies = (store: () => EventStore): void => {
  const appended = async (stream: StreamName, count: number): Promise<readonly RecordedEvent[]> => {
    right(await store().append(stream, 'no-stream', newEvents(count))())
    return gather(store().readStream(stream))
  }
  /** What following gives up to the first batch that `enough` of. */
  const batchesUntil = async (
    after: Position | null,
    enough: (batch: LogBatch) => boolean,
  ): Promise<readonly LogBatch[]> => {
    const stop = new AbortController()
    const batches: LogBatch[] = []
    for await (const batch of store().follow(after, stop.signal)) {
      batches.push(batch)
      if (enough(batch)) stop.abort()
    }
    return batches
  }
  const eventsIn = (batches: readonly LogBatch[]): readonly RecordedEvent[] => batches.flatMap(({ events }) => events)

  describe('a log that holds nothing yet', () => {
    it('has no last event, reads as empty, and is followed from its end', async () => {
      expect(await store().lastEvent()).to.equal(null)
      expect((await gather(store().readAll())).flat()).to.deep.equal([])
      const batches = await batchesUntil(null, ({ caughtUp }) => caughtUp)
      expect(eventsIn(batches)).to.deep.equal([])
    })
  })

  it('says to whoever follows from the end of the log that he is there, before anything is appended', async () => {
    const stream = newStream()
    const end = (await appended(stream, 2)).at(-1)?.position ?? null
    const stop = new AbortController()
    const batches: LogBatch[] = []
    let isAtEnd = false
    for await (const batch of store().follow(end, stop.signal)) {
      batches.push(batch)
      if (batch.caughtUp && !isAtEnd) right(await store().append(stream, 1, [newEvent()])())
      isAtEnd ||= batch.caughtUp
      if (batch.events.length > 0) stop.abort()
    }
    const before = batches.slice(0, -1)
    expect(before.some(({ caughtUp }) => caughtUp)).to.equal(true)
    expect(eventsIn(before)).to.deep.equal([])
    expect(eventsIn(batches).map(({ revision }) => revision)).to.deep.equal([2])
  })

  it('knows the last event of all streams, and which event stands at a position', async () => {
    const [long, short] = [newStream(), newStream()]
    for (const [stream, count] of [
      [long, 3],
      [short, 1],
    ] as const) {
      const events = await appended(stream, count)
      expect(await store().lastEvent()).to.deep.equal(events.at(-1))
    }
    right(await store().append(long, 2, [newEvent()])())
    expect(await store().lastEvent()).to.include({ stream: long, revision: 3 })
    for (const { position, eventId } of await gather(store().readStream(long)))
      expect(await store().idAt(position)).to.equal(eventId)
  })

  it('goes on from any event, also from the middle of one append', async () => {
    const events = await appended(newStream(), 5)
    for (const { position, revision } of events.slice(0, -1)) {
      const behind = events.slice(revision + 1)
      expect((await gather(store().readAll(position))).flat()).to.deep.equal(behind)
      const batches = await batchesUntil(position, ({ caughtUp }) => caughtUp)
      expect(eventsIn(batches)).to.deep.equal(behind)
    }
  })

  it('gives each event once to whoever leaves at each batch and comes back where that ended', async () => {
    const stream = newStream()
    const begun = (await appended(newStream(), 1)).at(-1)?.position ?? null
    const writing = (async () => {
      for (let revision = 0; revision < 60; revision += 1)
        right(await store().append(stream, revision === 0 ? 'no-stream' : revision - 1, [newEvent()])())
    })()
    const seen: number[] = []
    for (let position = begun; seen.length < 60; ) {
      for (const batch of await batchesUntil(position, ({ events }) => events.length > 0)) {
        seen.push(...batch.events.map(({ revision }) => revision))
        position = batch.position
      }
    }
    await writing
    expect(seen).to.deep.equal(Array.from({ length: 60 }, (_, revision) => revision))
  })

  it('gives followers from different places what stands behind their own, one beside the other', async () => {
    const stream = newStream()
    const events = await appended(stream, 400)
    const places = [null, events[199]?.position ?? null, events.at(-1)?.position ?? null]
    const isLast = (batch: LogBatch): boolean => batch.events.at(-1)?.revision === 400
    const following = places.map((place) => batchesUntil(place, isLast))
    right(await store().append(stream, 399, [newEvent()])())
    const given = await Promise.all(following)
    expect(given.map((batches) => eventsIn(batches).map(({ revision }) => revision))).to.deep.equal(
      [0, 200, 400].map((from) => Array.from({ length: 401 - from }, (_, index) => from + index)),
    )
  })

  it('goes on for all others where somebody leaves half way, or fails', async () => {
    const stream = newStream()
    await appended(stream, 700)
    const stop = new AbortController()
    const other = store().follow(null, stop.signal)[Symbol.asyncIterator]()
    await other.next()
    for (let times = 0; times < 20; times += 1) {
      for (const reading of [store().readStream(stream), store().readAll(), store().follow(null, stop.signal)])
        for await (const _ of reading) break
      const failing = async (): Promise<void> => {
        for await (const _ of store().follow(null, stop.signal)) throw new Error('the reader failed')
      }
      expect(String(await failing().catch((error: unknown) => error))).to.contain('the reader failed')
    }
    right(await store().append(stream, 699, [newEvent()])())
    expect(await gather(store().readStream(stream))).to.have.length(701)
    for (let last = -1; last < 700; ) last = (await other.next()).value?.events.at(-1)?.revision ?? last
    stop.abort()
    await other.return?.()
  })

  it('is followed past a stream that is erased meanwhile, and from a place in it', async () => {
    const [erased, stream] = [newStream(), newStream()]
    const [first, last] = await appended(erased, 2)
    const stop = new AbortController()
    const following = store()
      .follow(last?.position ?? null, stop.signal)
      [Symbol.asyncIterator]()
    await following.next()
    right(await store().erase(erased, 1)())
    const [behind] = await appended(stream, 1)
    const seen: RecordedEvent[] = []
    while (seen.length === 0) seen.push(...((await following.next()).value?.events ?? []))
    stop.abort()
    await following.return?.()
    expect(seen).to.deep.equal([behind])
    for (const place of [first, last]) {
      const batches = await batchesUntil(place?.position ?? null, ({ events }) => events.at(-1)?.stream === stream)
      expect(eventsIn(batches).filter((event) => event.stream === stream)).to.deep.equal([behind])
    }
  })
}
