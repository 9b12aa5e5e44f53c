import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { openEsdbEventStore } from '../../src/eventStore/esdb/esdbEventStore.ts'
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import type { LogEvent } from '../support/eventStoreDb/logEvent.ts'
import { newEvents, newStream } from '../support/events/newEvents.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { PATIENCE_MS, untilTrue } from '../support/patience.ts'
import { right } from '../support/right.ts'
import { itLong } from '../support/rounds.ts'
import { type OwnService, readyHere, type Service, serveHere, startService } from '../support/service/service.ts'
import { spawnService } from '../support/service/serviceProcess.ts'
import { newUser, refusal, request, signed, validation } from '../support/webhooks/webhookBuilders.ts'

describe('a log that is replaced under a running node', () => {
  const user = newUser()
  const first = request(user)
  const lost = validation(user)
  let server: EventStoreDb
  let service: OwnService

  const start = async (directory: string, acceptLostEvents = false): Promise<void> => {
    service = await readyHere(directory, { EVENT_STORE: server.connectionString }, { acceptLostEvents })
  }
  /** In place of the one that runs, on its directory: a process, which a replaced log ends. */
  const startProcess = async (): Promise<Service> => {
    await service.stop()
    const child = await startService(service.directory, { EVENT_STORE: server.connectionString })
    await child.ready()
    return child
  }
  /** Starts it; gives what it said when it refused the log and ended. */
  const refusing = async (directory: string): Promise<string> => {
    const child = spawnService(directory, { EVENT_STORE: server.connectionString })
    expect(await child.exited).to.deep.equal({ code: 1, signal: null })
    return child.stdout()
  }
  beforeEach(async () => {
    server = await startEventStoreDb()
    await start(newDirectory())
    await service.deliver(first)
    await service.deliver(lost)
    expect(await service.kyc(user)).to.include({ status: 'validated' })
  })
  afterEach(async () => {
    await service.stop()
    await server.stop()
  })

  /** Stops the server and starts it with what `restored` makes of its log. */
  const replaceBy = async (restored: (events: readonly LogEvent[]) => readonly LogEvent[]): Promise<void> => {
    await server.stop()
    server = await startEventStoreDb({ port: server.port, backup: restored(server.events()) })
  }
  const position = async (): Promise<string> => {
    const readiness = (await (await service.get('/health/ready')).json()) as { readonly position: string }
    return readiness.position
  }
  const expectEnded = async (child: Service): Promise<void> => {
    expect(await Promise.race([child.exited, sleep(PATIENCE_MS, undefined)])).to.deep.equal({ code: 1, signal: null })
    expect(child.stdout()).to.include('the event log was replaced while the service ran')
  }

  it('ends it; started again on an older state, it names what is missing, and goes on only when told to', async () => {
    const child = await startProcess()
    await replaceBy((events) => events.slice(0, -1))
    await expectEnded(child)

    const refused = await refusing(service.directory)
    expect(refused).to.include(`kyc-${user}, revision 1 `).and.include('--accept-lost-events')
    await start(service.directory, true)
    expect(await service.kyc(user)).to.include({ status: 'pending' })
    expect((await service.deliver(lost)).outcome).to.equal('appended')
    expect(await service.kyc(user)).to.include({ status: 'validated' })
    const records = server.events().filter(({ type }) => type === 'kyc-ledger.events-lost-accepted')
    expect(records).to.have.length(1)
  })

  itLong('and of which one node has accepted the loss is taken as it is by every other', async () => {
    const { directory } = service
    const other = await readyHere(newDirectory(), { EVENT_STORE: server.connectionString })
    await service.stop()
    await other.stop()
    await replaceBy((events) => events.slice(0, -1))
    await start(other.directory, true)
    await service.stop()

    await start(directory)
    expect(await service.kyc(user)).to.include({ status: 'pending' })
  })

  it('ends it, though the other log is longer', async () => {
    const child = await startProcess()
    const other = await startEventStoreDb()
    const store = right(await openEsdbEventStore({ connectionString: other.connectionString })())
    right(await store.append(`kyc-${user}`, 'no-stream', newEvents(20))())
    await store.close()
    await replaceBy(() => other.events())
    await other.stop()
    await expectEnded(child)
    expect(await refusing(service.directory)).to.match(/has no identity, but .* belongs to the log [0-9a-f-]{36}/)
  })

  itLong('ends it; started again on an empty log, it refuses that and says why', async () => {
    const child = await startProcess()
    await replaceBy(() => [])
    await expectEnded(child)
    expect(await refusing(service.directory)).to.include('is empty or missing, but')
    expect(server.events()).to.deep.equal([])
  })

  it('is not what a node means that does not show the last event for a moment', async () => {
    await server.faults.during('read', 'behind', async () => {
      server.cutConnections()
      await untilTrue('it is not ready', async () => (await service.get('/health/ready')).status === 503)
      await sleep(3000)
      expect((await service.get('/health/ready')).status).to.equal(503)
    })
    await service.ready()
    await service.says('the log is followed again')

    await service.stop()
    await server.faults.during('read', 'behind', async () => {
      service = await serveHere(service.directory, { EVENT_STORE: server.connectionString })
      await sleep(3000)
      expect((await service.get('/health/ready')).status).to.equal(503)
    })
    await service.ready()
    expect(service.stdout()).to.not.include('made anew')
    expect(await service.kyc(user)).to.include({ status: 'validated' })
  })

  it('is no matter when nothing but events of others is missing', async () => {
    await service.stop()
    await start(service.directory)
    const before = await position()
    const elsewhere = { connectionString: server.connectionString, streamPrefix: 'other-' }
    const others = right(await openEsdbEventStore(elsewhere)())
    for (let i = 0; i < 10; i += 1) right(await others.append(newStream(), 'no-stream', newEvents(100))())
    await others.close()
    await untilTrue('it comes to them', async () => (await position()) !== before)
    const beyond = await position()
    await replaceBy((events) => events.filter(({ stream }) => stream.startsWith('kyc-')))
    // Others' events may still be moving it on: the restored log is followed as soon as it goes back.
    await untilTrue('it goes back', async () => (await position()) < beyond)
    await service.ready()
    await service.deliver(refusal(user))
    expect(await service.kyc(user)).to.include({ status: 'refused' })

    await service.stop()
    await start(service.directory)
    expect(await service.kyc(user)).to.include({ status: 'refused' })
    expect((await service.post(signed(lost))).status).to.equal(200)
  })
})
