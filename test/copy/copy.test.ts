import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { systemClock } from '../../src/clock/clock.ts'
import { type EventStoreConfig, readEventStore } from '../../src/eventStore/eventStoreConfig.ts'
import { openEventStore } from '../../src/eventStore/openEventStore.ts'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { verifyLog } from '../../src/evidence/verifyLog.ts'
import { ownEvent } from '../../src/ledger/ownEvent.ts'
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { newEvent } from '../support/events/newEvents.ts'
import { eventsOf } from '../support/logs/logs.ts'
import { writeMixedLog } from '../support/logs/mixedLog.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import { right } from '../support/right.ts'
import { itLong } from '../support/rounds.ts'
import { type Done, type Ended, type Running, startKyc } from '../support/service/kyc.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { readyHere } from '../support/service/service.ts'
import { spawnService } from '../support/service/serviceProcess.ts'
import { newUser, refusal, request, validation } from '../support/webhooks/webhookBuilders.ts'

const USERS = 80
const ROUNDS = 10

/** All of a log but where its events stand in it. */
type Told = readonly Omit<RecordedEvent, 'position'>[]

const configOf = (url: string): EventStoreConfig => right(readEventStore(url))

const logOf = async (url: string): Promise<Told> => {
  const store = right(await openEventStore(configOf(url), { readOnly: true })())
  try {
    return (await eventsOf(store)).map(({ position, ...rest }) => rest)
  } finally {
    await store.close()
  }
}

const appendTo = async (url: string, stream: string, data: string): Promise<void> => {
  const store = right(await openEventStore(configOf(url))())
  right(await store.append(stream, 'no-stream', [newEvent({ data })])())
  await store.close()
}

const copying = (from: string, to: string): Running => startKyc(newDirectory(), ['copy', '--from', from, '--to', to])
const copied = (from: string, to: string): Promise<Done> =>
  kycHere(newDirectory(), ['copy', '--from', from, '--to', to])

const saying = (ended: Done): string => ended.stdout.trimEnd().split('\n').at(-1) ?? ''

describe('the copy of a log', () => {
  const directory = newDirectory()
  const source = `sqlite:${join(directory, 'events.db')}`
  let written: number
  let original: Told
  let target: EventStoreDb

  before(async () => {
    written = await writeMixedLog(join(directory, 'events.db'), USERS, ROUNDS)
    original = await logOf(source)
    expect(original).to.have.length(written)
  })
  beforeEach(async () => {
    target = await startEventStoreDb()
  })
  afterEach(() => target.stop())

  /** Resolves once the target holds so many events; fails when the copy has ended before. */
  const untilHeld = async (events: number, copy: Running): Promise<void> => {
    let ended: Ended | null = null
    copy.ended.then((how) => {
      ended = how
    })
    while (target.events().length < events) {
      if (ended !== null) throw new Error(`it ended: ${JSON.stringify(ended)}`)
      await sleep(1)
    }
  }

  const rootAt = async (url: string): Promise<string | undefined> => {
    const store = right(await openEventStore(configOf(url), { readOnly: true })())
    const { rootAt: roots } = await verifyLog(store, { secrets: [], sizes: [written] })
    await store.close()
    return roots.get(written)?.toString('hex')
  }

  it('keeps ids, order, revisions and texts, says so, has the same tree, and finds nothing to do the second time', async () => {
    const first = await copied(source, target.connectionString)
    expect(first.code, first.stderr).to.equal(0)
    expect(saying(first)).to.equal(`${written} events copied, ${written} compared: the same`)
    expect(await logOf(target.connectionString)).to.deep.equal(original)
    expect(await rootAt(source)).to.match(/^[0-9a-f]{64}$/)
    expect(await rootAt(target.connectionString)).to.equal(await rootAt(source))

    const appends = target.calls.append
    const second = await copied(source, target.connectionString)
    expect(second.code, second.stderr).to.equal(0)
    expect(saying(second)).to.equal(`0 events copied, ${written} compared: the same`)
    expect(target.calls.append).to.equal(appends)
  })

  it('goes on where kill -9 broke it off, and doubles nothing', async () => {
    for (const events of [1, 700, 1300]) {
      const copy = copying(source, target.connectionString)
      await untilHeld(events, copy)
      copy.kill()
      expect((await copy.ended).signal).to.equal('SIGKILL')
      expect(target.events().length).to.be.within(events, written - 1)
    }
    const held = target.events().length
    const last = await copied(source, target.connectionString)
    expect(last.code, last.stderr).to.equal(0)
    expect(saying(last)).to.equal(`${written - held} events copied, ${written} compared: the same`)
    expect(await logOf(target.connectionString)).to.deep.equal(original)
  })

  it('gets through lost acknowledgements, cut connections and a target that is away', async () => {
    const copy = copying(source, target.connectionString)
    await untilHeld(700, copy)
    target.faults.next('append', 'ack-withheld', 2)
    await untilHeld(800, copy)
    target.faults.next('append', 'ack-cut', 2)
    target.faults.next('append', 'not-ready', 5)
    await untilHeld(1000, copy)
    await target.faults.during('append', 'unavailable', () =>
      untilTrue('it waits', () => copy.stderr().includes('waiting for the target: ')),
    )
    await untilHeld(1300, copy)
    await target.stop()
    await sleep(1000)
    await target.restart()
    const ended = await copy.ended
    expect(ended.code, ended.stderr).to.equal(0)
    expect(ended.stdout).to.match(/^copied: \d+ events, \d+ events\/s$/m)
    expect(ended.stderr).to.include('waiting for the target: ')
    expect(await logOf(target.connectionString)).to.deep.equal(original)
  })

  it('leaves a target alone that holds other events, in whatever stream, and says which', async () => {
    for (const stream of ['kyc-1', 'kyc-999999']) {
      const other = await startEventStoreDb()
      await appendTo(other.connectionString, stream, '{}')
      const [{ eventId: id = '' } = {}] = await logOf(other.connectionString)
      const ended = await copied(source, other.connectionString)
      expect(ended.code).to.equal(1)
      expect(ended.stderr).to.include(`not copied: the target holds other events: ${stream} @ 0 (${id})`)
      expect(ended.stderr).to.include(`the source holds kyc-1 @ 0 (${original[0]?.eventId})`)
      expect(other.events()).to.have.length(1)
      await other.stop()
    }
  })

  it('brings what the source has got since, and leaves a target alone that has gone on by itself', async () => {
    const file = join(newDirectory(), 'events.db')
    const events = await writeMixedLog(file, 10, 2)
    const growing = `sqlite:${file}`
    expect((await copied(growing, target.connectionString)).code).to.equal(0)
    await appendTo(growing, 'kyc-999999', '{}')
    const rest = await copied(growing, target.connectionString)
    expect(saying(rest)).to.equal(`1 events copied, ${events + 1} compared: the same`)
    expect(await logOf(target.connectionString)).to.deep.equal(await logOf(growing))

    await appendTo(target.connectionString, 'kyc-1000000', '{}')
    const ended = await copied(growing, target.connectionString)
    expect(ended.code).to.equal(1)
    expect(ended.stderr).to.match(/the target holds other events: kyc-1000000 @ 0 .* where the source ends/)
    expect(target.events()).to.have.length(events + 2)
  })

  it('brings the log back into an embedded store', async () => {
    expect((await copied(source, target.connectionString)).code).to.equal(0)
    const back = `sqlite:${join(newDirectory(), 'new', 'events.db')}`
    const copy = copying(target.connectionString, back)
    await sleep(1000)
    copy.kill()
    await copy.ended
    const ended = await copied(target.connectionString, back)
    expect(ended.code, ended.stderr).to.equal(0)
    expect(saying(ended)).to.include(`${written} compared: the same`)
    expect(await logOf(back)).to.deep.equal(original)
  })

  describe('that has an identity', () => {
    const generationsIn = async (url: string): Promise<readonly string[]> =>
      (await logOf(url))
        .filter(({ stream }) => stream === 'kyc-log')
        .map(({ type, data }) => `${type} ${JSON.parse(data).generation}`)
    const CREATED = 'kyc-ledger.log-created 0'
    const MEANING = 'kyc-ledger.meaning undefined'
    const copiedTo = (generation: number): string => `kyc-ledger.log-copied ${generation}`

    /** A log with an identity that a service has served; gives the directory and one user. */
    const servedLog = async (): Promise<{
      readonly directory: string
      readonly url: string
      readonly user: string
    }> => {
      const service = await readyHere()
      const user = newUser()
      await service.deliver(request(user))
      await service.kyc(user)
      await service.stop()
      return { directory: service.directory, url: `sqlite:${join(service.directory, 'events.db')}`, user }
    }

    it('carries it and adds a generation, once, however often it is brought up to date', async () => {
      const { directory, url, user } = await servedLog()
      const first = await copied(url, target.connectionString)
      expect(first.code, first.stderr).to.equal(0)
      expect(first.stdout).to.match(/the target is the log [0-9a-f-]{36} in generation 1/)
      expect(await generationsIn(target.connectionString)).to.deep.equal([CREATED, MEANING, copiedTo(1)])

      // The service goes on meanwhile, and records something about the log itself.
      const service = await readyHere(directory)
      await service.deliver(validation(user))
      await service.kyc(user)
      await service.stop()
      const record = ownEvent(randomUUID(), { type: 'kyc-ledger.test', data: {}, recordedAt: systemClock() })
      const store = right(await openEventStore(configOf(url))())
      right(await store.append('kyc-log', 1, [record])())
      await store.close()
      for (const [events, compared] of [
        [2, 5],
        [0, 5],
      ]) {
        const rest = await copied(url, target.connectionString)
        expect(rest.code, rest.stderr).to.equal(0)
        expect(saying(rest)).to.equal(`${events} events copied, ${compared} compared: the same`)
      }
      expect(await generationsIn(target.connectionString)).to.deep.equal([
        CREATED,
        MEANING,
        copiedTo(1),
        'kyc-ledger.test undefined',
      ])

      // The read model is of the same log, where its events stand elsewhere: it is made anew.
      const moved = await readyHere(directory, { EVENT_STORE: target.connectionString })
      await moved.says('made anew: it was made from another copy of the log')
      expect(await moved.kyc(user)).to.include({ status: 'validated', events: 2 })
      await moved.deliver(refusal(user))
      await moved.kyc(user)
      await moved.stop()

      // And back, into a new store and into the one it came from.
      const fresh = `sqlite:${join(newDirectory(), 'events.db')}`
      const back = await copied(target.connectionString, fresh)
      expect(back.code, back.stderr).to.equal(0)
      expect(await generationsIn(fresh)).to.include(copiedTo(2))
      const home = await copied(target.connectionString, url)
      expect(home.code, home.stderr).to.equal(0)
      expect(saying(home)).to.equal('1 events copied, 6 compared: the same')
      expect(await generationsIn(url)).to.deep.equal([CREATED, MEANING, 'kyc-ledger.test undefined', copiedTo(2)])
      expect((await copied(target.connectionString, url)).code).to.equal(0)
      expect(await generationsIn(url)).to.have.length(4)
      const again = await readyHere(directory)
      expect(await again.kyc(user)).to.include({ status: 'refused', events: 3 })
      await again.stop()
    })

    itLong('is not served by a directory that has seen more than was copied', async () => {
      const { directory, url, user } = await servedLog()
      expect((await copied(url, target.connectionString)).code).to.equal(0)
      const service = await readyHere(directory)
      await service.deliver(refusal(user))
      await service.kyc(user)
      await service.stop()
      const child = spawnService(directory, { EVENT_STORE: target.connectionString })
      expect((await child.exited).code).to.equal(1)
      expect(child.stdout()).to.include(`kyc-${user}, revision 1 `)
    })

    it('is left alone where the target is another log', async () => {
      const [one, another] = [await servedLog(), await servedLog()]
      const ended = await copied(one.url, another.url)
      expect(ended.code).to.equal(1)
      expect(ended.stderr).to.match(/the target holds other events: kyc-log @ 0/)
    })
  })

  it('says why it was refused, which event, and which store cannot be opened', async () => {
    target.faults.next('append', 'access-denied')
    const refused = await copied(source, target.connectionString)
    expect(refused.code).to.equal(1)
    expect(refused.stderr).to.include(`not copied: kyc-1 @ 0 (${original[0]?.eventId}): the event store denies access`)

    const absent = await copied(`sqlite:${join(newDirectory(), 'none.db')}`, target.connectionString)
    expect(absent.code).to.equal(1)
    expect(absent.stderr).to.include('there is no such file')
  })

  it('waits for a store that is away when it begins, and while it compares', async () => {
    await target.stop()
    const copy = copying(source, target.connectionString)
    await untilTrue('it waits', () => copy.stderr().includes('waiting for the target'))
    await target.restart()
    const ended = await copy.ended
    expect(ended.code, ended.stderr).to.equal(0)
    expect(ended.stderr).to.match(/^waiting for the target: the event store cannot be reached: .*\n$/)

    const back = copying(target.connectionString, source)
    await target.faults.during('subscribe', 'unavailable', async () => {
      while (!back.stderr().includes('waiting for the source')) await sleep(20)
    })
    const compared = await back.ended
    expect(compared.code, compared.stderr).to.equal(0)
    expect(compared.stderr).to.match(/^waiting for the source: .*\n$/)
    expect(saying(compared)).to.equal(`0 events copied, ${written} compared: the same`)
  })

  it('says how it is used', async () => {
    for (const words of [[], ['--from', source], ['--from', source, '--to', 'postgres://x'], ['--copy']]) {
      const ended = await kycHere(newDirectory(), ['copy', ...words])
      expect(ended.code).to.equal(2)
      expect(ended.stderr).to.match(/^usage: copy --from/)
    }
  })

  const { EVENTSTORE_TEST_URL: realServer } = process.env
  if (realServer === undefined) {
    console.log('EVENTSTORE_TEST_URL is not set: no log was copied into a real EventStoreDB')
    return
  }
  it('is the same in a real EventStoreDB and back, killed on its way, when that is empty', async function () {
    if ((await logOf(realServer)).length > 0) {
      console.log('        the EventStoreDB at EVENTSTORE_TEST_URL holds events already: nothing was copied into it')
      return this.skip()
    }
    let held = 0
    for (const milliseconds of [1500, 2000, 2500]) {
      const copy = copying(source, realServer)
      await sleep(milliseconds)
      copy.kill()
      await copy.ended
      const log = await logOf(realServer)
      expect(log).to.deep.equal(original.slice(0, log.length))
      console.log(`        killed after ${milliseconds} ms: ${log.length} of ${written} events`)
      held = log.length
    }
    const last = await copied(source, realServer)
    expect(last.code, last.stderr).to.equal(0)
    expect(saying(last)).to.equal(`${written - held} events copied, ${written} compared: the same`)
    expect(await logOf(realServer)).to.deep.equal(original)
    expect(saying(await copied(source, realServer))).to.equal(`0 events copied, ${written} compared: the same`)

    const back = `sqlite:${join(newDirectory(), 'events.db')}`
    expect(saying(await copied(realServer, back))).to.equal(`${written} events copied, ${written} compared: the same`)
    expect(await logOf(back)).to.deep.equal(original)
  })
})
