import { expect } from 'chai'
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import { answered, type Taken } from '../support/service/answers.ts'
import { type OwnService, readyHere, type Service, serveHere, startService } from '../support/service/service.ts'
import { at, newUser, refusal, request, signed, validation } from '../support/webhooks/webhookBuilders.ts'

const CREATED = at('2026-01-05T10:00:00Z')

const twoNodes = (name: string, open: () => Promise<{ readonly url: string; readonly close: () => Promise<void> }>) =>
  describe(`two nodes in front of ${name}`, () => {
    let log: Awaited<ReturnType<typeof open>>
    let nodes: readonly [Service, OwnService]

    before(async () => {
      log = await open()
      const env = { EVENT_STORE: log.url }
      nodes = await Promise.all([startService(newDirectory(), env), serveHere(newDirectory(), env)])
      await Promise.all(nodes.map((node) => node.ready()))
    })
    after(async () => {
      expect(await nodes[0].stop()).to.deep.equal({ code: 0, signal: null })
      await nodes[1].stop()
      await log.close()
    })

    const deliver = async (node: OwnService, body: string): Promise<Taken> => {
      const response = await node.post(body)
      const text = await response.text()
      expect(response.status, text).to.equal(200)
      return JSON.parse(text) as Taken
    }
    const streamAt = async (node: OwnService, user: string): Promise<readonly unknown[]> => {
      const response = await answered(() => node.get(`/users/${user}/events`))
      return ((await response.json()) as { events: readonly unknown[] }).events
    }

    it('make one event of fifty concurrent deliveries of one webhook', async () => {
      const user = newUser()
      const body = signed(request(user, { id: `first-${user}`, createdAt: CREATED }))
      const taken = await Promise.all(Array.from({ length: 50 }, (_, i) => deliver(nodes[i % 2 === 0 ? 0 : 1], body)))
      expect(taken.filter(({ outcome }) => outcome === 'appended')).to.have.length(1)
      expect(new Set(taken.map(({ events }) => JSON.stringify(events))).size).to.equal(1)
      expect(await streamAt(nodes[0], user)).to.have.length(1)
    })

    it('say that it is known where the other one took it, however long ago', async () => {
      const user = newUser()
      const [first, second] = nodes
      const bodies = ['a', 'b', 'c'].map((tag, i) => {
        const envelope = { id: `${user}-${tag}`, createdAt: CREATED + i * 10_000_000 }
        return signed(request(user, envelope, { userTag: tag }))
      })
      const [known = '', news = '', more = ''] = bodies
      // Each knows the stream from an append of its own, and nothing of what the other appended since.
      expect(await deliver(second, known)).to.include({ outcome: 'appended' })
      const taken = await deliver(first, news)
      expect(taken.outcome).to.equal('appended')
      expect(await deliver(second, news)).to.deep.equal({ ...taken, outcome: 'duplicate' })
      expect(await deliver(second, more)).to.include({ outcome: 'appended' })
      expect(await deliver(first, more)).to.include({ outcome: 'duplicate' })
      expect(await streamAt(first, user)).to.have.length(3)
    })

    it('say of each of many webhooks, delivered to both at once, once that it was appended', async () => {
      const bodies = Array.from({ length: 60 }, () => {
        const user = newUser()
        return signed(request(user, { id: user, createdAt: CREATED }))
      })
      // All of them together are more than a busy machine may get through in the seconds for which an append is tried.
      for (let at = 0; at < bodies.length; at += 5) {
        const outcomes = await Promise.all(
          bodies.slice(at, at + 5).map(async (body) => {
            const taken = await Promise.all(nodes.map((node) => deliver(node, body)))
            return taken.map(({ outcome }) => outcome).sort()
          }),
        )
        for (const pair of outcomes) expect(pair).to.deep.equal(['appended', 'duplicate'])
      }
    })

    it('keep every one of many different webhooks for one user, delivered to both at once', async () => {
      const user = newUser()
      const bodies = Array.from({ length: 40 }, (_, i) => {
        const envelope = { id: `${user}-${i}`, createdAt: CREATED + i * 10_000_000 }
        return signed(request(user, envelope, { userTag: String(i) }))
      })
      await Promise.all(bodies.flatMap((body) => nodes.map((node) => deliver(node, body))))
      for (const node of nodes) expect(await streamAt(node, user)).to.have.length(bodies.length)
    })

    it('give one and the same answer, each from the position on that the other gave', async () => {
      const user = newUser()
      const webhooks = [
        request(user, { id: `${user}-a`, createdAt: CREATED }),
        refusal(user, { id: `${user}-c`, createdAt: CREATED + 20_000_000 }),
        validation(user, { id: `${user}-b`, createdAt: CREATED + 10_000_000 }),
      ]
      let position = ''
      for (const [index, webhook] of webhooks.entries()) {
        const { events } = await deliver(nodes[index % 2 === 0 ? 0 : 1], signed(webhook))
        position = events[0]?.position ?? ''
      }
      const answers = await Promise.all(
        nodes.map(async (node) =>
          (await answered(() => node.get(`/users/${user}/kyc?minPosition=${position}`))).text(),
        ),
      )
      expect(answers[0]).to.equal(answers[1])
      expect(JSON.parse(answers[0] ?? '').status).to.equal('refused')
    })
  })

twoNodes('the protocol double', async () => {
  const double = await startEventStoreDb()
  return { url: double.connectionString, close: () => double.stop() }
})

const { EVENTSTORE_TEST_URL: realServer } = process.env
if (realServer === undefined)
  console.log('EVENTSTORE_TEST_URL is not set: two nodes were not tested with a real EventStoreDB')
else twoNodes('a real EventStoreDB', async () => ({ url: realServer, close: async () => undefined }))

describe('a node in front of EventStoreDB', () => {
  let double: EventStoreDb
  beforeEach(async () => {
    double = await startEventStoreDb()
  })
  afterEach(() => double.stop())

  for (const fault of ['ack-withheld', 'ack-cut', 'unavailable', 'not-ready', 'reset'] as const) {
    it(`answers 200 and keeps one event when an append meets: ${fault}`, async () => {
      const service = await readyHere(newDirectory(), { EVENT_STORE: double.connectionString })
      const user = newUser()
      double.faults.next('append', fault)
      const response = await service.post(signed(request(user, { id: user, createdAt: CREATED })))
      expect(response.status).to.equal(200)
      expect(double.events().filter(({ stream }) => stream === `kyc-${user}`)).to.have.length(1)
      await service.stop()
    })
  }

  it('starts without the server, answers 503 with Retry-After, is not ready, and recovers by itself', async () => {
    await double.stop()
    const service = await serveHere(newDirectory(), { EVENT_STORE: double.connectionString })
    const body = signed(request(newUser(), { id: 'early', createdAt: CREATED }))
    const refused = await service.post(body)
    expect(refused.status).to.equal(503)
    expect(refused.headers.get('retry-after')).to.match(/^\d+$/)
    const readiness = await service.get('/health/ready')
    expect(readiness.status).to.equal(503)
    expect(await readiness.json()).to.include({ eventStore: 'down' })

    await double.restart()
    await service.ready()
    expect((await service.post(body)).status).to.equal(200)
    await service.stop()
  })

  it('is not ready while the server is lost, and says so', async () => {
    const service = await readyHere(newDirectory(), { EVENT_STORE: double.connectionString })
    await double.stop()
    await untilTrue('it is not ready', async () => (await service.get('/health/ready')).status === 503)
    await double.restart()
    await service.ready()
    await service.stop()
  })
})
