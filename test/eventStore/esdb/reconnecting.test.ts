import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { readConnectionString } from '../../../src/eventStore/esdb/client/connectionString.ts'
import { openConnection } from '../../../src/eventStore/esdb/connection/openConnection.ts'
import { openEsdbEventStore } from '../../../src/eventStore/esdb/esdbEventStore.ts'
import { streamNames } from '../../../src/eventStore/esdb/stored/streamNames.ts'
import type { EventStore, LogBatch } from '../../../src/eventStore/eventStore.ts'
import type { Position } from '../../../src/eventStore/recordedEvent.ts'
import { type EventStoreDb, startEventStoreDb } from '../../support/eventStoreDb/eventStoreDb.ts'
import { newEvents, newStream } from '../../support/events/newEvents.ts'
import { untilTrue } from '../../support/patience.ts'
import { right } from '../../support/right.ts'

/** After so long a client that was given up is closed, and all that still hangs on it ends. */
const CLOSED_AFTER_MS = 3500

describe('the adapter of EventStoreDB, when its client is given up', () => {
  let server: EventStoreDb
  let stores: EventStore[] = []

  const open = async (streamPrefix = 'kyc-'): Promise<EventStore> => {
    const store = right(await openEsdbEventStore({ connectionString: server.connectionString, streamPrefix })())
    stores.push(store)
    return store
  }
  beforeEach(async () => {
    server = await startEventStoreDb()
  })
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()))
    stores = []
    await server.stop()
  })

  const append = async (store: EventStore, count = 1): Promise<Position> =>
    right(await store.append(newStream(), 'no-stream', newEvents(count))()).position

  /** Has the store give its client up. */
  const giveUp = async (store: EventStore): Promise<void> => {
    server.faults.next('append', 'unavailable')
    await append(store)
  }

  /** Gathers what `follow` gives until `stop`. */
  const startFollowing = (store: EventStore, after: Position | null, seen = after) => {
    const batches: LogBatch[] = []
    const ending = new AbortController()
    const following = (async () => {
      for await (const batch of store.follow(after, ending.signal, seen)) batches.push(batch)
    })()
    return {
      batches,
      until: (holds: () => boolean): Promise<void> => untilTrue('what it is to be given', holds),
      stop: async (): Promise<void> => {
        ending.abort()
        await following
      },
    }
  }
  const isCaughtUp = ({ caughtUp }: LogBatch): boolean => caughtUp
  const positionsOf = (batches: readonly LogBatch[]): string[] => batches.map(({ position }) => position ?? '')

  describe('a stream whose reader takes his time', () => {
    const EVENTS = 50

    /** Reads it to the end, which comes slowly; does something else behind the first event. */
    const readSlowly = async (store: EventStore, meanwhile: () => Promise<unknown>): Promise<readonly number[]> => {
      const stream = newStream()
      right(await store.append(stream, 'no-stream', newEvents(EVENTS))())
      server.faults.slow(100)
      const revisions: number[] = []
      for await (const event of store.readStream(stream)) {
        revisions.push(event.revision)
        if (revisions.length === 1) await meanwhile()
        server.faults.slow(0)
      }
      return revisions
    }

    it('is given whole', async () => {
      const store = await open()
      const revisions = await readSlowly(store, async () => {
        await giveUp(store)
        await sleep(CLOSED_AFTER_MS)
      })
      expect(revisions).to.deep.equal(Array.from({ length: EVENTS }, (_, revision) => revision))
    })

    it('is not taken for ended when the store is closed', async () => {
      const store = await open()
      const outcome = await readSlowly(store, () => store.close()).catch((error: unknown) => error)
      expect(String(outcome)).to.include('the event store is closed')
    })
  })

  it('sends again what was in flight, and doubles nothing', async () => {
    const store = await open()
    await append(store)
    server.faults.next('append', 'ack-withheld', 20)
    const appends = Promise.all(Array.from({ length: 20 }, () => append(store)))
    await untilTrue('they are in flight', () => server.calls.append >= 21)
    server.faults.next('read', 'unavailable')
    expect(await Array.fromAsync(store.readStream(newStream()))).to.deep.equal([])
    expect(new Set(await appends).size).to.equal(20)
    expect(server.calls.append).to.equal(41)
    expect(server.events()).to.have.length(21)
  })

  it('does not take the log for empty when the store is closed', async () => {
    const store = await open()
    await append(store)
    server.faults.slow(300)
    const reading = Array.fromAsync(store.readAll()).catch((error: unknown) => error)
    await sleep(100)
    await store.close()
    expect(await reading).to.be.instanceOf(Error)
  })

  it('notices a subscription that fell silent, however many events of others have followed', async () => {
    const [store, other] = [await open(), await open('other-')]
    await append(store)
    const follower = startFollowing(store, null)
    await follower.until(() => follower.batches.some(isCaughtUp))
    server.disturbSubscriptions('silent')
    await append(store)
    await append(other, 100)
    await follower.until(() => follower.batches.flatMap(({ events }) => events).length === 2)
    await follower.stop()
  })

  it('says that the log is lost, once, then resumed, then that the end is reached', async () => {
    const store = await open()
    await append(store)
    const follower = startFollowing(store, null)
    await follower.until(() => follower.batches.some(isCaughtUp))
    const before = follower.batches.length
    server.faults.next('subscribe', 'unavailable', 3)
    server.disturbSubscriptions('unavailable')
    const after = (): readonly LogBatch[] => follower.batches.slice(before)
    await follower.until(() => after().some(isCaughtUp))
    await follower.stop()
    expect(after()[0]).to.have.property('lost')
    expect(after().filter(({ lost }) => lost !== undefined)).to.have.length(1)
    expect(after().filter(({ resumed }) => resumed)).to.have.length(4)
    expect(after().flatMap(({ events }) => events)).to.deep.equal([])
  })

  describe('the position, where others have appended since', () => {
    let store: EventStore
    let last: Position
    beforeEach(async () => {
      store = await open()
      last = await append(store)
      await append(await open('other-'), 1200)
      server.faults.slow(20)
    })

    it('never goes back when the subscription is resumed', async () => {
      const follower = startFollowing(store, last)
      await follower.until(() => follower.batches.some(isCaughtUp))
      const before = follower.batches.length
      server.disturbSubscriptions('unavailable')
      await follower.until(() => follower.batches.slice(before).some(isCaughtUp))
      await append(store)
      await follower.until(() => follower.batches.at(-1)?.events.length === 1)
      await follower.stop()
      const positions = positionsOf(follower.batches)
      expect(positions.at(before)).to.not.equal(last)
      expect(positions).to.deep.equal(positions.toSorted())
    })

    it('goes on from what was seen before', async () => {
      const first = startFollowing(store, last)
      await first.until(() => first.batches.some(isCaughtUp))
      await first.stop()
      const seen = first.batches.at(-1)?.position ?? ''
      expect(seen > last).to.equal(true)
      const second = startFollowing(store, last, seen)
      await second.until(() => second.batches.some(isCaughtUp))
      await second.stop()
      expect(positionsOf(second.batches).every((position) => position >= seen)).to.equal(true)
    })

    it('goes back to the last event in a log that ends before it', async () => {
      const seen = '00ffffffffffffff-00ffffffffffffff'
      const follower = startFollowing(store, last, seen)
      await follower.until(() => follower.batches.some(isCaughtUp))
      await follower.stop()
      expect(follower.batches[0]).to.deep.equal({ events: [], position: last, caughtUp: false })
    })
  })

  it('asks less and less often for a subscription that is granted and dropped at once', async () => {
    const store = await open()
    await append(store)
    const follower = startFollowing(store, null)
    await follower.until(() => follower.batches.some(isCaughtUp))
    const before = server.calls.subscribe
    const since = performance.now()
    const dropping = setInterval(() => server.disturbSubscriptions('unavailable'), 5)
    await sleep(4000)
    await untilTrue('it asks', () => server.calls.subscribe >= before + 3)
    clearInterval(dropping)
    // In four seconds less than twelve times.
    expect(server.calls.subscribe - before).to.be.at.most((3 * (performance.now() - since)) / 1000)
    await append(store)
    await follower.until(() => follower.batches.flatMap(({ events }) => events).length === 2)
    await follower.stop()
  })

  it('is given up after three calls without an answer, though a ping is answered', async () => {
    const connection = openConnection(right(readConnectionString(server.connectionString)), {
      requiresLeader: true,
      rights: [],
      names: streamNames(),
    })
    const session = await connection.session(5000)
    if (session === null) throw new Error('no session')
    const silent = () => connection.call(session, 50, () => new Promise(() => {})).catch(() => undefined)
    for (const expected of [false, false, true]) {
      const pings = server.calls.read
      await silent()
      expect(session.givenUp.aborted).to.equal(expected)
      await untilTrue('a ping', () => server.calls.read > pings)
      await sleep(600)
    }
    await connection.close()
  })
})
