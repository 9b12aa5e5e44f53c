import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { openEsdbEventStore } from '../../../src/eventStore/esdb/esdbEventStore.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import { eventsOf } from '../../support/logs/logs.ts'
import { ROOM_MS } from '../../support/patience.ts'
import { right } from '../../support/right.ts'
import { run, type TalkingProcess } from '../../support/service/talkingProcess.ts'
import { LEADER_FAULTS, openCluster } from './cluster.ts'
import { type Acknowledged, faultsOf, startFollowing } from './load.ts'

const { EVENTSTORE_TEST_CLUSTER_COMMAND: command, EVENTSTORE_TEST_CLUSTER_URL: connectionString = '' } = process.env

const LOAD_PROCESS = new URL('./loadProcess.ts', import.meta.url)
const WRITERS = '16'
const say = (line: string): void => console.log(`        ${line}`)

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

if (command === undefined) {
  console.log('EVENTSTORE_TEST_CLUSTER_COMMAND is not set: no cluster of EventStoreDB was tried')
} else {
  describe('a cluster of EventStoreDB', () => {
    const cluster = openCluster(command, connectionString)
    const stores: EventStore[] = []

    before(async () => {
      await cluster.start()
    })
    after(async () => {
      await cluster.end()
    })
    afterEach(async () => {
      await Promise.all(stores.splice(0).map((store) => store.close()))
    })

    for (const fault of LEADER_FAULTS) {
      it(`keeps every acknowledged event, and ingest goes on, when the leader ${fault}`, async () => {
        const streamPrefix = `test${randomBytes(6).toString('hex')}-`
        const open = async (preference: string): Promise<EventStore> => {
          const url = `${connectionString}&nodePreference=${preference}`
          const store = right(await openEsdbEventStore({ connectionString: url, streamPrefix })())
          stores.push(store)
          return store
        }
        await cluster.complete()
        const stopFollowing = [startFollowing(await open('leader')), startFollowing(await open('follower'))]
        const loads = [1, 2].map(() => listenTo(run(LOAD_PROCESS, connectionString, streamPrefix, WRITERS)))
        await sleep(5000)

        const { struck, elected } = await cluster.befall(fault)
        await sleep(5000)
        await Promise.all(loads.map((load) => load.end()))

        const acknowledged = loads.flatMap((load) => load.acknowledged)
        const log = await eventsOf(await open('leader'))
        const faults = faultsOf(log, acknowledged)
        say(`${acknowledged.length} acknowledged, ${JSON.stringify(faults)}; new leader after ${elected - struck} ms`)
        say(`the processes went on ${loads.map((load) => load.firstAfter(elected)).join(' and ')} ms after that`)
        say(`longest gaps ${loads.map((load) => load.longestGap()).join(' and ')} ms`)
        expect(faults).to.deep.equal({ lost: 0, doubled: 0 })
        for (const load of loads) expect(load.firstAfter(elected)).to.be.lessThan(10_000 + ROOM_MS)
        for (const stop of stopFollowing) {
          const { followed, longestGapMs } = await stop(log.length)
          say(`follower: longest gap ${longestGapMs} ms`)
          expect(followed.map((event) => event.position)).to.deep.equal(log.map((event) => event.position))
        }
      })
    }
  })
}
