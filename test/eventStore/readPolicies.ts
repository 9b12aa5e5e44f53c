import { expect } from 'chai'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { type CanonicalJson, payloadHash } from '../../src/webhooks/canonicalJson.ts'
import { newEvent, newEvents, newStream } from '../support/events/newEvents.ts'
import { gather } from '../support/gather.ts'
import { eventsOf } from '../support/logs/logs.ts'
import { right } from '../support/right.ts'

/** Events to each of a hundred streams: more than a page of the log in all. */
const EACH = process.env['KYC_LARGE'] === '1' ? 100 : 25

export interface ContractOptions {
  /** The store gives back the very texts it was given, not only JSON of the same value. */
  readonly sameText: boolean
}

/** What every event store promises about reads. */
export const readPolicies = (store: () => EventStore, { sameText }: ContractOptions): void => {
  const revisions = async (events: AsyncIterable<RecordedEvent>): Promise<readonly number[]> =>
    (await gather(events)).map((event) => event.revision)

  describe('reading a stream', () => {
    it('gives its events forwards, from any revision, at most as many as asked for', async () => {
      const stream = newStream()
      right(await store().append(stream, 'no-stream', newEvents(5))())
      expect(await revisions(store().readStream(stream))).to.deep.equal([0, 1, 2, 3, 4])
      expect(await revisions(store().readStream(stream, { from: 3 }))).to.deep.equal([3, 4])
      expect(await revisions(store().readStream(stream, { from: 1, limit: 2 }))).to.deep.equal([1, 2])
      for (const from of [5, 6, 1_000_000])
        expect(await revisions(store().readStream(stream, { from }))).to.deep.equal([])
      expect(await revisions(store().readStream(stream, { limit: 0 }))).to.deep.equal([])
    })

    it('gives them backwards, from the last or from any revision', async () => {
      const stream = newStream()
      right(await store().append(stream, 'no-stream', newEvents(5))())
      const backwards = { direction: 'backwards' } as const
      expect(await revisions(store().readStream(stream, backwards))).to.deep.equal([4, 3, 2, 1, 0])
      expect(await revisions(store().readStream(stream, { ...backwards, from: 1 }))).to.deep.equal([1, 0])
      expect(await revisions(store().readStream(stream, { ...backwards, from: 0 }))).to.deep.equal([0])
      for (const from of [4, 5, 1_000_000])
        expect(await revisions(store().readStream(stream, { ...backwards, from }))).to.deep.equal([4, 3, 2, 1, 0])
      expect(await revisions(store().readStream(stream, { ...backwards, limit: 1 }))).to.deep.equal([4])
      expect(await revisions(store().readStream(stream, { ...backwards, from: 3, limit: 2 }))).to.deep.equal([3, 2])
    })

    it('gives nothing for a stream that does not exist', async () => {
      expect(await revisions(store().readStream(newStream()))).to.deep.equal([])
      expect(await revisions(store().readStream(newStream(), { direction: 'backwards' }))).to.deep.equal([])
    })

    it('gives a stream of more events than one page, in both directions', async () => {
      const stream = newStream()
      right(await store().append(stream, 'no-stream', newEvents(1_000))())
      right(await store().append(stream, 999, newEvents(234))())
      const all = Array.from({ length: 1_234 }, (_, revision) => revision)
      expect(await revisions(store().readStream(stream))).to.deep.equal(all)
      expect(await revisions(store().readStream(stream, { direction: 'backwards' }))).to.deep.equal(all.toReversed())
      expect(await revisions(store().readStream(stream, { from: 200, limit: 700 }))).to.deep.equal(all.slice(200, 900))
    })

    it('gives data and metadata with the values they were given', async () => {
      const stream = newStream()
      const events = [
        newEvent({
          data: '{ "amount": 0.00, "id": 12345678901234567890, "b": 1, "1": 2, "b": 3 }',
          metadata: '{"a": [ ]}',
        }),
        newEvent({
          data: '{"name":"Éloïse 🦉 \\u00e9 \\ud83e\\udd89 \u2028 \\u0018 \u0118","empty":""}',
          metadata: 'null',
        }),
        newEvent({ data: JSON.stringify({ file: 'ü'.repeat(100_000) }), metadata: '{}' }),
      ]
      right(await store().append(stream, 'no-stream', events)())
      const recorded = await gather(store().readStream(stream))
      expect(recorded.map((event) => event.type)).to.deep.equal(events.map((event) => event.type))
      for (const text of ['data', 'metadata'] as const) {
        const given = events.map((event) => event[text])
        const gotten = recorded.map((event) => event[text])
        expect(gotten.map((json) => JSON.parse(json))).to.deep.equal(given.map((json) => JSON.parse(json)))
        if (sameText) expect(gotten).to.deep.equal(given)
      }
    })
  })

  it('tells of every event, however it is read, whether it holds the payload of a hash', async () => {
    const stream = newStream()
    const payload = '{"users":[{"userId":"7","ratio":0.00,"name":"\\u00e9\\/"}]}'
    const data = `{"webhook":"user.kycreview","object_payload":${payload}}`
    right(await store().append(stream, 'no-stream', [newEvent({ data }), newEvent({ data: '{"a":1}' })])())
    const stopping = new AbortController()
    const followed: RecordedEvent[] = []
    for await (const { events, caughtUp } of store().follow(null, stopping.signal)) {
      followed.push(...events)
      if (caughtUp) stopping.abort()
    }
    const reads = [
      await gather(store().readStream(stream)),
      (await gather(store().readStream(stream, { direction: 'backwards' }))).toReversed(),
      await eventsOf(store()),
      followed,
    ]
    const [hash, other] = [payloadHash(payload as CanonicalJson), payloadHash('{}' as CanonicalJson)]
    for (const events of reads) {
      const [first, second] = events.filter((event) => event.stream === stream)
      expect([first?.hasPayload?.(hash), first?.hasPayload?.(other), first?.hasPayload?.(hash)]).to.deep.equal([
        true,
        false,
        true,
      ])
      expect(second?.hasPayload?.(hash)).to.equal(false)
    }
    expect((await store().lastEvent())?.hasPayload?.(hash)).to.equal(false)
  })

  describe('reading the whole log', () => {
    it('gives the events after a position, and the one at it no more', async () => {
      const stream = newStream()
      const first = right(await store().append(stream, 'no-stream', [newEvent()])())
      const later = newEvents(2)
      right(await store().append(stream, 0, later)())
      const read = (await gather(store().readAll(first.position))).flat()
      expect(read.map((event) => event.eventId)).to.deep.equal(later.map((event) => event.eventId))
      const last = read.at(-1)?.position ?? null
      expect((await gather(store().readAll(last))).flat()).to.deep.equal([])
    })

    it('begins with the first event when no position is given', async () => {
      const stream = newStream()
      right(await store().append(stream, 'no-stream', newEvents(3))())
      for (const after of [undefined, null]) {
        const log = (await gather(store().readAll(after))).flat()
        expect(log.filter((event) => event.stream === stream).map((event) => event.revision)).to.deep.equal([0, 1, 2])
      }
    })

    it('gives each event the same way as its stream does', async () => {
      const stream = newStream()
      right(await store().append(stream, 'no-stream', newEvents(3))())
      const log = await eventsOf(store())
      const fromStream = await gather(store().readStream(stream))
      expect(log.filter((event) => event.stream === stream)).to.deep.equal(fromStream)
    })

    it('gives all events of many streams in one order that keeps the order of each stream', async () => {
      const start = right(await store().append(newStream(), 'no-stream', [newEvent()])()).position
      const streams = Array.from({ length: 100 }, newStream)
      await Promise.all(
        streams.map(async (stream) => {
          for (let revision = 0; revision < EACH; revision += 1) {
            right(await store().append(stream, revision === 0 ? 'no-stream' : revision - 1, [newEvent()])())
          }
        }),
      )

      const log = (await gather(store().readAll(start))).flat()
      expect(log).to.have.length(100 * EACH)
      const next = new Map(streams.map((stream) => [stream, 0]))
      let previous = start
      for (const { stream, revision, position } of log) {
        expect(position > previous).to.equal(true)
        expect(revision).to.equal(next.get(stream))
        next.set(stream, revision + 1)
        previous = position
      }
    })

    it('ends, even when the reader appends an event at each batch', async () => {
      const stream = newStream()
      right(await store().append(stream, 'no-stream', [newEvent()])())
      let batches = 0
      for await (const _ of store().readAll()) {
        batches += 1
        expect(batches).to.be.lessThan(100)
        right(await store().append(stream, batches - 1, [newEvent()])())
      }
    })
  })
}
