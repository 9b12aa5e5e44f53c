import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { openEsdbEventStore } from '../../src/eventStore/esdb/esdbEventStore.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { gather } from '../support/gather.ts'
import { right } from '../support/right.ts'
import { run, type TalkingProcess } from '../support/talkingProcess.ts'
import { type Acknowledged, faultsOf, startFollowing } from './esdbLoad.ts'
import { type ServerProcess, serverProcess, untilWritable } from './esdbServer.ts'

const { EVENTSTORE_TEST_CLUSTER_COMMAND: command, EVENTSTORE_TEST_CLUSTER_URL: connectionString = '' } = process.env

const LOAD_PROCESS = new URL('./esdbLoadProcess.ts', import.meta.url)
const WRITERS = '16'
const say = (line: string): void => console.log(`        ${line}`)

/** The nodes of an insecure cluster in the order of the connection string, which is that of their numbers. */
const nodes = (connectionString.split('//')[1] ?? '').split('?')[0]?.split(',') ?? []

interface Member {
  readonly state: string
  readonly isAlive: boolean
  readonly httpEndPointIp: string
  readonly httpEndPointPort: number
}

/** What one node says of the cluster; nothing when it does not answer. */
const gossipOf = async (node: string): Promise<readonly Member[]> => {
  const headers = { accept: 'application/json' }
  const answer = await fetch(`http://${node}/gossip`, { headers, signal: AbortSignal.timeout(500) }).catch(() => null)
  return answer?.ok ? ((await answer.json()) as { readonly members: readonly Member[] }).members : []
}

/** The place of the leader in `nodes`, as most nodes see it, once it is another one than `former`. */
const leaderOtherThan = async (former: number | null): Promise<number> => {
  for (const until = performance.now() + 60_000; performance.now() < until; await sleep(50)) {
    for (const [index, node] of nodes.entries()) {
      if (index === former) continue
      const members = await gossipOf(node)
      const leader = members.find(({ state, isAlive }) => state === 'Leader' && isAlive)
      const place = nodes.indexOf(`${leader?.httpEndPointIp}:${leader?.httpEndPointPort}`)
      if (place >= 0 && place !== former) return place
    }
  }
  throw new Error('the cluster has no leader')
}

/** Resolves when the leader has all the others behind it: one more may then fail. */
const untilAllFollow = async (): Promise<void> => {
  for (const until = performance.now() + 60_000; performance.now() < until; await sleep(100)) {
    const states = (await gossipOf(nodes[await leaderOtherThan(null)] ?? '')).map(({ state }) => state)
    if (states.toSorted().join() === 'Follower,Follower,Leader') return
  }
  throw new Error('the cluster is not complete')
}

/** Reads what a load process says. */
const listenTo = (load: TalkingProcess) => {
  const acknowledged: Acknowledged[] = []
  const times: number[] = []
  const hear = (line: string): void => {
    const [time = '', stream = '', revision = '', eventId] = line.split(' ')
    if (eventId?.length !== 36) return
    times.push(Number(time))
    acknowledged.push({ stream, revision: Number(revision), eventId })
  }
  const reading = (async () => {
    for (let line = await load.line(); line !== null; line = await load.line()) hear(line)
  })()
  return {
    acknowledged,
    /** The first acknowledgement after a moment, in ms after it. */
    firstAfter: (moment: number) => (times.find((time) => time > moment) ?? Number.POSITIVE_INFINITY) - moment,
    longestGap: () => Math.max(...times.slice(1).map((time, i) => time - (times[i] ?? time))),
    end: async () => {
      for (const line of await load.kill()) hear(line)
      await reading
    },
  }
}

const FAULTS = {
  'is killed': {
    strike: (node: ServerProcess) => node.end('SIGKILL'),
    mend: async (node: ServerProcess) => node.start(),
  },
  'is terminated': {
    strike: (node: ServerProcess) => node.end('SIGTERM'),
    mend: async (node: ServerProcess) => node.start(),
  },
  'stands still for 15 s': {
    strike: async (node: ServerProcess) => node.freeze(),
    mend: async (node: ServerProcess) => node.thaw(),
  },
} as const

if (command === undefined) {
  console.log('EVENTSTORE_TEST_CLUSTER_COMMAND is not set: no cluster of EventStoreDB was tried')
} else {
  describe('a cluster of EventStoreDB', () => {
    const servers = nodes.map((_, index) => serverProcess(command.replaceAll('{n}', String(index + 1))))
    const stores: EventStore[] = []

    before(async function () {
      this.timeout(120_000)
      for (const server of servers) server.start()
      await untilWritable(connectionString, 100_000)
    })
    after(async function () {
      this.timeout(60_000)
      await Promise.all(servers.map((server) => server.end('SIGKILL')))
    })
    afterEach(async () => {
      await Promise.all(stores.splice(0).map((store) => store.close()))
    })

    for (const [name, { strike, mend }] of Object.entries(FAULTS)) {
      it(`keeps every acknowledged event, and ingest goes on, when the leader ${name}`, async () => {
        const streamPrefix = `test${randomBytes(6).toString('hex')}-`
        const open = async (preference: string): Promise<EventStore> => {
          const url = `${connectionString}&nodePreference=${preference}`
          const store = right(await openEsdbEventStore({ connectionString: url, streamPrefix })())
          stores.push(store)
          return store
        }
        await untilAllFollow()
        await untilWritable(connectionString)
        const stopFollowing = [startFollowing(await open('leader')), startFollowing(await open('follower'))]
        const loads = [1, 2].map(() => listenTo(run(LOAD_PROCESS, connectionString, streamPrefix, WRITERS)))
        await sleep(5000)

        const leader = await leaderOtherThan(null)
        const struck = Date.now()
        await strike(servers[leader] as ServerProcess)
        await leaderOtherThan(leader)
        const elected = Date.now()
        await sleep(15_000 - (elected - struck))
        await mend(servers[leader] as ServerProcess)
        await sleep(5000)
        await Promise.all(loads.map((load) => load.end()))

        const acknowledged = loads.flatMap((load) => load.acknowledged)
        const log = (await gather((await open('leader')).readAll())).flat()
        const faults = faultsOf(log, acknowledged)
        say(`${acknowledged.length} acknowledged, ${JSON.stringify(faults)}; new leader after ${elected - struck} ms`)
        say(`the processes went on ${loads.map((load) => load.firstAfter(elected)).join(' and ')} ms after that`)
        say(`longest gaps ${loads.map((load) => load.longestGap()).join(' and ')} ms`)
        expect(faults).to.deep.equal({ lost: 0, doubled: 0 })
        for (const load of loads) expect(load.firstAfter(elected)).to.be.lessThan(10_000)
        for (const stop of stopFollowing) {
          const { followed, longestGapMs } = await stop(log.length, 30_000)
          say(`follower: longest gap ${longestGapMs} ms`)
          expect(followed.map((event) => event.position)).to.deep.equal(log.map((event) => event.position))
        }
      }).timeout(180_000)
    }
  })
}
