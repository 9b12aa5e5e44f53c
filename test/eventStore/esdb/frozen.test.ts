import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { openEsdbEventStore } from '../../../src/eventStore/esdb/esdbEventStore.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import { isStoreUnreachable } from '../../../src/eventStore/readFailure.ts'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { type EventStoreDb, startEventStoreDb } from '../../support/eventStoreDb/eventStoreDb.ts'
import { newEvent, newEvents, newStream } from '../../support/events/newEvents.ts'
import { gather } from '../../support/gather.ts'
import { eventsOf } from '../../support/logs/logs.ts'
import { ROOM_MS, untilTrue } from '../../support/patience.ts'
import { left, right } from '../../support/right.ts'
import { faultsOf, startLoad } from './load.ts'

/** Health is known after a silence of two seconds and a ping of two; on a busy machine later. */
const DOWN_WITHIN_MS = 5000 + ROOM_MS
/** What the adapter tries for eight seconds, and the last try. */
const ANSWERED_WITHIN_MS = 12_000 + ROOM_MS
const RECOVERED_WITHIN_MS = 5000 + ROOM_MS

describe('the adapter of EventStoreDB, while the server is frozen', () => {
  let server: EventStoreDb
  let store: EventStore
  const stream = newStream()

  beforeEach(async () => {
    server = await startEventStoreDb()
    store = right(await openEsdbEventStore({ connectionString: server.connectionString })())
    right(await store.append(stream, 'no-stream', newEvents(3))())
  })
  afterEach(async () => {
    await store.close()
    await server.stop()
  })

  /** How long it took, in milliseconds, with its outcome or error. */
  const timed = async <A>(action: Promise<A>): Promise<readonly [number, A | unknown]> => {
    const since = performance.now()
    const outcome = await action.catch((error: unknown) => error)
    return [performance.now() - since, outcome]
  }
  const untilHealth = (health: 'up' | 'down'): Promise<void> => untilTrue(health, () => store.health() === health)

  it('answers every append and every read in time, and recovers by itself', async () => {
    const event = newEvent()
    const follower = new AbortController()
    const followed: RecordedEvent[] = []
    const following = (async () => {
      for await (const { events } of store.follow(null, follower.signal)) followed.push(...events)
    })()
    await untilTrue('it follows', () => followed.length >= 3)

    server.freeze()
    const [append, read, readLog, [noticed]] = await Promise.all([
      timed(store.append(stream, 2, [event])()),
      timed(gather(store.readStream(stream))),
      timed(gather(store.readAll())),
      timed(untilHealth('down')),
    ])
    expect(noticed).to.be.lessThan(DOWN_WITHIN_MS)
    for (const [milliseconds] of [append, read, readLog]) expect(milliseconds).to.be.lessThan(ANSWERED_WITHIN_MS)
    expect(left(append[1] as Awaited<ReturnType<ReturnType<EventStore['append']>>>)._tag).to.equal('StoreUnavailable')
    for (const [, error] of [read, readLog]) expect(isStoreUnreachable(error)).to.equal(true)

    server.thaw()
    const [recovered] = await timed(untilHealth('up'))
    expect(recovered).to.be.lessThan(RECOVERED_WITHIN_MS)
    expect(right(await store.append(stream, 2, [event])()).revision).to.equal(3)
    expect(await gather(store.readStream(stream))).to.have.length(4)
    await untilTrue('it follows again', () => followed.length >= 4)
    follower.abort()
    await following
    expect(followed.map(({ revision }) => revision)).to.deep.equal([0, 1, 2, 3])
  })

  it('loses and doubles nothing under load, and closes in time', async () => {
    const load = startLoad(store, 32)
    for (let round = 0; round < 2; round += 1) {
      const before = load.acknowledged()
      await untilTrue('it appends', () => load.acknowledged() >= before + 200)
      server.freeze()
      await sleep(5000)
      server.thaw()
    }
    const before = load.acknowledged()
    await untilTrue('it appends', () => load.acknowledged() >= before + 200)
    const { acknowledged, longestGapMs } = await load.stop()
    expect(longestGapMs).to.be.at.most(5000 + RECOVERED_WITHIN_MS)
    const log = await eventsOf(store)
    expect(faultsOf(log, acknowledged)).to.deep.equal({ lost: 0, doubled: 0 })

    server.freeze()
    const [closed] = await timed(store.close())
    expect(closed).to.be.lessThan(5000 + ROOM_MS)
  })
})
