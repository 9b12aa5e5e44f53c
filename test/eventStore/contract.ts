import { expect } from 'chai'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { newEvent, newEvents, newStream } from '../support/events/newEvents.ts'
import { gather } from '../support/gather.ts'
import { left, right } from '../support/right.ts'
import { appendPolicies } from './appendPolicies.ts'
import { erasurePolicies } from './erasurePolicies.ts'
import { followPolicies } from './followPolicies.ts'
import { leavingPolicies } from './leavingPolicies.ts'
import { type ContractOptions, readPolicies } from './readPolicies.ts'

/** A store under test, and a way to leave it and come back. Its log holds no event of the store; of others it may. */
export interface OpenedStore {
  readonly store: EventStore
  /** Opens the same log again, after `store.close()`. */
  readonly reopen: () => Promise<EventStore>
  readonly dispose: () => Promise<void>
}

/** What every event store promises. Run it on each adapter. */
export const eventStoreContract = (name: string, open: () => Promise<OpenedStore>, options: ContractOptions): void => {
  describe(`${name} is an event store`, () => {
    let opened: OpenedStore
    const store = (): EventStore => opened.store

    beforeEach(async () => {
      opened = await open()
    })
    afterEach(() => opened.dispose())

    appendPolicies(store)
    readPolicies(store, options)
    followPolicies(store)
    leavingPolicies(store)
    erasurePolicies(store)

    describe('closing', () => {
      it('keeps every event, and the next opening continues the revisions', async () => {
        const [stream, erased] = [newStream(), newStream()]
        const events = [newEvent(), newEvent()]
        right(await store().append(erased, 'no-stream', events)())
        const before = right(await store().append(stream, 'no-stream', events)())
        right(await store().erase(erased, 1)())
        await store().close()

        const reopened = await opened.reopen()
        expect(left(await reopened.append(erased, 1, events)())).to.deep.equal({ _tag: 'StreamErased', stream: erased })
        const after = right(await reopened.append(stream, 1, [newEvent()])())
        expect(after.revision).to.equal(2)
        expect(after.position > before.position).to.equal(true)
        const ids: string[] = []
        for await (const event of reopened.readStream(stream)) ids.push(event.eventId)
        expect(ids.slice(0, 2)).to.deep.equal(events.map((event) => event.eventId))
        await reopened.close()
      })

      it('finishes the appends it accepted', async () => {
        const streams = Array.from({ length: 200 }, newStream)
        const appends = streams.map((stream) => store().append(stream, 'no-stream', [newEvent()])())
        const closed = store().close()
        for (const outcome of await Promise.all(appends)) right(outcome)
        await closed

        const reopened = await opened.reopen()
        for (const stream of streams) {
          let count = 0
          for await (const _ of reopened.readStream(stream)) count += 1
          expect(count).to.equal(1)
        }
        await reopened.close()
      })

      it('refuses later appends as unavailable, and later reads with an error', async () => {
        await store().close()
        expect(left(await store().append(newStream(), 'no-stream', [newEvent()])())._tag).to.equal('StoreUnavailable')
        const { signal } = new AbortController()
        for (const read of [
          () => gather<unknown>(store().readAll()),
          () => gather<unknown>(store().readStream(newStream())),
          () => gather<unknown>(store().follow(null, signal)),
          () => store().lastEvent(),
        ]) {
          expect(await read().catch((error: unknown) => error)).to.be.instanceOf(Error)
        }
      })

      it('is not taken for the end of what is being read', async () => {
        const stream = newStream()
        right(await store().append(stream, 'no-stream', newEvents(1_000))())
        right(await store().append(stream, 999, newEvents(1_000))())
        const count = async (reading: AsyncIterable<unknown>, closing: boolean): Promise<number | Error> => {
          let events = 0
          try {
            for await (const read of reading) {
              events += Array.isArray(read) ? read.length : 1
              if (closing) await store().close()
            }
          } catch (error) {
            return error as Error
          }
          return events
        }
        const readings = await Promise.all([
          count(store().readStream(stream), true),
          count(store().readStream(stream, { direction: 'backwards' }), false),
          count(store().readAll(), false),
        ])
        for (const reading of readings) if (!(reading instanceof Error)) expect(reading).to.equal(2_000)
      })

      it('may be asked for twice', async () => {
        await Promise.all([store().close(), store().close()])
        await store().close()
      })
    })
  })
}
