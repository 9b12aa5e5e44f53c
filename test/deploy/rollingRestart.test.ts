import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { type Answer, type Client, newClient } from '../support/deploy/asking.ts'
import { type Balancer, balancers } from '../support/deploy/balancers.ts'
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { freePort } from '../support/freePort.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import type { Taken } from '../support/service/answers.ts'
import { type Delivery, expectNothingLost, expectReadModelOfLog, factsAbout } from '../support/service/deliveries.ts'
import { type Service, startService } from '../support/service/service.ts'
import { newUser } from '../support/webhooks/webhookBuilders.ts'

/** Between two questions of one client, ms: what is looked at is that none is lost, not how many there can be. */
const PAUSE_MS = 400
/** What an operator is told to give it, s. */
const DRAIN_DELAY = '5'

const { EVENTSTORE_TEST_URL: realServer } = process.env
const kinds = balancers()

interface Load {
  readonly sent: readonly Delivery[]
  /** Statuses, or why there was none, of all that was asked so far; in the order of the answers. */
  readonly answers: readonly string[]
  readonly stop: () => Promise<void>
}

/** Whoever delivers, and whoever reads, through each balancer, without a pause longer than a moment. */
const startLoad = (all: readonly Balancer[], everybody: readonly string[]): Load => {
  const client: Client = newClient()
  const [sent, answers]: [Delivery[], string[]] = [[], []]
  const newFact = factsAbout(everybody)
  let stopping = false
  const note = (what: string, { status, body }: Pick<Answer, 'status' | 'body'>): void =>
    void answers.push(`${what} ${status}${status === 200 ? '' : ` ${body.slice(0, 200)}`}`)

  const delivering = async ({ name, hooks }: Balancer): Promise<void> => {
    const delivery = newFact()
    sent.push(delivery)
    const answer = await client.ask('POST', `${hooks}/webhooks/treezor`, delivery.body)
    note(`${name}: a delivery`, answer)
    if (answer.status === 200) delivery.acknowledged = (JSON.parse(answer.body) as Taken).events
  }
  const reading = async ({ name, internal }: Balancer): Promise<void> => {
    note(`${name}: a read`, await client.ask('GET', `${internal}/users?limit=3`))
  }
  const going = all.flatMap((balancer) =>
    [delivering, delivering, reading].map(async (act) => {
      while (!stopping) {
        await act(balancer).catch((error: Error) => note(`${balancer.name}:`, { status: 0, body: error.message }))
        await sleep(PAUSE_MS)
      }
    }),
  )
  return {
    sent,
    answers,
    stop: async () => {
      stopping = true
      await Promise.all(going)
      client.close()
    },
  }
}

if (kinds.length > 0)
  describe('two nodes behind balancers, under load', () => {
    let double: EventStoreDb | undefined
    let all: readonly Balancer[] = []
    let nodes: [Service, Service]
    const begin = async (directory: string, port: number): Promise<Service> => {
      const EVENT_STORE = realServer ?? double?.connectionString ?? ''
      const service = await startService(directory, {
        EVENT_STORE,
        PORT: String(port),
        DRAIN_DELAY,
        TRUST_PROXY: '127.0.0.1',
      })
      await service.ready()
      return service
    }
    const againInPlaceOf = ({ directory, url }: Service): Promise<Service> =>
      begin(directory, Number(new URL(url).port))

    before(async () => {
      if (realServer === undefined) double = await startEventStoreDb()
      nodes = [await begin(newDirectory(), await freePort()), await begin(newDirectory(), await freePort())]
      const [first = '', second = ''] = nodes.map(({ url }) => new URL(url).host)
      all = await Promise.all(kinds.map((kind) => kind.start([first, second])))
    })
    after(async () => {
      for (const balancer of all) await balancer.stop()
      for (const node of nodes ?? []) await node.kill()
      await double?.stop()
    })

    const goesOn = (load: Load, times: number): Promise<void> => {
      const { length } = load.answers
      return untilTrue('it goes on', () => load.answers.length >= length + times)
    }

    it('tell of a change at once to whoever follows through them', async () => {
      const client = newClient()
      for (const { hooks, internal } of all) {
        const answer: IncomingMessage = await client.follow(`${internal}/changes`, { accept: 'text/event-stream' })
        let told = ''
        answer.setEncoding('utf8').on('data', (part: string) => {
          told += part
        })
        await once(answer, 'data')
        const user = newUser()
        const delivery = factsAbout([user])()
        expect((await client.ask('POST', `${hooks}/webhooks/treezor`, delivery.body)).status).to.equal(200)
        await untilTrue('it is told', () => told.includes(user))
        answer.destroy()
      }
      client.close()
    })

    it('lose no request when one is restarted after the other, nor when one is killed', async () => {
      const everybody = Array.from({ length: 8 }, newUser)
      const load = startLoad(all, everybody)
      await goesOn(load, 30)
      for (const index of [0, 1] as const) {
        const node = nodes[index]
        expect(await node.stop()).to.deep.equal({ code: 0, signal: null })
        nodes[index] = await againInPlaceOf(node)
        for (const balancer of all)
          await untilTrue('both are asked again', async () => (await balancer.seesReady()) !== 1)
        await goesOn(load, 30)
      }
      await nodes[0].kill()
      await goesOn(load, 60)
      await load.stop()
      const expected = all.flatMap(({ name }) => [`${name}: a delivery 200`, `${name}: a read 200`])
      const seen = all.flatMap((balancer) => balancer.logged().match(/^.* is (UP|DOWN)[ ,].*$/gm) ?? [])
      expect([...new Set(load.answers)].sort(), seen.join('\n')).to.deep.equal(expected.sort())
      expect(load.sent.every(({ acknowledged }) => acknowledged !== null)).to.equal(true)
      expect(nodes[1].stdout()).to.not.include('TRUST_PROXY')
      await expectNothingLost(nodes[1], everybody, load.sent)
      await expectReadModelOfLog(nodes[1], everybody)
    })
  })
