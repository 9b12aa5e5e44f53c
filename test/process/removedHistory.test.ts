import { setTimeout as sleep } from 'node:timers/promises'
import { EventStoreDBClient } from '@eventstore/db-client'
import { expect } from 'chai'
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { itLong } from '../support/rounds.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, serveHere } from '../support/service/service.ts'
import { but, newUser, refusal, request, signed, validation } from '../support/webhooks/webhookBuilders.ts'

interface Administrator {
  readonly client: EventStoreDBClient
  /** Takes from the service every right on the stream; where the server knows no users there is none to take. */
  readonly close: ((stream: string) => void) | null
}

type Removal = (administrator: Administrator, stream: string) => Promise<unknown>

interface Removed {
  readonly kind: 'history-removed' | 'history-incomplete'
  readonly remove: Removal
  /** What becomes of a webhook that comes for the stream afterwards. */
  readonly afterwards: 'appended' | 'refused'
}

const REMOVALS: Readonly<Record<string, Removed>> = {
  'cut to its last event': {
    kind: 'history-incomplete',
    remove: ({ client }, stream) => client.setStreamMetadata(stream, { maxCount: 1 }),
    afterwards: 'appended',
  },
  'cut behind its last event': {
    kind: 'history-removed',
    remove: ({ client }, stream) => client.setStreamMetadata(stream, { truncateBefore: 3 }),
    afterwards: 'appended',
  },
  'deleted softly': {
    kind: 'history-removed',
    remove: ({ client }, stream) => client.deleteStream(stream),
    afterwards: 'appended',
  },
  'deleted for good': {
    kind: 'history-removed',
    remove: ({ client }, stream) => client.tombstoneStream(stream),
    afterwards: 'refused',
  },
}

const eventually = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (const until = performance.now() + 60_000; !(await holds()); await sleep(50)) {
    if (performance.now() > until) throw new Error(`not within a minute: ${what}`)
  }
}

/** What a service says of a user in every way it can be asked, as statuses of HTTP and of the user. */
const asked = async (service: OwnService, user: string) => {
  const json = async (path: string) => {
    const response = await service.get(`/users/${user}${path}`)
    return { code: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const now = await json('/kyc')
  const then = await json(`/kyc?asOf=${new Date().toISOString()}`)
  const [history, events] = [await json('/kyc/history'), await json('/events')]
  return { now, then, history, events }
}

const policies = (name: string, connect: () => Administrator & { readonly connectionString: string }): void => {
  describe(`a user whose stream in ${name} was`, () => {
    const services: OwnService[] = []
    const start = async (): Promise<OwnService> => {
      const service = await serveHere(newDirectory(), { EVENT_STORE: connect().connectionString })
      services.push(service)
      await service.ready().catch((error: unknown) => {
        throw new Error(`${error}: ${service.stdout().slice(-4000)}`)
      })
      return service
    }
    afterEach(async () => {
      await Promise.all(services.splice(0).map((service) => service.stop()))
    })

    const expectUnknown = async (service: OwnService, user: string, kind: Removed['kind']): Promise<void> => {
      await eventually(`${user} is unknown`, async () => {
        const { status, anomalies } = await service.kyc(user)
        return status === 'unknown' && anomalies.some((one) => one.kind === kind)
      })
      const { now, then, history, events } = await asked(service, user)
      for (const { code, body } of [now, then]) {
        expect(code).to.equal(200)
        expect(body).to.include({ status: 'unknown', verified: false })
      }
      if (kind === 'history-removed') {
        expect([history.code, events.code]).to.deep.equal([410, 410])
      } else {
        expect([history.code, events.code]).to.deep.equal([200, 200])
        expect(JSON.stringify(history.body)).not.to.contain('"verified":true')
      }
      const listed = (await (await service.get(`/users?anomaly=${kind}&limit=1000`)).json()) as {
        readonly users: readonly { readonly userId: string }[]
      }
      expect(listed.users.map(({ userId }) => userId)).to.include(user)
      expect(await (await service.get('/metrics')).text()).to.match(
        new RegExp(`kyc_users_uncertain\\{kind="${kind}"\\} [1-9]`),
      )
    }

    for (const [how, removed] of Object.entries(REMOVALS)) {
      const test = how === 'deleted for good' ? it : itLong
      test(`${how} is unknown, alone, on the node that knew him and on a new one, whatever comes for him`, async () => {
        const [user, other] = [newUser(), newUser()]
        const running = await start()
        for (const one of [user, other]) {
          for (const webhook of [request(one), refusal(one), validation(one)]) await running.deliver(webhook)
        }
        expect(await running.kyc(user)).to.include({ status: 'validated' })
        await removed.remove(connect(), `kyc-${user}`)
        await expectUnknown(running, user, removed.kind)

        const fresh = await start()
        await expectUnknown(fresh, user, removed.kind)
        if (removed.kind === 'history-removed') expect(fresh.stdout()).to.contain(`kyc-${user}`)
        for (const service of [running, fresh]) {
          expect(await service.kyc(other)).to.include({ status: 'validated' })
          expect((await service.get('/health/ready')).status).to.equal(200)
        }

        // The old payload, which nobody remembers: it is kept, and vouches for nothing.
        const again = await fresh.post(signed(but(validation(user), { id: 'another' })))
        expect(again.status, await again.clone().text()).to.equal(removed.afterwards === 'appended' ? 200 : 503)
        if (removed.afterwards === 'appended') {
          const { events } = (await again.json()) as { readonly events: readonly { readonly revision: number }[] }
          expect(events[0]?.revision).to.equal(3)
        } else expect(fresh.journal()).to.have.length(1)
        for (const service of [running, fresh]) expect(await service.kyc(user)).to.include({ status: 'unknown' })
        await fresh.stop()

        const env = { EVENT_STORE: connect().connectionString }
        const refused = await kycHere(fresh.directory, ['replay'], env)
        expect(refused.code, refused.stderr).to.equal(1)
        expect(refused.stderr).to.contain(user)
        const accepted = await kycHere(fresh.directory, ['replay', '--accept-lost-events'], env)
        expect(accepted.code, accepted.stderr).to.equal(0)
      })
    }

    it('closed to the service is unknown, alone', async function () {
      const { close } = connect()
      if (close === null) return this.skip()
      const user = newUser()
      const running = await start()
      await running.deliver(request(user))
      await running.deliver(validation(user))
      close(`kyc-${user}`)
      await connect().client.setStreamMetadata(`kyc-${user}`, { acl: { readRoles: ['$admins'] } })
      await expectUnknown(running, user, 'history-removed')
      await expectUnknown(await start(), user, 'history-removed')
    })
  })
}

const { EVENTSTORE_TEST_URL: realServer } = process.env
if (realServer === undefined) {
  console.log('EVENTSTORE_TEST_URL is not set: no history was taken out of a real EventStoreDB')
} else {
  const client = EventStoreDBClient.connectionString(realServer)
  after(() => client.dispose())
  policies('a real EventStoreDB', () => ({ client, close: null, connectionString: realServer }))
}

const double: EventStoreDb = await startEventStoreDb()
const client = EventStoreDBClient.connectionString(double.connectionString)
after(async () => {
  await client.dispose()
  await double.stop()
})
policies('the protocol double', () => ({
  client,
  connectionString: double.connectionString,
  close: (stream) => {
    double.rights.withdraw('read', stream)
    double.rights.withdraw('write', stream)
  },
}))
