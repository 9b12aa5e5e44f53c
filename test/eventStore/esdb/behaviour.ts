import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { openEsdbEventStore } from '../../../src/eventStore/esdb/esdbEventStore.ts'
import type { EventStore, LogBatch } from '../../../src/eventStore/eventStore.ts'
import { newEvent, newEvents, newStream } from '../../support/events/newEvents.ts'
import { gather } from '../../support/gather.ts'
import { untilTrue } from '../../support/patience.ts'
import { left, right } from '../../support/right.ts'
import { eventStoreContract } from '../contract.ts'
import { startLoad } from './load.ts'

export interface EsdbServer {
  readonly connectionString: string
}

/** A prefix no other test has used: a server keeps what earlier ones have written. */
export const newPrefix = (): string => `test${randomBytes(6).toString('hex')}-`

/** `POSITION` of the HTTP layer: what `minPosition` may look like. */
const POSITION = /^[0-9a-zA-Z/_-]{1,64}$/

/** What the adapter promises, on any server that speaks the protocol. */
export const esdbBehaviour = (name: string, { connectionString }: EsdbServer): void => {
  eventStoreContract(
    name,
    async () => {
      const streamPrefix = newPrefix()
      const open = async (): Promise<EventStore> =>
        right(await openEsdbEventStore({ connectionString, streamPrefix })())
      const store = await open()
      return { store, reopen: open, dispose: () => store.close() }
    },
    { sameText: true },
  )

  describe(`the adapter of ${name}`, () => {
    let stores: EventStore[] = []
    let streamPrefix: string
    const open = async (options: { readonly streamPrefix?: string; readonly readOnly?: boolean } = {}) => {
      const store = right(await openEsdbEventStore({ connectionString, streamPrefix, ...options })())
      stores.push(store)
      return store
    }
    beforeEach(() => {
      streamPrefix = newPrefix()
    })
    afterEach(async () => {
      await Promise.all(stores.map((store) => store.close()))
      stores = []
    })

    it('lets one of two stores append at a revision, and tells the other', async () => {
      const rivals = [await open(), await open()]
      const stream = newStream()
      for (let revision = 0; revision < 30; revision += 1) {
        const expected = revision === 0 ? 'no-stream' : revision - 1
        const answers = await Promise.all(rivals.map((store) => store.append(stream, expected, [newEvent()])()))
        const wrong = answers.filter(E.isLeft).map((answer) => answer.left)
        expect(wrong).to.deep.equal([{ _tag: 'WrongExpectedVersion', stream, expected, actual: revision }])
      }
    })

    for (const [units, than] of [
      [1_100_000, 'the server takes'],
      [17_000_000, 'a message may be, which would end the stream of all appends'],
    ] as const) {
      it(`refuses for good what is larger than ${than}, and goes on`, async () => {
        const store = await open()
        const big = newEvent({ data: JSON.stringify('x'.repeat(units)) })
        const beside = store.append(newStream(), 'no-stream', [newEvent()])()
        // What is taken for an outage is tried for eight seconds, and answered otherwise.
        expect(left(await store.append(newStream(), 'no-stream', [big])())._tag).to.equal('AppendRefused')
        for (const answer of [beside, store.append(newStream(), 'no-stream', [newEvent()])()]) right(await answer)
      })
    }

    it('takes all of 1 MiB but a kB in one event, whatever the form of its text', async () => {
      const store = await open()
      const stream = newStream()
      const text = `{"amount":0.00,"x":"${'x'.repeat(1_047_500)}"}`
      right(await store.append(stream, 'no-stream', [newEvent({ data: text })])())
      expect((await gather(store.readStream(stream)))[0]?.data === text).to.equal(true)
    })

    it('refuses what is no event', async () => {
      const store = await open()
      for (const fields of [{ eventId: 'x' }, { data: '{' }, { metadata: '' }, { type: '\ud800' }]) {
        const refused = await store.append(newStream(), 'no-stream', [newEvent(fields)])()
        expect(left(refused)._tag).to.equal('AppendRefused')
      }
    })

    it('gives back JSON nested deeper than the client could write', async () => {
      const store = await open()
      const data = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
      const stream = newStream()
      right(await store.append(stream, 'no-stream', [newEvent({ data })])())
      expect((await gather(store.readStream(stream))).map((event) => event.data)).to.deep.equal([data])
    })

    it('refuses appends where it was opened for reading only', async () => {
      const store = await open({ readOnly: true })
      expect(left(await store.append(newStream(), 'no-stream', [newEvent()])())._tag).to.equal('AppendRefused')
    })

    it('gives positions that the API takes, for events and for appends', async () => {
      const store = await open()
      const { position } = right(await store.append(newStream(), 'no-stream', [newEvent()])())
      expect(position).to.match(POSITION)
    })

    it('refuses a position of another store', async () => {
      const store = await open()
      const last = 'f'.repeat(16)
      for (const position of ['0000000000000001', `${last}-${last}`, `${'0'.repeat(16)}-${last}`]) {
        for (const read of [store.readAll(position), store.follow(position, new AbortController().signal)]) {
          const outcome = await gather<unknown>(read).catch((error: unknown) => error)
          expect(String(outcome)).to.contain('not a position of this event store')
        }
      }
    })

    it('moves on past the events of others without giving them', async () => {
      const store = await open()
      const other = await open({ streamPrefix: newPrefix() })
      const first = right(await store.append(newStream(), 'no-stream', [newEvent()])())
      for (let i = 0; i < 4; i += 1) right(await other.append(newStream(), 'no-stream', newEvents(500))())
      const last = right(await store.append(newStream(), 'no-stream', [newEvent()])())

      const stop = new AbortController()
      const batches: LogBatch[] = []
      for await (const batch of store.follow(first.position, stop.signal)) {
        batches.push(batch)
        if (batch.caughtUp) stop.abort()
      }
      expect(batches.flatMap((batch) => batch.events).map((event) => event.position)).to.deep.equal([last.position])
      const positions = batches.map((batch) => batch.position ?? '')
      expect(positions).to.deep.equal(positions.toSorted())
      expect(new Set(positions).size).to.be.greaterThan(1)
      expect((await gather(store.readAll(first.position))).flat()).to.have.length(1)
    })

    it('says that the server is up', async () => {
      const store = await open()
      right(await store.append(newStream(), 'no-stream', [newEvent()])())
      expect(store.health()).to.equal('up')
    })

    it('answers appends and reads beside a follower that stands still', async () => {
      const store = await open()
      for (let i = 0; i < 6; i += 1) right(await store.append(newStream(), 'no-stream', newEvents(500))())
      const stop = new AbortController()
      const following = store.follow(null, stop.signal)[Symbol.asyncIterator]()
      await following.next()
      const load = startLoad(store, 64)
      await untilTrue('it appends', () => load.acknowledged() >= 640)
      const { unavailable } = await load.stop()
      expect(unavailable).to.equal(0)
      stop.abort()
      await following.return?.()
    })
  })
}
