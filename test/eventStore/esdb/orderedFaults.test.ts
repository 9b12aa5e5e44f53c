import { setTimeout as sleep } from 'node:timers/promises'
import statusPb from '@eventstore/db-client/generated/status_pb.js'
import streamsPb from '@eventstore/db-client/generated/streams_pb.js'
import { expect } from 'chai'
import anyPb from 'google-protobuf/google/protobuf/any_pb.js'
import { appending } from '../../../src/eventStore/esdb/append/append.ts'
import type { Connection } from '../../../src/eventStore/esdb/connection/connection.ts'
import { openEsdbEventStore } from '../../../src/eventStore/esdb/esdbEventStore.ts'
import { streamNames } from '../../../src/eventStore/esdb/stored/streamNames.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { wrongExpectedVersion } from '../../support/eventStoreDb/appendMessages.ts'
import { type EventStoreDb, startEventStoreDb } from '../../support/eventStoreDb/eventStoreDb.ts'
import { newEvent, newEvents, newStream } from '../../support/events/newEvents.ts'
import { gather } from '../../support/gather.ts'
import { eventsOf } from '../../support/logs/logs.ts'
import { untilTrue } from '../../support/patience.ts'
import { left, right } from '../../support/right.ts'

describe('the adapter of EventStoreDB, when the server fails as it was ordered to', () => {
  let server: EventStoreDb
  let store: EventStore

  const open = async (): Promise<EventStore> =>
    right(await openEsdbEventStore({ connectionString: server.connectionString })())
  beforeEach(async () => {
    server = await startEventStoreDb()
    store = await open()
    right(await store.append(newStream(), 'no-stream', [newEvent()])())
  })
  afterEach(async () => {
    await store.close()
    await server.stop()
  })

  for (const fault of [
    'unavailable',
    'not-ready',
    'deadline-exceeded',
    'reset',
    'unanswered',
    'ended',
    'ack-withheld',
    'ack-cut',
    'ack-late',
    'ack-stray',
    'ack-empty',
    'ack-garbled',
  ] as const) {
    it(`appends exactly once through: ${fault}`, async () => {
      const stream = newStream()
      server.faults.next('append', fault, 2)
      const event = newEvent()
      expect(right(await store.append(stream, 'no-stream', [event])()).revision).to.equal(0)
      expect((await gather(store.readStream(stream))).map(({ eventId }) => eventId)).to.deep.equal([event.eventId])
    })
  }

  for (const fault of ['unavailable', 'reset', 'ended', 'ack-cut', 'not-ready'] as const) {
    it(`sends again what had no answer yet, and only that, when the stream of appends breaks: ${fault}`, async () => {
      const [sent, answered] = [60, 30]
      const before = server.calls.append
      server.faults.slow(300)
      const append = () => store.append(newStream(), 'no-stream', [newEvent()])()
      const first = Array.from({ length: answered }, append)
      await untilTrue('they are in flight', () => server.calls.append >= before + answered)
      await sleep(150)
      server.faults.next('append', fault)
      const second = Array.from({ length: sent - answered }, append)
      for (const answer of await Promise.all([...first, ...second])) right(answer)
      expect(server.events()).to.have.length(1 + sent)
      expect(new Set(server.events().map(({ id }) => id)).size).to.equal(1 + sent)
    })
  }

  it('finds an append whose answer was lost, though others have appended since', async () => {
    const stream = newStream()
    const event = newEvent()
    server.faults.next('append', 'ack-withheld')
    const answer = store.append(stream, 'no-stream', [event])()
    await untilTrue('it is written', () => server.events().length === 2)
    const rival = await open()
    right(await rival.append(stream, 0, [newEvent()])())
    await rival.close()
    expect(right(await answer).revision).to.equal(0)
    expect(await gather(store.readStream(stream))).to.have.length(2)
  })

  for (const fault of ['access-denied', 'too-large'] as const) {
    it(`does not try again what is refused: ${fault}`, async () => {
      const before = server.calls.append
      server.faults.next('append', fault)
      expect(left(await store.append(newStream(), 'no-stream', [newEvent()])())._tag).to.equal('AppendRefused')
      expect(server.calls.append).to.equal(before + 1)
    })
  }

  it('is down while it is denied access, says why, does not ask all the time, and recovers by itself', async () => {
    const before = server.calls.read
    const since = performance.now()
    await server.faults.during('read', 'access-denied', async () => {
      await untilTrue('it is down', () => store.health() === 'down')
      await sleep(3000)
      const answer = left(await store.append(newStream(), 'no-stream', [newEvent()])())
      expect(answer._tag).to.equal('StoreUnavailable')
      expect(answer).to.have.property('reason').that.includes('denies access')
    })
    expect(server.calls.read - before).to.be.lessThan((6 * (performance.now() - since)) / 1000)
    right(await store.append(newStream(), 'no-stream', [newEvent()])())
    expect(store.health()).to.equal('up')
  })

  it('appends once each to one server, however many appends another server of the process takes with it', async () => {
    const healthy = await startEventStoreDb()
    const toHealthy = right(await openEsdbEventStore({ connectionString: healthy.connectionString })())
    right(await toHealthy.append(newStream(), 'no-stream', [newEvent()])())
    const appendMany = (to: EventStore) =>
      Promise.all(Array.from({ length: 32 }, () => to.append(newStream(), 'no-stream', [newEvent()])()))
    const before = healthy.calls.append
    for (const { faults } of [server, healthy]) faults.slow(500)
    const [lost, sound] = [appendMany(store), appendMany(toHealthy)]
    await sleep(200)
    await server.stop()
    for (const answer of await sound) right(answer)
    expect(healthy.calls.append - before).to.equal(32)

    server.faults.slow(0)
    await server.restart()
    for (const answer of await lost) right(answer)
    expect(server.events()).to.have.length(33)
    await toHealthy.close()
    await healthy.stop()
  })

  it('gives up after some seconds, and recovers by itself', async () => {
    const answer = await server.faults.during('append', 'unavailable', () =>
      store.append(newStream(), 'no-stream', [newEvent()])(),
    )
    expect(left(answer)._tag).to.equal('StoreUnavailable')
    right(await store.append(newStream(), 'no-stream', [newEvent()])())
  })

  for (const operation of ['read', 'append'] as const) {
    it(`goes to the leader that a node names: ${operation}`, async () => {
      const leader = await startEventStoreDb({ beside: server })
      const stream = newStream()
      server.faults.next(operation, { leader: { address: '127.0.0.1', port: leader.port } })
      expect(await gather(store.readStream(stream))).to.deep.equal([])
      const before = leader.calls.append
      right(await store.append(stream, 'no-stream', [newEvent()])())
      expect(leader.calls.append).to.equal(before + 1)
      await store.close()
      await leader.stop()
    })
  }

  for (const fault of ['unavailable', 'reset', 'unanswered', 'broken-off'] as const) {
    it(`reads a stream and the log to the end through: ${fault}`, async () => {
      const stream = newStream()
      right(await store.append(stream, 'no-stream', newEvents(50))())
      server.faults.next('read', fault)
      const events = await gather(store.readStream(stream))
      expect(events.map(({ revision }) => revision)).to.deep.equal(Array.from({ length: 50 }, (_, i) => i))
      server.faults.next('subscribe', fault === 'broken-off' ? 'not-ready' : fault)
      expect(await eventsOf(store)).to.have.length(51)
    })
  }

  for (const disturbance of ['unavailable', 'reset', 'cut', 'ended', 'silent', 'fell-behind'] as const) {
    it(`follows without gap or repetition through: ${disturbance}`, async () => {
      const stop = new AbortController()
      const followed: RecordedEvent[] = []
      const following = (async () => {
        for await (const { events } of store.follow(null, stop.signal)) followed.push(...events)
      })()
      const stream = newStream()
      for (let revision = 0; revision < 30; revision += 1) {
        right(await store.append(stream, revision === 0 ? 'no-stream' : revision - 1, [newEvent()])())
        if (revision % 10 === 5) {
          await untilTrue('it follows', () => followed.length >= revision + 2)
          server.disturbSubscriptions(disturbance)
        }
      }
      await untilTrue('all are followed', () => followed.length >= 31)
      stop.abort()
      await following
      const log = await eventsOf(store)
      expect(followed.map(({ position }) => position)).to.deep.equal(log.map(({ position }) => position))
    })
  }
})

describe('an append that the server says comes too late', () => {
  const event = newEvent()
  const stream = newStream()
  const details = new anyPb.Any()
  const wrong = wrongExpectedVersion({ _tag: 'WrongExpectedVersion', actual: 6 }, 5)
  details.pack(wrong.serializeBinary(), 'event_store.client.WrongExpectedVersion')
  const response = new streamsPb.BatchAppendResp().setError(new statusPb.Status().setDetails(details))
  const tooLate = { correlationId: '', bytes: Buffer.from(response.serializeBinary()) }

  /** The answer when the first try is met with silence and the second with a wrong version; `held` stands at 6. */
  const appended = (held: string, metadata = event.metadata) => {
    const outcomes = [() => Promise.reject(new Error('silence')), async () => tooLate]
    const session = { server: null, givenUp: new AbortController().signal, sendAppend: () => outcomes.shift()?.() }
    const connection = {
      session: async () => session,
      answered: () => undefined,
      failed: () => undefined,
      patience: () => 1000,
      reason: () => 'away',
    } as unknown as Connection
    async function* readStream(): AsyncGenerator<RecordedEvent> {
      yield { ...event, eventId: held, metadata, stream, revision: 6, position: 'p' }
    }
    return appending(connection, streamNames(), readStream).append(stream, 5, [event])()
  }

  it('is acknowledged when its own first try had got through', async () => {
    expect(right(await appended(event.eventId))).to.deep.equal({ revision: 6, position: 'p' })
  })

  it('is told that it stood there when another writer had written the same event', async () => {
    const place = right(await appended(event.eventId, '{"recordedAt":"at another time"}'))
    expect(place).to.deep.equal({ revision: 6, position: 'p', already: true })
  })

  it('is a conflict when the event of another stands there', async () => {
    expect(left(await appended(newEvent().eventId))).to.deep.equal({
      _tag: 'WrongExpectedVersion',
      stream,
      expected: 5,
      actual: 6,
    })
  })
})
