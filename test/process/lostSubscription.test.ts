import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { openEsdbEventStore } from '../../src/eventStore/esdb/esdbEventStore.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import type { Position } from '../../src/eventStore/recordedEvent.ts'
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { newEvents, newStream } from '../support/events/newEvents.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually, ROOM_MS, untilTrue } from '../support/patience.ts'
import { right } from '../support/right.ts'
import { answered } from '../support/service/answers.ts'
import { type OwnService, readyHere, startService } from '../support/service/service.ts'
import { newUser, request, signed, validation } from '../support/webhooks/webhookBuilders.ts'

describe('a node whose subscription is lost', () => {
  const user = newUser()
  let server: EventStoreDb
  let service: OwnService
  let stores: EventStore[] = []

  beforeEach(async () => {
    server = await startEventStoreDb()
    service = await readyHere(newDirectory(), { EVENT_STORE: server.connectionString })
    await service.deliver(request(user))
    expect(await service.kyc(user)).to.include({ status: 'pending' })
  })
  afterEach(async () => {
    await service.stop()
    await Promise.all(stores.map((store) => store.close()))
    stores = []
    await server.stop()
  })

  /** Another application's connection, or another node's. */
  const open = async ({ connectionString }: EventStoreDb, streamPrefix: string): Promise<EventStore> => {
    const store = right(await openEsdbEventStore({ connectionString, streamPrefix })())
    stores.push(store)
    return store
  }
  const append = async (store: EventStore, count: number): Promise<Position> =>
    right(await store.append(newStream(), 'no-stream', newEvents(count))()).position

  const readiness = async () => {
    const response = await service.get('/health/ready')
    const { position, ...said } = (await response.json()) as Readonly<Record<string, string>>
    return { status: response.status, position: position ?? '', said }
  }

  it('is not ready, says why, goes on answering, and recovers by itself', async () => {
    await server.faults.during('subscribe', 'unavailable', async () => {
      server.disturbSubscriptions('unavailable')
      const told = await eventually('what is not ready is told', async () => {
        const { status, said } = await readiness()
        return status === 503 && said['eventStore'] === 'up' && said['readModel'] === 'behind' ? said : null
      })
      expect(told).to.deep.equal({
        status: 'not ready',
        clock: 'right',
        eventStore: 'up',
        journal: 'up',
        seals: 'off',
        readModel: 'behind',
        subscription: 'down',
      })
      expect(await (await service.get('/metrics')).text()).to.match(/^kyc_subscription_up 0$/m)
      await service.says(/"reason":"[^"]+","msg":"the log can no longer be followed/)
      expect((await service.get(`/users/${user}/kyc`)).status).to.equal(200)
      expect((await service.post(signed(validation(user)))).status).to.equal(200)
    })
    await service.ready()
    expect(await (await service.get('/metrics')).text()).to.match(/^kyc_subscription_up 1$/m)
    await service.says('the log is followed again')
    expect(service.stdout().split('the log can no longer be followed')).to.have.length(2)
    expect(await service.kyc(user)).to.include({ status: 'validated' })
  })

  it('is not ready again before it holds what others have appended meanwhile', async () => {
    const peer = await startEventStoreDb({ beside: server })
    await server.stop()
    await untilTrue('it is not ready', async () => (await readiness()).status !== 200)
    const other = await open(peer, 'kyc-')
    let last: Position = ''
    for (let i = 0; i < 30; i++) last = await append(other, 200)
    await server.restart()
    const position = await eventually('it is ready', async () => {
      const now = await readiness()
      return now.status === 200 ? now.position : null
    })
    expect(position >= last).to.equal(true)
    await peer.stop()
  })

  it('holds to the position that it gave, now and when it is started again', async () => {
    await service.stop()
    service = await readyHere(service.directory, { EVENT_STORE: server.connectionString })
    const other = await open(server, 'other-')
    const before = (await readiness()).position
    for (let i = 0; i < 12; i++) await append(other, 100)
    await untilTrue('it comes to them', async () => (await readiness()).position !== before)
    const { position } = await readiness()
    const expectHeld = async (): Promise<void> => {
      expect((await readiness()).position >= position).to.equal(true)
      expect((await answered(() => service.get(`/users/${user}/kyc?minPosition=${position}`))).status).to.equal(200)
    }

    server.faults.slow(20)
    server.cutConnections()
    await untilTrue('the log is followed again', async () => {
      await expectHeld()
      return service.stdout().includes('the log is followed again')
    })
    await service.ready()
    await expectHeld()
    await service.stop()
    service = await readyHere(service.directory, { EVENT_STORE: server.connectionString })
    await expectHeld()
  })

  for (const underWay of [false, true]) {
    it(`stops in time while the server is frozen${underWay ? ', with a delivery under way' : ''}`, async () => {
      await service.stop()
      const child = await startService(service.directory, { EVENT_STORE: server.connectionString })
      await child.ready()
      server.freeze()
      const delivery = underWay ? child.post(signed(request(newUser()))) : null
      const answered = delivery?.then(({ ok }) => (ok ? 'acknowledged' : 'refused')).catch(() => 'cut off')
      await sleep(500)
      const since = performance.now()
      expect(await child.stop()).to.deep.equal({ code: 0, signal: null })
      expect(performance.now() - since).to.be.lessThan(10_000 + ROOM_MS)
      if (underWay) expect(await answered).to.be.oneOf(['refused', 'cut off'])
    })
  }
})
