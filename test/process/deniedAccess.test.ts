import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { type OwnService, serveHere, startService } from '../support/service/service.ts'
import { newUser, request, signed } from '../support/webhooks/webhookBuilders.ts'

const LOOKED_AT_MS = 4000
/** Of each failure one line, with growing pauses; and some lines of the start. A busy machine looks for longer. */
const mostLines = (seconds: number): number => 7 + 2 * seconds
const mostReads = (seconds: number): number => 10 * seconds

/** A service that cannot come to its log says why, is not ready, answers 503, and does not try all the time. */
const expectShutOut = async (service: OwnService, reason: RegExp, since: number): Promise<void> => {
  const response = await service.post(signed(request(newUser())))
  expect(response.status).to.equal(503)
  expect(response.headers.get('retry-after')).to.match(/^\d+$/)
  await sleep(LOOKED_AT_MS)
  const readiness = await service.get('/health/ready')
  expect(readiness.status).to.equal(503)
  expect(await readiness.json()).to.include({ eventStore: 'down' })
  await service.says(reason)
  const lines = service.stdout().trimEnd().split('\n')
  expect(lines.length).to.be.lessThan(mostLines((performance.now() - since) / 1000))
}

describe('a node whose right to write is withdrawn', () => {
  it('is not ready, with or without deliveries, and is ready again once it has it back', async () => {
    const double = await startEventStoreDb()
    const service = await serveHere(newDirectory(), { EVENT_STORE: double.connectionString })
    const becomes = async (status: 200 | 503): Promise<void> => {
      for (const until = performance.now() + 30_000; (await service.get('/health/ready')).status !== status; ) {
        if (performance.now() > until) throw new Error(`health did not become ${status}`)
        await sleep(50)
      }
    }
    try {
      await service.ready()
      for (const delivers of [false, true]) {
        double.rights.withdraw('write')
        if (delivers) expect((await service.post(signed(request(newUser())))).status).to.equal(503)
        await becomes(503)
        double.rights.restore()
        await becomes(200)
        await service.deliver(request(newUser()))
      }
      await service.says('not ready: event store down')
    } finally {
      await service.stop()
      await double.stop()
    }
  })
})

describe('a node that its event store denies access', () => {
  it('says so, is not ready, and comes back by itself once it is granted', async () => {
    const double = await startEventStoreDb()
    let service: OwnService | undefined
    await double.faults.during('read', 'access-denied', async () => {
      const since = performance.now()
      service = await serveHere(newDirectory(), { EVENT_STORE: double.connectionString })
      await expectShutOut(service, /denies access; check the credentials/, since)
      expect(double.calls.read).to.be.lessThan(mostReads((performance.now() - since) / 1000))
    })
    await service?.ready()
    expect((await service?.post(signed(request(newUser()))))?.status).to.equal(200)
    await service?.stop()
    await double.stop()
  })

  const { EVENTSTORE_TEST_URL: url = '' } = process.env
  const [, scheme, credentials, rest = ''] = /^(\w+(?:\+discover)?:\/\/)([^@]+)@(.*)$/.exec(url) ?? []
  if (credentials === undefined || !/tlsCaFile=/i.test(rest)) {
    console.log('EVENTSTORE_TEST_URL names no user and tlsCaFile: no credentials were tried on a real EventStoreDB')
    return
  }
  const user = credentials.split(':')[0]
  const withoutAuthority = `${scheme}${credentials}@${rest.replace(/tlsCaFile=[^&]*/i, 'tls=true')}`

  for (const [name, connectionString, reason] of [
    ['with a wrong password', `${scheme}${user}:not-the-password@${rest}`, /denies access; check the credentials/],
    ['without credentials', `${scheme}${rest}`, /denies access; check the credentials/],
    ['of an authority that it does not know', withoutAuthority, /certificate|discover/],
  ] as const) {
    it(`is told so by a real EventStoreDB: ${name}`, async () => {
      const since = performance.now()
      const service = await startService(newDirectory(), { EVENT_STORE: connectionString })
      await expectShutOut(service, reason, since)
      expect(service.stdout() + service.stderr()).to.not.include('not-the-password')
      expect(await service.stop()).to.deep.equal({ code: 0, signal: null })
    })
  }
})
