import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import type { NewEvent, RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import type { AppendAnswer, AppendRequest } from '../../../src/eventStore/sqlite/append.ts'
import { hearCommits } from '../../../src/eventStore/sqlite/commits.ts'
import { CROSSING } from '../../../src/eventStore/sqlite/crossing.ts'
import { openForReading, openForWriting, prepareFile, realFile } from '../../../src/eventStore/sqlite/database.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { filesOf } from '../../../src/sqlite/fileCheck.ts'
import { GroupCommit } from '../../../src/sqlite/groupCommit.ts'
import { newEvent, newEvents, newStream } from '../../support/events/newEvents.ts'
import { gather } from '../../support/gather.ts'
import { eventsOf } from '../../support/logs/logs.ts'
import { eventually, takesLessThan, untilTrue } from '../../support/patience.ts'
import { left, right } from '../../support/right.ts'
import { run } from '../../support/service/talkingProcess.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporaryDirectory.ts'
import { eventStoreContract } from '../contract.ts'

const STORE_PROCESS = new URL('../../support/logs/storeProcess.ts', import.meta.url)

const openSqlite = async (file: string): Promise<EventStore> => right(await openSqliteEventStore({ file })())

eventStoreContract(
  'SQLite',
  async () => {
    const directory = await temporaryDirectory()
    const open = (): Promise<EventStore> => openSqlite(join(directory.path, 'events.db'))
    const store = await open()
    const dispose = async (): Promise<void> => {
      await store.close()
      await directory.remove()
    }
    return { store, reopen: open, dispose }
  },
  { sameText: true },
)

describe('the SQLite event store', () => {
  let directory: TemporaryDirectory
  let file: string
  let stores: EventStore[]

  /** Opens a store that is closed after the test. */
  const open = async (readOnly = false): Promise<EventStore> => {
    const store = right(await openSqliteEventStore({ file, readOnly })())
    stores.push(store)
    return store
  }
  const reasonNotToOpen = async (options: { readonly readOnly?: boolean } = {}): Promise<string> =>
    left(await openSqliteEventStore({ file, ...options })()).reason
  const close = async (): Promise<void> => {
    await Promise.all(stores.map((store) => store.close()))
    stores = []
  }
  const idsInLog = async (store: EventStore): Promise<readonly string[]> =>
    (await eventsOf(store)).map((event) => event.eventId)

  beforeEach(async () => {
    directory = await temporaryDirectory()
    file = join(directory.path, 'data', 'events.db')
    stores = []
  })
  afterEach(async () => {
    await close()
    await directory.remove()
  })

  describe('appends', () => {
    it('numbers the log from 1 without a gap, refused appends between or not', async () => {
      const store = await open()
      const stream = newStream()
      right(await store.append(stream, 'no-stream', newEvents(2))())
      const event = newEvent()
      left(await store.append(stream, 1, [event, event])())
      left(await store.append(stream, 0, newEvents(3))())
      right(await store.append(stream, 1, [event])())
      const positions = (await eventsOf(store)).map((recorded) => recorded.position)
      expect(positions).to.deep.equal(['0000000000000001', '0000000000000002', '0000000000000003'])
    })

    it('refuses an event id that stands in the stream already, and says where', async () => {
      const store = await open()
      const stream = newStream()
      const event = newEvent()
      right(await store.append(stream, 'no-stream', [event, newEvent()])())
      const error = left(await store.append(stream, 1, [newEvent(), event])())
      expect(error).to.deep.equal({
        _tag: 'AppendRefused',
        reason: `event ${event.eventId} already stands in ${stream} at revision 0`,
      })
      expect(await gather(store.readStream(stream))).to.have.length(2)
    })

    it('refuses a text that would come back as another one', async () => {
      const store = await open()
      for (const field of ['data', 'metadata'] as const) {
        const outcome = await store.append(newStream(), 'no-stream', [newEvent({ [field]: '"\ud800"' })])()
        expect(left(outcome)._tag).to.equal('AppendRefused')
      }
    })

    it('keeps its log from being changed or deleted by hand', async () => {
      const store = await open()
      right(await store.append(newStream(), 'no-stream', [newEvent()])())
      const db = new Database(file)
      expect(() => db.exec(`UPDATE events SET data = '{}'`)).to.throw('events are never changed')
      expect(() => db.exec('DELETE FROM events')).to.throw('events are never deleted')
      db.exec(`INSERT INTO removed VALUES ('kyc-2', NULL, 0)`)
      expect(() => db.exec('DELETE FROM events')).to.throw('events are never deleted')
      expect(() => db.exec('DELETE FROM removed')).to.throw('what was removed stays so')
      expect(() => db.exec('UPDATE removed SET before = 7')).to.throw('what was removed stays so')
      db.close()
    })
  })

  describe('removals', () => {
    it('never give a position twice, be the last of the log gone, or all of it', async () => {
      const store = await open()
      const [first, last] = [newStream(), newStream()]
      right(await store.append(first, 'no-stream', newEvents(2))())
      right(await store.append(last, 'no-stream', newEvents(3))())
      right(await store.erase(last, 2)())
      expect((await eventsOf(store)).map(({ position }) => Number(position))).to.deep.equal([1, 2])
      expect(await gather(store.readAll('0000000000000005'))).to.deep.equal([])
      right(await store.erase(first, 1)())
      expect(await store.lastEvent()).to.equal(null)
      await close()
      const again = await open()
      expect(right(await again.append(newStream(), 'no-stream', newEvents(2))()).position).to.equal('0000000000000007')
      expect((await gather(again.readAll('0000000000000005'))).flat()).to.have.length(2)
    })

    it('are refused where the log was opened for reading', async () => {
      await open()
      const reader = await open(true)
      for (const outcome of [reader.erase('kyc-1', 'no-stream'), reader.truncate('kyc-1', 1)]) {
        expect(left(await outcome())._tag).to.equal('AppendRefused')
      }
      expect(String(await reader.purge().catch((error: unknown) => error))).to.contain('opened for reading only')
    })

    it('come to a log of the former version as well, which is brought up in place', async () => {
      await mkdir(join(directory.path, 'data'))
      copyFileSync(new URL('../../fixtures/logs/format-3/events.db', import.meta.url), file)
      const reader = await open(true)
      const before = await eventsOf(reader)
      const store = await open()
      const { stream } = before[0] ?? { stream: '' }
      const of = before.filter((event) => event.stream === stream)
      right(await store.erase(stream, of.length - 1)())
      const left = before.filter((event) => event.stream !== stream)
      for (const one of [reader, store]) {
        expect((await eventsOf(one)).map(({ position }) => position)).to.deep.equal(
          left.map(({ position }) => position),
        )
      }
    })
  })

  describe('group commit', () => {
    it('commits appends that wait at the same time together', async () => {
      const store = await open()
      const commits = hearCommits(realFile(file, false))
      const before = commits.heard()
      const appends = Array.from({ length: 1_000 }, () => store.append(newStream(), 'no-stream', [newEvent()])())
      for (const outcome of await Promise.all(appends)) right(outcome)
      expect(commits.heard() - before).to.equal(1)
    })

    it('commits what is not refused in a batch', async () => {
      const store = await open()
      const taken = newStream()
      right(await store.append(taken, 'no-stream', [newEvent()])())
      const outcomes = await Promise.all(
        Array.from({ length: 100 }, (_, i) =>
          store.append(i % 2 === 0 ? newStream() : taken, 'no-stream', [newEvent()])(),
        ),
      )
      expect(outcomes.map(E.isRight)).to.deep.equal(outcomes.map((_, i) => i % 2 === 0))
      expect(await idsInLog(store)).to.have.length(51)
    })

    it('refuses an append at once when 10,000 others wait', async () => {
      const store = await open()
      const appends = Array.from({ length: 10_003 }, () => store.append(newStream(), 'no-stream', [newEvent()])())
      const refused = (await Promise.all(appends)).filter(E.isLeft).map((outcome) => outcome.left)
      expect(refused).to.deep.equal(Array(3).fill({ _tag: 'StoreUnavailable', reason: 'too many appends waiting' }))
      right(await store.append(newStream(), 'no-stream', [newEvent()])())
    })

    it('returns from a commit only when the disk has it', () => {
      const db = openForWriting(realFile(file, true))
      expect(db.pragma('synchronous', { simple: true })).to.equal(2)
      expect(db.pragma('journal_mode', { simple: true })).to.equal('wal')
      db.close()
    })

    it('writes nothing of an append that does not fit on the disk, and goes on with those that do', async () => {
      file = realFile(file, true)
      prepareFile(file)
      const thread = new URL('../../support/threads/fullDiskThread.ts', import.meta.url)
      const writer = await GroupCommit.start<AppendRequest, AppendAnswer>(thread, { file, pages: 40 })
      const append = (...events: AppendRequest['events']): ReturnType<ReturnType<typeof writer.submit>> =>
        writer.submit({ stream: newStream(), expected: 'no-stream', events })()
      const big = { data: JSON.stringify('x'.repeat(500_000)) }
      const [before, outcome, beside] = [newEvent(), newEvent(), newEvent()]

      right(right(await append(before)))
      const [tooBig] = await Promise.all([append(outcome, newEvent(big)), append(beside)])
      expect(left(tooBig)).to.include({ _tag: 'Failed', reason: 'database or disk is full (SQLITE_FULL)' })
      const after = newEvent()
      right(right(await append(after)))
      await writer.close()

      const ids = await idsInLog(await open())
      expect(ids).to.include.members([before.eventId, after.eventId])
      expect(ids).not.to.include(outcome.eventId)
    })

    it('goes on in another thread when the one that writes ended in the middle of a transaction', async () => {
      file = realFile(file, true)
      prepareFile(file)
      const thread = new URL('../../support/threads/endingThread.ts', import.meta.url)
      const writer = await GroupCommit.start<AppendRequest, AppendAnswer>(thread, { file })
      const append = (event: NewEvent): ReturnType<ReturnType<typeof writer.submit>> =>
        writer.submit({ stream: newStream(), expected: 'no-stream', events: [event] })()
      const [before, beside, ending, after] = [newEvent(), newEvent(), newEvent({ type: 'end' }), newEvent()]

      right(right(await append(before)))
      const failed = await Promise.all([append(beside), append(ending)])
      expect(writer.isServing()).to.equal(false)
      expect(failed.map(left)).to.deep.equal(
        Array(2).fill({ _tag: 'Failed', reason: 'the writer thread ended (code 9)' }),
      )
      await untilTrue('another thread writes', async () => {
        const outcome = await append(after)
        return E.isRight(outcome) && E.isRight(outcome.right)
      })
      expect(writer.isServing()).to.equal(true)
      await writer.close()
      expect(await idsInLog(await open())).to.deep.equal([before.eventId, after.eventId])
    })

    const remove = (): void => rmSync(file)
    const removeWal = (): void => rmSync(`${file}-wal`)
    const replace = (): void => {
      writeFileSync(`${file}.other`, 'of somebody else')
      renameSync(`${file}.other`, file)
    }
    for (const [deed, change] of [
      ['the log was removed', remove],
      ['its write-ahead log was removed', removeWal],
      ['another file took its name', replace],
    ] as const) {
      it(`does not go on when ${deed} before, and leaves everything so`, async () => {
        file = realFile(file, true)
        prepareFile(file)
        const reader = openForReading(file)
        const thread = new URL('../../support/threads/mortalThread.ts', import.meta.url)
        const writer = await GroupCommit.start(thread, { file, files: filesOf(file) }, 1000, CROSSING)
        const append = (type: string): ReturnType<ReturnType<typeof writer.submit>> =>
          writer.submit({ stream: newStream(), expected: 'no-stream', events: [newEvent({ type })] })()
        right(right(await append('before')) as AppendAnswer)
        const checkpointing = openForWriting(file)
        checkpointing.pragma('wal_checkpoint(PASSIVE)')
        checkpointing.close()
        left(await append('end'))
        change()
        const names = readdirSync(dirname(file))
        const outcome = await eventually('another thread looks', async () => {
          const refused = left(await append('later'))
          return JSON.stringify(refused).includes('thread ended') ? null : refused
        })
        const reason = 'the file of the event log was removed or replaced under the service'
        expect(outcome).to.deep.equal({ _tag: 'Failed', reason })
        expect(writer.isServing()).to.equal(false)
        expect(readdirSync(dirname(file))).to.deep.equal(names)
        if (change === replace) expect(readFileSync(file, 'utf8')).to.equal('of somebody else')
        await writer.close()
        reader.close()
      })
    }
  })

  describe('reads', () => {
    it('hand out big events in small batches', async () => {
      const store = await open()
      const stream = newStream()
      const data = JSON.stringify('x'.repeat(1_000_000))
      for (let revision = -1; revision < 11; revision += 1) {
        right(await store.append(stream, revision < 0 ? 'no-stream' : revision, [newEvent({ data })])())
      }
      const sizes = (await gather(store.readAll())).map((events) => events.length)
      expect(sizes).to.deep.equal([5, 5, 2])
      expect(await gather(store.readStream(stream))).to.have.length(12)
      expect(await gather(store.readStream(stream, { direction: 'backwards' }))).to.have.length(12)
    })

    it('let other work of the thread in between two pages', async () => {
      const store = await open()
      for (let i = 0; i < 4; i += 1) right(await store.append(newStream(), 'no-stream', newEvents(500))())
      let turns = 0
      const other = setInterval(() => {
        turns += 1
      })
      for await (const _ of store.readAll()) for (const until = performance.now() + 5; performance.now() < until; );
      clearInterval(other)
      expect(turns).to.be.at.least(2)
    })

    it('say of each page how much may be behind it', async () => {
      const store = await open()
      for (let i = 0; i < 2; i += 1) right(await store.append(newStream(), 'no-stream', newEvents(600))())
      const stopping = new AbortController()
      const behind = []
      for await (const { events, left, caughtUp } of store.follow(null, stopping.signal)) {
        if (events.length > 0) behind.push(left)
        if (caughtUp) stopping.abort()
      }
      expect(behind).to.deep.equal([700, 200, 0])
    })

    it('give of what follows on each other in a stream that is spared the first and the last, without texts but for the last of a page', async () => {
      const store = await open()
      const [spared, other] = [newStream(), newStream()]
      right(await store.append(spared, 'no-stream', newEvents(3))())
      right(await store.append(other, 'no-stream', newEvents(2))())
      right(await store.append(spared, 2, newEvents(499))())
      const [first = [], second = []] = await gather(store.readAll())
      const stopping = new AbortController()
      let pages = 0
      const given = []
      const isSpared = () => (pages++ === 0 ? (stream: string) => stream === spared : null)
      for await (const { events, caughtUp } of store.follow(null, stopping.signal, null, isSpared)) {
        if (events.length > 0) given.push(events)
        if (caughtUp) stopping.abort()
      }
      const [s0, , s2, o0, o1, s3] = first
      const bare = [s0, s2, o0, o1, s3, first.at(-1)].map((event, index, { length }) => {
        const { eventId, type, stream, revision, position } = event as RecordedEvent
        if (stream === other || index === length - 1) return event
        return { eventId, type, data: '', metadata: '', stream, revision, position, isBare: true }
      })
      expect(given).to.deep.equal([bare, second])
    })

    it('hand out big events in small batches as well where the texts of others are left out', async () => {
      const store = await open()
      const [spared, stream] = [newStream(), newStream()]
      const data = JSON.stringify('x'.repeat(1_000_000))
      for (let revision = -1; revision < 11; revision += 1) {
        const expected = revision < 0 ? 'no-stream' : revision
        right(await store.append(stream, expected, [newEvent({ data })])())
        right(await store.append(spared, expected, [newEvent({ data })])())
      }
      const stopping = new AbortController()
      const given: (readonly RecordedEvent[])[] = []
      for await (const { events, caughtUp } of store.follow(null, stopping.signal, null, () => (of) => of === spared)) {
        if (events.length > 0) given.push(events)
        if (caughtUp) stopping.abort()
      }
      expect(given.map((events) => events.length)).to.deep.equal([9, 10, 5])
      expect(given.map((events) => events.at(-1)?.isBare)).to.deep.equal([undefined, undefined, undefined])
      const ids = (await gather(store.readAll())).flat().map(({ eventId }) => eventId)
      expect(given.flat().map(({ eventId }) => eventId)).to.deep.equal(ids)
    })

    it('refuse a position of another store', async () => {
      const store = await open()
      const outcome = await gather(store.readAll('C:12/P:12')).catch((error: unknown) => error)
      expect(String(outcome)).to.contain('not a position of this event store')
    })
  })

  describe('following from elsewhere', () => {
    it('wakes a follower in another thread at each commit', async () => {
      const store = await open()
      const thread = new Worker(new URL('../../support/threads/followingThread.ts', import.meta.url), {
        workerData: { file },
      })
      const heard = (): Promise<unknown> => new Promise((resolve) => thread.once('message', resolve))
      expect(await heard()).to.equal('open')
      await sleep(50)

      // Looking every 250 ms only, 20 rounds would take 5 s.
      await takesLessThan(2_500, async () => {
        const started = performance.now()
        for (let i = 0; i < 20; i += 1) {
          const event = newEvent()
          const next = heard()
          right(await store.append(newStream(), 'no-stream', [event])())
          expect(await next).to.equal(event.eventId)
        }
        return performance.now() - started
      })

      const exited = new Promise((resolve) => thread.once('exit', resolve))
      thread.postMessage('stop')
      expect(await exited).to.equal(0)
    })

    it('shows a reader in another process what is appended', async () => {
      const store = await open()
      const follower = run(STORE_PROCESS, 'follow', file)
      expect(await follower.line()).to.equal('open')
      for (let i = 0; i < 3; i += 1) {
        const event = newEvent()
        right(await store.append(newStream(), 'no-stream', [event])())
        expect(await follower.line()).to.equal(event.eventId)
      }
      await follower.kill()
    })
  })

  describe('opening', () => {
    it('gives a second writer of the same process a clear error, by whatever path it comes', async () => {
      await open()
      expect(await reasonNotToOpen()).to.match(/^cannot open the event log .*events\.db: another process writes to it/)
      await symlink(join(directory.path, 'data'), join(directory.path, 'link'))
      file = join(directory.path, 'link', 'events.db')
      expect(await reasonNotToOpen()).to.contain('stop that one')
    })

    it('gives a second process a clear error, until the first is gone, even by kill -9', async () => {
      const holder = run(STORE_PROCESS, 'hold', file)
      expect(await holder.line()).to.equal('open')
      expect(await reasonNotToOpen()).to.contain('another process writes to it')
      await holder.kill()
      right(await (await open()).append(newStream(), 'no-stream', [newEvent()])())
    })

    it('lets the next writer in after closing', async () => {
      await open()
      await close()
      await open()
    })

    it('lets readers in beside the writer, and refuses their appends', async () => {
      const store = await open()
      const reader = await open(true)
      const event = newEvent()
      right(await store.append(newStream(), 'no-stream', [event])())
      expect(await idsInLog(reader)).to.deep.equal([event.eventId])
      expect(left(await reader.append(newStream(), 'no-stream', [newEvent()])())._tag).to.equal('AppendRefused')
    })

    it('lets readers in without a writer', async () => {
      const event = newEvent()
      right(await (await open()).append(newStream(), 'no-stream', [event])())
      await close()
      expect(await idsInLog(await open(true))).to.deep.equal([event.eventId])
    })

    it('says that there is nothing to read, and creates nothing', async () => {
      expect(await reasonNotToOpen({ readOnly: true })).to.contain('there is no such file')
      expect(await reasonNotToOpen({ readOnly: true })).to.contain('there is no such file')
    })

    it('refuses a log of a newer release', async () => {
      await open()
      await close()
      const db = new Database(file)
      db.pragma('user_version = 7')
      db.close()
      for (const readOnly of [false, true]) {
        expect(await reasonNotToOpen({ readOnly })).to.contain(
          'it has schema version 7 and this release reads versions 1 and 2',
        )
      }
    })

    it('refuses a database of something else, and leaves it as it is', async () => {
      file = realFile(file, true)
      const db = new Database(file)
      db.exec('CREATE TABLE customers (id INTEGER)')
      expect(await reasonNotToOpen()).to.contain('not an event log of this service')
      expect(db.prepare('SELECT name FROM sqlite_schema').pluck().all()).to.deep.equal(['customers'])
      db.close()
    })

    it('refuses a file that is no database', async () => {
      await mkdir(join(directory.path, 'data'))
      await writeFile(file, 'x'.repeat(10_000))
      expect(await reasonNotToOpen()).to.contain('it is no database')
    })
  })

  describe('a process killed in the middle of appends', () => {
    it('leaves every acknowledged event, none of them in part', async () => {
      const acknowledged: string[] = []
      for (let round = 0; round < 5; round += 1) {
        const writer = run(STORE_PROCESS, 'append', file)
        expect(await writer.line()).to.equal('open')
        for (let i = 0; i < 25 * (round + 1); i += 1) acknowledged.push((await writer.line()) ?? '')
        acknowledged.push(...(await writer.kill()).filter((line) => line.length === 36))

        const log = await eventsOf(await open())
        const held = new Set(log.map((event) => event.eventId))
        expect(acknowledged.filter((eventId) => !held.has(eventId))).to.deep.equal([])
        expect(log.length % 2).to.equal(0)
        await close()
      }
      expect(acknowledged.length).to.be.greaterThan(100)
    })
  })
})
