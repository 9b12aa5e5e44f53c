import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import { fromMilliseconds } from '../../../domain/instant.ts'
import { fold, foldHistory } from '../../../domain/state/fold.ts'
import { inOrder } from '../../../domain/state/ownHistory.ts'
import { readStored } from '../../../domain/state/reading.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { keptStories } from '../../../src/http/users/aside/keptStories.ts'
import { tellHistory } from '../../../src/http/users/aside/tell.ts'
import { openReadModelReader } from '../../../src/readModel/database/reader.ts'
import { openReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { keptReader, type ReadModelFile } from '../../../src/readModel/keptReader.ts'
import { FEWEST_KEPT, keptOf, runsOf } from '../../../src/readModel/keptRuns.ts'
import type { Batch } from '../../../src/readModel/projection/batch.ts'
import { type FoldedStream, foldStream } from '../../../src/readModel/projection/foldedStream.ts'
import { keepHistory } from '../../../src/readModel/projection/keeping.ts'
import { projectBatch } from '../../../src/readModel/projection/projectBatch.ts'
import { recordErased } from '../../support/erasures/recordErased.ts'
import { recordedStream, userId } from '../../support/events/storedEvents.ts'
import { alterEvent, tampering } from '../../support/logs/alteredLog.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { newRun } from '../../support/pipeline/projecting.ts'
import { right } from '../../support/right.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'

const [ANNA, BERT] = [userId('101'), userId('102')]
const STREAM = `kyc-${ANNA}`

const update = (hour: number): WebhookJson => ({
  webhook: 'user.update',
  webhook_id: `of ${hour}`,
  webhook_created_at: 1_719_472_439_902 + hour * 3_600_000,
  object_id: ANNA,
  object_payload: { users: [{ userId: ANNA, kycReview: hour % 2 === 0 ? '2' : '1', userTag: `${hour}` }] },
})
const MANY = recordedStream(
  ANNA,
  Array.from({ length: 400 }, (_, hour) => update(hour)),
)

/** Of these the one at `index` tells of an hour before all others. */
const lateAt = (index: number) =>
  recordedStream(
    ANNA,
    Array.from({ length: 52 }, (_, hour) => update(hour === index ? -1 : hour)),
  )

describe('what users’ events say, kept in the read model', () => {
  const open = async (stream = MANY) => {
    const directory = newDirectory()
    const log = join(directory, 'events.db')
    const store: EventStore = right(await openSqliteEventStore({ file: log })())
    const readModel = { file: join(directory, 'read-model.db'), starts: 1 }
    const model = openReadModelWriter(readModel.file)
    const run = await newRun(store, model)
    let projectedTo = 0
    /** All that the log holds by now, or so many events of it. */
    const project = async (altered: readonly string[] = [], count?: number): Promise<void> => {
      const end = count === undefined ? undefined : projectedTo + count
      const all = (await Array.fromAsync(store.readAll())).flat().slice(0, end)
      await projectBatch(run, all.slice(projectedTo), all.at(-1)?.position ?? '', altered)
      projectedTo = all.length
    }
    let told = 0
    const append = async (count: number): Promise<void> => {
      const news = stream.slice(told, told + count)
      const texts = news.map(({ eventId, data, metadata }) => ({ eventId, type: 'x', data, metadata }))
      right(await store.append(STREAM, told === 0 ? 'no-stream' : told - 1, texts)())
      told += count
    }
    /** So many more events of hers, projected together or one by one. */
    const tell = async (count: number, by: 'at once' | 'one by one' = 'at once'): Promise<void> => {
      for (const events of by === 'at once' ? [count] : Array.from({ length: count }, () => 1)) {
        await append(events)
        await project()
      }
    }
    const kept = (corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS, last = MANY.length, user = ANNA) => {
      const reader = keptReader()
      try {
        return reader.of(readModel, user, last, corrections)
      } finally {
        reader.close()
      }
    }
    const inFile = <A>(of: (db: Database.Database) => A): A => {
      const db = new Database(readModel.file)
      try {
        return of(db)
      } finally {
        db.close()
      }
    }
    const runs = (): unknown[] =>
      inFile((db) => db.prepare('SELECT first, next FROM reading ORDER BY first').raw().all())
    /** Whether what was read of her before may not be read again. */
    const inDoubt = (): boolean | undefined => {
      const reader = openReadModelReader(readModel.file)
      try {
        return reader.standingOf(ANNA)?.altered
      } finally {
        reader.close()
      }
    }
    const expectSame = async (): Promise<void> => {
      const own = await Array.fromAsync(store.readStream(STREAM, { limit: kept().length }))
      expect(foldHistory(ANNA, inOrder(kept()), [])).to.deep.equal(fold(ANNA, own))
    }
    /** Projects with a thread that has folded her ahead. */
    const ahead = async (projecting: () => Promise<void>): Promise<void> => {
      const take = (): Promise<FoldedStream | null> => foldStream(store, ANNA, NO_CORRECTIONS)
      Object.assign(run, { threads: () => ({ take, forget: () => undefined }) })
      await projecting()
      Object.assign(run, { threads: () => null })
    }
    const close = async (): Promise<void> => {
      model.close()
      await store.close()
    }
    return {
      store,
      log,
      run,
      model,
      readModel,
      project,
      append,
      tell,
      kept,
      runs,
      inFile,
      inDoubt,
      expectSame,
      ahead,
      close,
    }
  }
  type Opened = Awaited<ReturnType<typeof open>>
  let here: Opened
  beforeEach(async () => {
    here = await open()
  })
  afterEach(() => here.close())

  it('is nothing of few, and all of a stream that is folded whole, in parts that are not long', async () => {
    await here.tell(FEWEST_KEPT - 1)
    expect(here.runs()).to.deep.equal([])
    here.run.states.clear()
    await here.tell(301 - FEWEST_KEPT + 1)
    expect(here.runs()).to.deep.equal([
      [0, 128],
      [128, 256],
      [256, 301],
    ])
    await here.expectSame()
  })

  it('grows by what comes of a user in memory once that is much, and by what it lacks where he is folded whole again', async () => {
    await here.tell(FEWEST_KEPT - 1, 'one by one')
    expect(here.runs()).to.deep.equal([])
    await here.tell(1)
    expect(here.runs()).to.deep.equal([[0, 24]])
    await here.tell(FEWEST_KEPT + 1, 'one by one')
    expect(here.runs()).to.deep.equal([
      [0, 24],
      [24, 48],
    ])
    await here.tell(2 * FEWEST_KEPT)
    expect(here.runs().slice(2)).to.deep.equal([
      [48, 72],
      [72, 96],
    ])
    here.run.states.clear()
    await here.tell(1)
    expect(here.runs()).to.have.length(4)
    here.run.states.clear()
    await here.tell(40)
    expect(here.runs().slice(4)).to.deep.equal([[96, 138]])
    await here.tell(FEWEST_KEPT + 1, 'one by one')
    expect(here.runs().slice(5)).to.deep.equal([[138, 162]])
    await here.expectSame()
  })

  const TWICE = [
    [0, 24],
    [24, 48],
  ]
  for (const [late, together, runs] of [
    [23, 1, TWICE],
    [47, 1, TWICE],
    [23, 10, [[0, 30]]],
    [
      30,
      26,
      [
        [0, 26],
        [26, 52],
      ],
    ],
  ] as const) {
    it(`is complete where what comes at ${late} is late, and ${together} at once`, async () => {
      await here.close()
      here = await open(lateAt(late))
      for (let told = 0; told < 50; told += together) {
        await here.tell(together)
        if (late < told || late >= told + together) continue
        const own = (await Array.fromAsync(here.store.readStream(STREAM))).flat()
        expect(here.run.states.get(ANNA)).to.deep.equal(fold(ANNA, own))
      }
      expect(here.runs()).to.deep.equal(runs)
      await here.expectSame()
    })
  }

  it('is of all that was read where the log holds more of her than has come yet, and that once', async () => {
    await here.tell(FEWEST_KEPT - 1)
    await here.append(10)
    await here.project([], 1)
    expect(here.runs()).to.deep.equal([[0, 33]])
    await here.project()
    expect(here.run.states.get(ANNA)?.events).to.equal(33)
    await here.tell(FEWEST_KEPT + 1, 'one by one')
    expect(here.runs()).to.deep.equal([
      [0, 33],
      [33, 57],
    ])
    await here.expectSame()
  })

  it('is the same where a thread folds ahead, and takes the place of what was kept', async () => {
    await here.tell(FEWEST_KEPT + 1, 'one by one')
    await here.tell(5)
    const folded = await foldStream(here.store, ANNA, NO_CORRECTIONS)
    expect(folded?.kept.map(({ first, next }) => [first, next])).to.deep.equal([[0, 30]])
    here.model.putReadings(ANNA, folded?.kept ?? [])
    expect(here.runs()).to.deep.equal([[0, 30]])
    await here.expectSame()
    here.run.states.clear()
    await here.ahead(() => here.tell(10))
    expect(here.runs()).to.deep.equal([[0, 40]])
    await here.expectSame()
  })

  it('is nothing of a history of which some cannot be read, or is missing, and of a long one so much at a time', () => {
    const one = right(readStored()(MANY[0] ?? expect.fail(), ANNA))
    const history = inOrder(Array.from({ length: 13_000 }, () => one))
    expect(keptOf(history).reduce((sum, { first, next }) => sum + next - first, 0)).to.equal(12_800)
    expect(keptOf({ ...history, complete: false })).to.deep.equal([])
    const unreadable = [{ _tag: 'UnreadableEvent', eventId: 'x', revision: 1 } as const]
    expect(keptOf({ ...history, unreadable })).to.deep.equal([])
  })

  it('is nothing of a server’s log, however he is folded, and that is not asked for it', async () => {
    let reads = 0
    const readStream: EventStore['readStream'] = (...asked) => {
      reads += 1
      return here.store.readStream(...asked)
    }
    Object.assign(here.run, { store: { ...here.store, embedded: false, readStream } })
    await here.tell(10)
    expect(reads).to.equal(1)
    await here.tell(20)
    await here.tell(60, 'one by one')
    expect(here.runs()).to.deep.equal([])
    expect(here.run.states.get(ANNA)?.events).to.equal(90)
    expect(reads).to.equal(1)
  })

  it('is of the history that was read last where he is read several times for one batch', async () => {
    await here.tell(30)
    const own = await Array.fromAsync(here.store.readStream(STREAM))
    const history = inOrder(own.map((event) => right(readStored()(event, ANNA))))
    const batch = { run: { store: { embedded: true }, model: { keptTo: () => 0 } }, kept: new Map() }
    expect(keepHistory(batch as unknown as Batch, ANNA, history)).to.equal(30)
    expect(batch.kept.get(ANNA)).to.have.length(1)
    expect(keepHistory(batch as unknown as Batch, ANNA, { ...history, complete: false })).to.equal(0)
    expect(batch.kept.size).to.equal(0)
  })

  it('is read out of the file in use, and of one that was made anew', async () => {
    await here.tell(30)
    const other = await open()
    try {
      await other.tell(40)
      const reader = keptReader()
      const read = (of: ReadModelFile): number => reader.of(of, ANNA, 100, NO_CORRECTIONS).length
      expect([read(here.readModel), read(other.readModel), read(here.readModel)]).to.deep.equal([30, 40, 30])
      rmSync(here.readModel.file)
      copyFileSync(other.readModel.file, here.readModel.file)
      for (const suffix of ['-wal', '-shm']) rmSync(`${here.readModel.file}${suffix}`, { force: true })
      other.model.close()
      copyFileSync(other.readModel.file, here.readModel.file)
      expect([read(here.readModel), read({ ...here.readModel, starts: 2 })]).to.deep.equal([30, 40])
      reader.close()
    } finally {
      await other.close()
    }
  })

  it('goes with the user who is erased', async () => {
    await here.tell(30)
    expect(here.kept()).to.have.length(30)
    await recordErased(here.store, STREAM)
    await here.project()
    expect(here.runs()).to.deep.equal([])
  })

  for (const [what, texts] of [
    ['cannot be read', { data: '{}', metadata: '{"format":9}' }],
    ['is not what was received', { data: MANY[31]?.data ?? '', metadata: MANY[30]?.metadata ?? '' }],
  ] as const) {
    it(`goes once an event of his ${what}, also where he is folded ahead, or whole`, async () => {
      const event = { eventId: crypto.randomUUID(), type: 'x', ...texts }
      for (const how of ['on top', 'ahead', 'whole'] as const) {
        await here.close()
        here = await open()
        await here.tell(30)
        expect(here.runs()).to.have.length(1)
        right(await here.store.append(STREAM, 29, [event])())
        if (how !== 'on top') here.run.states.clear()
        await (how === 'ahead' ? here.ahead(() => here.project()) : here.project())
        expect(here.runs(), how).to.deep.equal([])
      }
    })
  }

  it('goes once events of his are missing', async () => {
    await here.tell(30)
    tampering(here.log, (db) => db.exec(`DELETE FROM events WHERE revision = 3`))
    here.run.states.clear()
    await here.tell(2)
    expect(here.runs()).to.deep.equal([])
  })

  it('grows no more in memory where a wrong clock wrote one of the receipts', async () => {
    const at = String(30).padStart(16, '0')
    const corrections = [{ from: at, to: at, countsAs: fromMilliseconds(1_719_000_000_000) }]
    Object.assign(here.run, { clocks: { ...here.run.clocks, corrections: () => corrections } })
    await here.tell(4 * FEWEST_KEPT + 1, 'one by one')
    expect(here.runs()).to.deep.equal([[0, 24]])
  })

  it('goes where his stream is looked at again, and is not kept of one that was altered; and is again once it is restored', async () => {
    await here.tell(30)
    const data = MANY[3]?.data ?? ''
    alterEvent(here.log, STREAM, 3, { data: data.replace('"kycReview":"1"', '"kycReview":"2"') })
    expect(here.kept(), 'as long as nobody looks').to.have.length(30)
    expect(here.inDoubt()).to.equal(false)
    await here.project([STREAM])
    expect(here.runs()).to.deep.equal([])
    expect(here.inDoubt(), 'nor may what was read before').to.equal(true)
    alterEvent(here.log, STREAM, 3, { data })
    await here.project([STREAM])
    expect(here.runs()).to.deep.equal([[0, 30]])
    expect(here.inDoubt()).to.equal(false)
    // What was kept may be none of what was written.
    here.inFile((db) => db.exec(`UPDATE reading SET body = replace(body, '"validated"', '"refused"')`))
    await here.project([STREAM])
    await here.expectSame()
  })

  it('is of no use where a wrong clock wrote one of the receipts, and of such nothing is kept', async () => {
    await here.tell(30)
    const at = (row: number): string => String(row).padStart(16, '0')
    const correction = (from: number, to: number) => ({
      from: at(from),
      to: at(to),
      countsAs: fromMilliseconds(1_719_000_000_000),
    })
    expect(here.kept([correction(31, 40)])).to.have.length(30)
    for (const touching of [correction(30, 40), correction(0, 1), correction(5, 6)]) {
      expect(here.kept([correction(31, 40), touching])).to.deep.equal([])
    }
    const own = await Array.fromAsync(here.store.readStream(STREAM))
    const read = readStored([correction(30, 30)])
    const readings = own.map((event) => right(read(event, ANNA)))
    expect(runsOf(readings)).to.deep.equal([])
    expect(runsOf(readings.slice(0, 29))).to.have.length(1)
  })

  it('is not read where it is not what was written, which is told, or where something before it is missing', async () => {
    await here.tell(200)
    const others: string[] = []
    const stories = keptStories(here.store, (user) => others.push(user))
    const story = { userId: ANNA, last: 199, orphans: [], readModel: here.readModel }
    const told = async (): Promise<number | undefined> => {
      stories.forget(null)
      return (await stories.of(story, NO_CORRECTIONS, () => true))?.length
    }
    expect(await told()).to.equal(200)
    here.inFile((db) =>
      db.exec('UPDATE reading SET body = replace(body, \'"validated"\', \'"refused"\') WHERE first = 128'),
    )
    expect(await told()).to.equal(undefined)
    expect(others).to.deep.equal([ANNA])
    for (const other of ["user_id = '102' WHERE first = 128", 'first = 129 WHERE first = 128']) {
      here.inFile((db) => db.exec(`UPDATE reading SET body = replace(body, '"refused"', '"validated"')`))
      expect(here.kept()).to.have.length(200)
      here.inFile((db) => db.exec(`UPDATE reading SET ${other}`))
      expect(() => here.kept(NO_CORRECTIONS, 199, other.startsWith('user') ? BERT : ANNA), other).to.throw('written')
      here.inFile((db) => db.exec(`UPDATE reading SET first = 128, user_id = '101' WHERE first >= 128`))
    }
    here.inFile((db) =>
      db.exec('UPDATE reading SET body = replace(body, \'"validated"\', \'"refused"\') WHERE first = 128'),
    )
    here.inFile((db) => db.exec('DELETE FROM reading WHERE first = 0'))
    expect(() => here.kept()).to.throw()
    here.inFile((db) => db.exec('UPDATE reading SET body = replace(body, \'"refused"\', \'"validated"\')'))
    expect(here.kept()).to.deep.equal([])
    expect(await told()).to.equal(undefined)
  })

  it('is read on out of the log, up to the last event that is asked about, where all of that can be read', async () => {
    await here.tell(30)
    const reads: unknown[] = []
    const store: EventStore = {
      ...here.store,
      readStream: (stream, options) => {
        reads.push(options)
        return here.store.readStream(stream, options)
      },
    }
    const stories = keptStories(store, () => expect.fail('it is what was written'))
    const told = (last: number, readModel: typeof here.readModel | null = here.readModel) =>
      stories.of({ userId: ANNA, last, orphans: [], readModel }, NO_CORRECTIONS, () => true)
    expect(await told(10)).to.have.length(11)
    expect(reads).to.deep.equal([])
    await here.tell(5, 'one by one')
    const own = await Array.fromAsync(here.store.readStream(STREAM))
    expect(foldHistory(ANNA, inOrder((await told(34)) ?? []), [])).to.deep.equal(fold(ANNA, own))
    expect(reads).to.deep.equal([{ from: 30 }])
    expect(await told(34), 'and known from then on').to.have.length(35)
    expect(reads).to.have.length(1)
    stories.forget(ANNA)
    expect(await told(34, null), 'without a read model').to.equal(null)
    const nowhere = { ...here.readModel, file: `${here.readModel.file}.gone` }
    expect(await told(34, nowhere), 'with one that cannot be opened').to.equal(null)
    const unheard = await stories
      .of({ userId: ANNA, last: 34, orphans: [], readModel: here.readModel }, NO_CORRECTIONS, () => false)
      .catch((error: Error) => error)
    expect(unheard).to.be.an('error')
    alterEvent(here.log, STREAM, 32, { metadata: '{"format":9}' })
    expect(await told(34)).to.equal(null)
    expect(await told(31)).to.have.length(32)
    tampering(here.log, (db) => db.exec('DELETE FROM events WHERE revision = 32'))
    expect(await told(34)).to.equal(null)
  })

  it('is read on from where it is known to, and by the receipts that are known to be wrong by now', async () => {
    await here.tell(30)
    await here.tell(10, 'one by one')
    const from: unknown[] = []
    const store: EventStore = {
      ...here.store,
      readStream: (stream, options) => {
        from.push(options?.from)
        return here.store.readStream(stream, options)
      },
    }
    const stories = keptStories(store, () => expect.fail('it is what was written'))
    const told = (last: number, corrections = NO_CORRECTIONS) =>
      stories.of({ userId: ANNA, last, orphans: [], readModel: here.readModel }, corrections, () => true)
    for (const last of [3, 3, 29, 39, 39]) expect(await told(last)).to.have.length(last + 1)
    expect(from, 'what was known of a page is less than is kept').to.deep.equal([30])
    await here.tell(5, 'one by one')
    expect(await told(44)).to.have.length(45)
    expect(from, 'more is known than is kept').to.deep.equal([30, 40])
    const at = String(36).padStart(16, '0')
    const corrected = await told(44, [{ from: at, to: at, countsAs: fromMilliseconds(1_719_000_000_000) }])
    expect(corrected?.map(({ event }) => event.corrected).indexOf(true)).to.equal(35)
    await here.tell(20, 'one by one')
    here.inFile((db) => db.exec('DELETE FROM reading WHERE first > 0'))
    expect(await told(60), 'of less than half').to.equal(null)
    expect(await told(59)).to.have.length(60)
  })

  it('is read no further than what is asked for depends on it', async () => {
    await here.tell(300)
    here.inFile((db) => db.exec(`UPDATE reading SET body = '[' WHERE first = 256`))
    const others: string[] = []
    let reads = 0
    const store: EventStore = {
      ...here.store,
      readStream: (...asked) => {
        reads += 1
        return here.store.readStream(...asked)
      },
    }
    const stories = keptStories(store, (user) => others.push(user))
    const revisions = async (from: number, most: number | null, last = 299): Promise<readonly number[]> => {
      const asked = { userId: ANNA, last, orphans: [], readModel: here.readModel, from, fromUnattributed: 0, most }
      const lines = await Array.fromAsync(tellHistory(store, stories, asked, NO_CORRECTIONS, () => true))
      return lines.flatMap(({ places }) => places)
    }
    // Once it is asked again, what it depends on is remembered.
    for (const [from, most, last] of [
      [0, 5],
      [0, 5],
      [200, 56],
      [250, 6],
      [250, null, 255],
    ] as const) {
      const expected = Array.from({ length: most ?? 6 }, (_, index) => from + index)
      expect(await revisions(from, most, last)).to.deep.equal(expected)
    }
    expect([others.length, reads]).to.deep.equal([0, 0])
    expect(await revisions(250, 7)).to.have.length(7)
    expect(others).to.deep.equal([ANNA])
  })

  it('is remembered where it is asked for again, unless it is long, or something went while it was read', async () => {
    await here.tell(30)
    await here.tell(10, 'one by one')
    const corrections = [{ from: 'z', to: 'z', countsAs: fromMilliseconds(0) }]
    const story = { userId: ANNA, last: 39, orphans: [], readModel: here.readModel }
    for (const [meanwhile, most, reads] of [
      [null, 100, [30, 30]],
      [null, 41, [30, 30]],
      [null, 40, [30, 30, 30, 30]],
      ['forget her', 100, [30, 30, 30]],
      ['forget all', 100, [30, 30, 30]],
      ['forget another', 100, [30, 30, 30]],
      ['correct', 100, [30, 30, 30]],
    ] as const) {
      const from: unknown[] = []
      let during: () => unknown = () => undefined
      const store: EventStore = {
        ...here.store,
        async *readStream(stream, options) {
          from.push(options?.from)
          try {
            yield* here.store.readStream(stream, options)
          } finally {
            during()
          }
        },
      }
      const stories = keptStories(store, () => expect.fail('it is what was written'), most)
      const ask = (by: readonly ReceiptCorrection[] = NO_CORRECTIONS, last = 39) =>
        stories.of({ ...story, last }, by, () => true)
      await ask()
      during = () => {
        during = () => undefined
        if (meanwhile === 'correct') return ask(corrections, 3)
        return meanwhile === null || stories.forget({ her: ANNA, another: BERT, all: null }[meanwhile.slice(7)] ?? null)
      }
      await ask()
      await ask(meanwhile === 'correct' ? corrections : NO_CORRECTIONS)
      await ask(meanwhile === 'correct' ? corrections : NO_CORRECTIONS)
      expect(from, `${meanwhile} ${most}`).to.deep.equal(reads)
    }
  })
})
