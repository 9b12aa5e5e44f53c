import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { openEsdbEventStore } from '../../src/eventStore/esdb/esdbEventStore.ts'
import { LEADER_FAULTS, openCluster } from '../eventStore/esdb/cluster.ts'
import { newEvents, newStream } from '../support/events/newEvents.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { ROOM_MS } from '../support/patience.ts'
import { right } from '../support/right.ts'
import {
  type Delivery,
  expectNothingLost,
  expectReadModelOfLog,
  factsAbout,
  send,
  streamOf,
} from '../support/service/deliveries.ts'
import { type Service, startService } from '../support/service/service.ts'
import { newUser } from '../support/webhooks/webhookBuilders.ts'

const { EVENTSTORE_TEST_CLUSTER_COMMAND: command, EVENTSTORE_TEST_CLUSTER_URL: connectionString = '' } = process.env

const CLIENTS = 24
const USERS = 40
/** The provider sends again what was not answered by 200; here sooner than it would. */
const SENT_AGAIN_MS = 200
/** So many streams are erased before the nodes are scavenged. */
const ERASED = 100

const say = (line: string): void => console.log(`        ${line}`)

interface Load {
  readonly sent: readonly Delivery[]
  /** When each node answered 200, epoch ms. */
  readonly times: readonly (readonly number[])[]
  readonly refused: () => number
  /** Resolves when everything that was begun has been answered by 200. */
  readonly stop: () => Promise<void>
}

/** Clients that deliver new facts to the nodes in turn, every fourth to all of them at once, and each until a 200. */
const startLoad = (nodes: readonly Service[], newFact: () => Delivery): Load => {
  const sent: Delivery[] = []
  const times = nodes.map((): number[] => [])
  let refused = 0
  let stopping = false

  const deliver = async (place: number, delivery: Delivery): Promise<void> => {
    for (;;) {
      const response = await send(nodes[place] as Service, delivery).catch((error: Error) => error)
      if (response === undefined) return void times[place]?.push(Date.now())
      if (!response.message.startsWith('answered 503')) throw response
      refused += 1
      await sleep(SENT_AGAIN_MS)
    }
  }
  const client = async (): Promise<void> => {
    while (!stopping) {
      const delivery = newFact()
      sent.push(delivery)
      const places = randomInt(4) === 0 ? [...nodes.keys()] : [randomInt(nodes.length)]
      await Promise.all(places.map((place) => deliver(place, delivery)))
    }
  }
  const loading = Promise.all(Array.from({ length: CLIENTS }, client))
  // Told by `stop`.
  loading.catch(() => undefined)
  return {
    sent,
    times,
    refused: () => refused,
    stop: async () => {
      stopping = true
      await loading
    },
  }
}

const longestGap = (times: readonly number[]): number =>
  Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? time)))

/** How many facts the log lacks, and how many stand in a stream more than once. */
const faultsOf = async (node: Service, everybody: readonly string[], sent: readonly Delivery[]) => {
  const streams = await Promise.all(everybody.map((user) => streamOf(node, user)))
  const places = streams.flatMap((events) => events.map(({ stream, data }) => `${stream} ${data['webhook_id']}`))
  const acknowledged = sent.flatMap(({ fact, acknowledged }) => (acknowledged ?? []).map((e) => `${e.stream} ${fact}`))
  const held = new Set(places)
  return { lost: acknowledged.filter((place) => !held.has(place)).length, doubled: places.length - held.size }
}

/** Both nodes hold all that was acknowledged, once, and answer the same of everybody. */
const expectAgreed = async (nodes: readonly Service[], everybody: readonly string[], sent: readonly Delivery[]) => {
  for (const node of nodes) {
    await expectNothingLost(node, everybody, sent)
    await expectReadModelOfLog(node, everybody)
  }
  for (const user of everybody) {
    // Users are drawn by chance: nobody may have heard of one.
    if ((await streamOf(nodes[0] as Service, user)).length === 0) continue
    const [one, other] = await Promise.all(nodes.map((node) => node.kycBody(user)))
    expect(one).to.equal(other)
  }
}

/** Streams that are there no more: what a scavenge takes out. */
const leaveErased = async (connectionString: string): Promise<void> => {
  const store = right(await openEsdbEventStore({ connectionString, streamPrefix: `gone${randomInt(2 ** 40)}-` })())
  try {
    for (let count = 0; count < ERASED; count += 1) {
      const stream = newStream()
      right(await store.append(stream, 'no-stream', newEvents(10))())
      right(await store.erase(stream, 9)())
    }
  } finally {
    await store.close()
  }
}

if (command === undefined) {
  console.log('EVENTSTORE_TEST_CLUSTER_COMMAND is not set: two nodes were not tested with a cluster of EventStoreDB')
} else {
  describe('two nodes in front of a cluster of EventStoreDB', () => {
    const cluster = openCluster(command, connectionString)
    let nodes: readonly Service[]

    before(async () => {
      await cluster.start()
      const env = { EVENT_STORE: connectionString }
      nodes = await Promise.all([startService(newDirectory(), env), startService(newDirectory(), env)])
    })
    after(async () => {
      for (const node of nodes ?? []) expect(await node.stop()).to.deep.equal({ code: 0, signal: null })
      await cluster.end()
    })

    for (const fault of LEADER_FAULTS) {
      it(`keep every webhook once, go on by themselves and agree, when the leader ${fault}`, async () => {
        await cluster.complete()
        await Promise.all(nodes.map((node) => node.ready()))
        const everybody = Array.from({ length: USERS }, newUser)
        const load = startLoad(nodes, factsAbout(everybody))
        await sleep(5000)
        const { struck, elected } = await cluster.befall(fault)
        await sleep(5000)
        await load.stop()
        const stopped = performance.now()
        await Promise.all(nodes.map((node) => node.ready()))

        const after = load.times.map((times) => (times.find((time) => time > elected) ?? Infinity) - elected)
        const faults = await faultsOf(nodes[0] as Service, everybody, load.sent)
        say(`${load.sent.length} webhooks answered 200, ${JSON.stringify(faults)}; ${load.refused()} answers 503`)
        say(`new leader after ${elected - struck} ms; the nodes went on ${after.join(' and ')} ms after that`)
        say(
          `longest gap: ${load.times.map(longestGap).join(' and ')} ms; both: ${longestGap(load.times.flat().toSorted())} ms`,
        )
        say(`both ready ${Math.round(performance.now() - stopped)} ms after the last delivery`)
        expect(faults).to.deep.equal({ lost: 0, doubled: 0 })
        for (const milliseconds of after) expect(milliseconds).to.be.lessThan(10_000 + ROOM_MS)
        await expectAgreed(nodes, everybody, load.sent)
      })
    }

    it('keep every webhook once and agree while each server is scavenged and merges its index', async () => {
      await cluster.complete()
      await leaveErased(connectionString)
      await Promise.all(nodes.map((node) => node.ready()))
      const everybody = Array.from({ length: USERS }, newUser)
      const load = startLoad(nodes, factsAbout(everybody))
      await sleep(5000)
      const took = [await cluster.tidy(), await cluster.tidy(), await cluster.tidy()]
      await load.stop()
      await Promise.all(nodes.map((node) => node.ready()))
      const faults = await faultsOf(nodes[0] as Service, everybody, load.sent)
      say(`${load.sent.length} webhooks answered 200, ${JSON.stringify(faults)}; ${load.refused()} answers 503`)
      say(
        `three times over, ${took.map(Math.round).join(', ')} ms; longest gap: ${load.times.map(longestGap).join(' and ')} ms`,
      )
      expect(faults).to.deep.equal({ lost: 0, doubled: 0 })
      await expectAgreed(nodes, everybody, load.sent)
    })
  })
}
