import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { openEsdbEventStore } from '../../../src/eventStore/esdb/esdbEventStore.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import { newEvent, newStream } from '../../support/events/newEvents.ts'
import { gather } from '../../support/gather.ts'
import { eventsOf } from '../../support/logs/logs.ts'
import { ROOM_MS, untilTrue } from '../../support/patience.ts'
import { left, right } from '../../support/right.ts'
import { faultsOf, startFollowing, startLoad } from './load.ts'
import { type ServerProcess, serverProcess, untilWritable } from './server.ts'

const { EVENTSTORE_TEST_COMMAND: command, EVENTSTORE_TEST_URL: connectionString = '' } = process.env
const ROUNDS = Number(process.env['EVENTSTORE_TEST_ROUNDS'] ?? 20)

const say = (line: string): void => console.log(`        ${line}`)

if (command === undefined) {
  console.log('EVENTSTORE_TEST_COMMAND is not set: no real EventStoreDB was killed or frozen')
} else {
  describe('EventStoreDB, killed and frozen', () => {
    let server: ServerProcess
    let streamPrefix: string
    const stores: EventStore[] = []
    const open = async (): Promise<EventStore> => {
      const store = right(await openEsdbEventStore({ connectionString, streamPrefix })())
      stores.push(store)
      return store
    }

    before(async () => {
      server = serverProcess(command)
    })
    beforeEach(async () => {
      streamPrefix = `test${randomBytes(6).toString('hex')}-`
      server.start()
      await untilWritable(connectionString)
    })
    afterEach(async () => {
      await Promise.all(stores.splice(0).map((store) => store.close()))
    })
    after(async () => {
      await server.end('SIGTERM')
    })

    it(`loses and doubles nothing in ${ROUNDS} rounds of kill -9 under load`, async () => {
      const store = await open()
      const stopFollowing = startFollowing(await open())
      const load = startLoad(store, 32)
      for (let round = 0; round < ROUNDS; round += 1) {
        const before = load.acknowledged()
        await untilTrue('it appends', () => load.acknowledged() >= before + 300)
        await server.end('SIGKILL')
        await sleep(100 * (round % 4))
        server.start()
      }
      const before = load.acknowledged()
      await untilTrue('it appends', () => load.acknowledged() >= before + 100)
      const report = await load.stop()
      const log = await eventsOf(store)
      const { followed, longestGapMs } = await stopFollowing(log.length)
      const faults = faultsOf(log, report.acknowledged)
      say(
        `${report.acknowledged.length} acknowledged, ${JSON.stringify(faults)}, ${report.unavailable} times unavailable`,
      )
      say(`longest gap: appends ${report.longestGapMs} ms, follower ${longestGapMs} ms`)
      expect(faults).to.deep.equal({ lost: 0, doubled: 0 })
      expect(followed.map((event) => event.position)).to.deep.equal(log.map((event) => event.position))
    }).timeout(600_000)

    it('goes on by itself after the server stood still for 6 s', async () => {
      const store = await open()
      const stopFollowing = startFollowing(await open())
      const load = startLoad(store, 32)
      await sleep(1000)
      server.freeze()
      await sleep(4000)
      expect(store.health()).to.equal('down')
      await sleep(2000)
      const frozen = load.acknowledged()
      const thawed = performance.now()
      server.thaw()
      await untilTrue('it appends again', () => load.acknowledged() >= frozen + 32)
      const recovery = Math.round(performance.now() - thawed)
      await sleep(1000)
      expect(store.health()).to.equal('up')
      const report = await load.stop()
      const log = await eventsOf(store)
      const { followed, longestGapMs } = await stopFollowing(log.length)
      const faults = faultsOf(log, report.acknowledged)
      say(
        `${report.acknowledged.length} acknowledged, ${JSON.stringify(faults)}, ${report.unavailable} times unavailable`,
      )
      say(
        `first answers ${recovery} ms after; longest gap: appends ${report.longestGapMs} ms, follower ${longestGapMs} ms`,
      )
      expect(faults).to.deep.equal({ lost: 0, doubled: 0 })
      expect(followed.map((event) => event.position)).to.deep.equal(log.map((event) => event.position))
    })

    it('answers in bounded time while the server stands still, every call', async () => {
      const store = await open()
      const stream = newStream()
      right(await store.append(stream, 'no-stream', [newEvent()])())
      server.freeze()
      const started = performance.now()
      const took = async (call: Promise<unknown>): Promise<number> => {
        await call.catch(() => undefined)
        return Math.round(performance.now() - started)
      }
      const times = await Promise.all([
        took(store.append(stream, 0, [newEvent()])()),
        took(gather(store.readStream(stream))),
        took(gather(store.readAll())),
      ])
      const laterStarted = performance.now()
      expect(left(await store.append(stream, 0, [newEvent()])())._tag).to.equal('StoreUnavailable')
      const later = Math.round(performance.now() - laterStarted)
      server.thaw()
      say(`append ${times[0]} ms, readStream ${times[1]} ms, readAll ${times[2]} ms; an append later ${later} ms`)
      for (const time of times) expect(time).to.be.lessThan(9_500 + ROOM_MS)
      expect(later).to.be.lessThan(3_000 + ROOM_MS)
    })

    it('opens without the server, says so fast, and finds it when it comes', async () => {
      await server.end('SIGKILL')
      const store = await open()
      const stopFollowing = startFollowing(store)
      expect(store.health()).to.equal('down')
      const times: number[] = []
      for (let i = 0; i < 3; i += 1) {
        const started = performance.now()
        const answers = await Promise.all(
          Array.from({ length: 200 }, () => store.append(newStream(), 'no-stream', [newEvent()])()),
        )
        for (const answer of answers) expect(left(answer)._tag).to.equal('StoreUnavailable')
        times.push(Math.round(performance.now() - started))
      }
      say(`200 appends at once were answered in ${times.join(', ')} ms`)
      expect(Math.max(...times)).to.be.lessThan(3_000 + ROOM_MS)
      const read = await gather(store.readStream(newStream())).catch((error: unknown) => error)
      expect(String(read)).to.contain('the event store cannot be reached')

      server.start()
      const started = performance.now()
      let answer = await store.append(newStream(), 'no-stream', [newEvent()])()
      while (answer._tag === 'Left') answer = await store.append(newStream(), 'no-stream', [newEvent()])()
      say(`the first append went through ${Math.round(performance.now() - started)} ms after the start`)
      expect(store.health()).to.equal('up')
      expect((await stopFollowing(1)).followed).to.have.length(1)
    })

    it('stops within its bound though the server is gone', async () => {
      const store = await open()
      right(await store.append(newStream(), 'no-stream', [newEvent()])())
      const load = startLoad(store, 16)
      await sleep(300)
      await server.end('SIGKILL')
      const started = performance.now()
      void load.stop().catch(() => undefined)
      await store.close()
      say(`closed after ${Math.round(performance.now() - started)} ms`)
      expect(performance.now() - started).to.be.lessThan(9_000 + ROOM_MS)
      server.start()
    })
  })
}
