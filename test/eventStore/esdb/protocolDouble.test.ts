import { setTimeout as sleep } from 'node:timers/promises'
import { type AppendResult, type EventStoreDBClient, NO_STREAM, START } from '@eventstore/db-client'
import { expect } from 'chai'
import { type EventStoreDb, startEventStoreDb } from '../../support/eventStoreDb/eventStoreDb.ts'
import type { FaultOf } from '../../support/eventStoreDb/faults.ts'
import type { Disturbance } from '../../support/eventStoreDb/node.ts'
import { protocolPolicies } from '../../support/eventStoreDb/protocolPolicies.ts'
import {
  append,
  connect,
  disposeClients,
  type Event,
  type Failure,
  failure,
  newEvent,
  newEvents,
  newStream,
  PENDING,
  subscribed,
  until,
  within,
} from '../../support/eventStoreDb/rawClient.ts'
import { gather } from '../../support/gather.ts'

describe('the EventStoreDB protocol double', () => {
  let db: EventStoreDb
  let client: EventStoreDBClient

  beforeEach(async () => {
    db = await startEventStoreDb()
    client = connect(db.connectionString)
  })
  afterEach(async () => {
    await disposeClients()
    await db.stop()
  })

  protocolPolicies(() => client)

  const REFUSALS: readonly [FaultOf['append'], Partial<Failure>, Partial<Failure>][] = [
    ['unavailable', { type: 'unavailable', code: 14 }, { type: 'unavailable', code: 14 }],
    [
      'not-ready',
      { type: 'unknown', message: 'Could not recognize Server Is Not Ready' },
      { type: 'unavailable', code: 14 },
    ],
    ['deadline-exceeded', { type: 'deadline-exceeded' }, { type: 'deadline-exceeded', code: 4 }],
    ['access-denied', { type: 'access-denied' }, { type: 'access-denied', code: 7 }],
    ['reset', { type: 'unknown', code: 13 }, { type: 'unknown', code: 13 }],
    ['too-large', { type: 'maximum-append-size-exceeded' }, { type: 'maximum-append-size-exceeded' }],
  ]

  describe('what befalls appends', () => {
    const put = (stream: string, ...events: Event[]): Promise<AppendResult> =>
      append(client)(stream, NO_STREAM, ...events)

    for (const [fault, seen] of REFUSALS) {
      it(`${fault}: nothing is written, and the client sees it`, async () => {
        const [stream, event] = [newStream(), newEvent()]
        db.faults.next('append', fault)
        expect(await failure(put(stream, event))).to.include(seen)
        expect(db.events()).to.deep.equal([])
        await put(stream, event)
        expect(db.calls.append).to.equal(2)
      })
    }

    it('not leader: the client goes to the leader', async () => {
      const leader = await startEventStoreDb({ beside: db })
      const stream = newStream()
      db.faults.next('append', { leader: { address: '127.0.0.1', port: leader.port } })
      expect(await failure(put(stream, newEvent()))).to.deep.include({
        type: 'not-leader',
        leader: { address: '127.0.0.1', port: leader.port },
      })
      await put(stream, newEvent())
      expect([db.calls.append, leader.calls.append]).to.deep.equal([1, 1])
      expect(db.events().map((event) => event.stream)).to.deep.equal([stream])
      await leader.stop()
    })

    it('unanswered: neither written nor answered', async () => {
      db.faults.next('append', 'unanswered')
      const unanswered = put(newStream(), newEvent())
      await until(() => db.calls.append === 1)
      expect(await within(50, unanswered)).to.equal(PENDING)
      expect(db.events()).to.deep.equal([])
    })

    it('acknowledgement withheld: written, never answered; the repetition is acknowledged', async () => {
      const [stream, event] = [newStream(), newEvent()]
      db.faults.next('append', 'ack-withheld')
      const unanswered = put(stream, event)
      await until(() => db.calls.append === 1)
      expect(await within(50, unanswered)).to.equal(PENDING)
      expect(await put(stream, event)).to.include({ success: true, nextExpectedRevision: 0n })
      expect(db.events()).to.have.length(1)
    })

    it('acknowledgement cut off: written, and the connection reset', async () => {
      const [stream, event] = [newStream(), newEvent()]
      db.faults.next('append', 'ack-cut')
      expect(await failure(put(stream, event))).to.include({ type: 'unavailable', code: 14 })
      expect(db.events()).to.have.length(1)
      expect((await put(stream, event)).nextExpectedRevision).to.equal(0n)
      expect(db.events()).to.have.length(1)
    })
  })

  describe('what befalls reads', () => {
    const read = (stream: string): Promise<readonly unknown[]> => gather(client.readStream(stream))

    for (const [fault, , seen] of REFUSALS) {
      if (fault === 'too-large') continue
      it(`${String(fault)}: the client sees it`, async () => {
        const stream = newStream()
        await append(client)(stream, NO_STREAM, newEvent())
        db.faults.next('read', fault as FaultOf['read'])
        expect(await failure(read(stream))).to.include(seen)
        expect(await read(stream)).to.have.length(1)
      })
    }

    it('broken off: an error after half of the events', async () => {
      const stream = newStream()
      await append(client)(stream, NO_STREAM, ...newEvents(4))
      db.faults.next('read', 'broken-off')
      let count = 0
      const reading = async (): Promise<void> => {
        for await (const _ of client.readStream(stream)) count += 1
      }
      expect(await failure(reading())).to.include({ type: 'unavailable' })
      expect(count).to.be.at.most(2)
    })

    it('unanswered: silence', async () => {
      db.faults.next('read', 'unanswered')
      const unanswered = read(newStream())
      await until(() => db.calls.read === 1)
      expect(await within(50, unanswered)).to.equal(PENDING)
    })
  })

  describe('what befalls subscriptions', () => {
    const DISTURBANCES: readonly [Disturbance, Partial<Failure> | null, readonly string[]][] = [
      ['unavailable', { type: 'unavailable', code: 14 }, []],
      ['reset', { type: 'unknown', code: 13 }, []],
      ['cut', { type: 'unavailable', code: 14 }, []],
      ['ended', null, ['end']],
      ['silent', null, []],
      ['fell-behind', null, ['fellBehind', 'caughtUp']],
    ]
    for (const [disturbance, error, said] of DISTURBANCES) {
      it(`${disturbance}: the subscriber hears ${error?.type ?? (said.join(', ') || 'nothing')}`, async () => {
        const reader = subscribed(client, START, 'kyc-')
        await reader.caughtUp()
        expect(db.disturbSubscriptions(disturbance)).to.equal(1)
        if (disturbance === 'silent') await sleep(50)
        await reader.until(() => reader.said.length - 2 === said.length && (error === null || reader.errors.length > 0))
        expect(reader.said.slice(2)).to.deep.equal(said)
        if (error === null) expect(reader.errors).to.deep.equal([])
        else expect(reader.errors[0]).to.include(error)

        await append(client)(newStream(), NO_STREAM, newEvent())
        const again = subscribed(client, START, 'kyc-')
        await again.caughtUp()
        expect(again.revisions).to.have.length(1)
        expect(reader.revisions).to.have.length(disturbance === 'fell-behind' ? 1 : 0)
      })
    }

    it('refused: an error before anything else; unanswered: silence', async () => {
      db.faults.next('subscribe', 'unavailable')
      const refused = subscribed(client, START, 'kyc-')
      await refused.until(() => refused.errors.length > 0)
      expect(refused.errors[0]).to.include({ type: 'unavailable' })
      db.faults.next('subscribe', 'unanswered')
      const unanswered = subscribed(client, START, 'kyc-')
      await until(() => db.calls.subscribe === 2)
      await sleep(50)
      expect([...refused.said, ...unanswered.said]).to.deep.equal([])
    })
  })

  describe('what befalls the node', () => {
    it('frozen: it takes connections and says nothing, then goes on where it was', async () => {
      const stream = newStream()
      await append(client)(stream, NO_STREAM, newEvent())
      const reader = subscribed(client, START, 'kyc-')
      await reader.caughtUp()
      db.freeze()
      const appending = append(client)(stream, 0n, newEvent())
      // By another name for the node: clients share their connections to one name.
      const elsewhere = gather(connect(`esdb://localhost:${db.port}?tls=false`).readStream(stream))
      expect(await within(100, appending)).to.equal(PENDING)
      expect(await within(100, elsewhere)).to.equal(PENDING)
      expect(db.events()).to.have.length(1)
      db.thaw()
      expect((await appending).nextExpectedRevision).to.equal(1n)
      expect(await elsewhere).to.have.length(2)
      await reader.until(() => reader.revisions.length === 2)
    })

    it('stopped: every call is unavailable; started again: the log is the same', async () => {
      const [stream, event] = [newStream(), newEvent()]
      const first = await append(client)(stream, NO_STREAM, event)
      const reader = subscribed(client, START, 'kyc-')
      await reader.caughtUp()
      await db.stop()
      await reader.until(() => reader.errors.length > 0)
      expect(reader.errors[0]).to.include({ type: 'unavailable', code: 14 })
      expect((await failure(append(client)(stream, 0n, newEvent()))).code).to.equal(14)
      expect((await failure(gather(client.readStream(stream)))).code).to.equal(14)

      await db.restart()
      expect(await append(connect(db.connectionString))(stream, NO_STREAM, event)).to.deep.equal(first)
    })

    it('connections cut: subscribers hear it, and the next call succeeds', async () => {
      const reader = subscribed(client, START, 'kyc-')
      await reader.caughtUp()
      db.cutConnections()
      await reader.until(() => reader.errors.length > 0)
      await append(client)(newStream(), NO_STREAM, newEvent())
    })

    it('slow: every answer comes late', async () => {
      db.faults.slow(80)
      const started = performance.now()
      await append(client)(newStream(), NO_STREAM, newEvent())
      expect(performance.now() - started).to.be.at.least(79)
      db.faults.slow(0)
    })

    it('is found by gossip', async () => {
      const clustered = connect(`esdb://127.0.0.1:${db.port},127.0.0.1:${db.port}?tls=false`)
      await append(clustered)(newStream(), NO_STREAM, newEvent())
    })
  })

  describe('its switches', () => {
    it('strike in order, as often as asked', async () => {
      const outcome = async (): Promise<string | undefined> =>
        append(client)(newStream(), NO_STREAM, newEvent()).then(
          () => 'taken',
          (error: Failure) => error.type,
        )
      db.faults.next('append', 'access-denied', 2)
      db.faults.next('append', 'too-large')
      const outcomes = [await outcome(), await outcome(), await outcome(), await outcome()]
      expect(outcomes).to.deep.equal(['access-denied', 'access-denied', 'maximum-append-size-exceeded', 'taken'])
    })

    it('last as long as the work', async () => {
      await db.faults.during('append', 'access-denied', async () => {
        for (let i = 0; i < 3; i += 1) await failure(append(client)(newStream(), NO_STREAM, newEvent()))
      })
      await append(client)(newStream(), NO_STREAM, newEvent())
      expect(db.events()).to.have.length(1)
    })
  })
})

describe('the EventStoreDB protocol double of 25.0', () => {
  let db: EventStoreDb
  let client: EventStoreDBClient

  beforeEach(async () => {
    db = await startEventStoreDb({ version: '25.0' })
    client = connect(db.connectionString)
  })
  afterEach(async () => {
    await disposeClients()
    await db.stop()
  })

  protocolPolicies(() => client, '25.0')
})

const { EVENTSTORE_TEST_URL, EVENTSTORE_TEST_VERSION } = process.env
if (EVENTSTORE_TEST_URL !== undefined) {
  describe('a real EventStoreDB, held to what the double does', () => {
    let client: EventStoreDBClient
    beforeEach(() => {
      client = connect(EVENTSTORE_TEST_URL)
    })
    afterEach(disposeClients)
    protocolPolicies(() => client, EVENTSTORE_TEST_VERSION?.startsWith('25.') ? '25.0' : '24.6')
  })
}
