import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { expect } from 'chai'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Instant } from '../../../domain/instant.ts'
import { fold } from '../../../domain/state/fold.ts'
import { asRead } from '../../../src/eventStore/asRead.ts'
import type { EventStore, LogBatch, Spared } from '../../../src/eventStore/eventStore.ts'
import { storeDamaged } from '../../../src/eventStore/readFailure.ts'
import type { Position, RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { CLOCK_CORRECTED } from '../../../src/ledger/clockCorrected.ts'
import { appendToKycLog } from '../../../src/ledger/kycLog.ts'
import { establishIdentity } from '../../../src/ledger/logIdentity.ts'
import { openReadModelReader } from '../../../src/readModel/database/reader.ts'
import { isOfLog } from '../../../src/readModel/database/schema.ts'
import { openReadModelSnapshot } from '../../../src/readModel/database/snapshot.ts'
import { openReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { FAR, farBehind } from '../../../src/readModel/projection/farBehind.ts'
import { foldStream, LONGEST_AHEAD } from '../../../src/readModel/projection/foldedStream.ts'
import { type FoldThreads, startFoldThreads } from '../../../src/readModel/projection/foldThreads.ts'
import type { ProjectedLog } from '../../../src/readModel/projection/projectedLog.ts'
import { runProjection } from '../../../src/readModel/projection/runProjection.ts'
import { upTo } from '../../../src/replay/upTo.ts'
import { recordErased } from '../../support/erasures/recordErased.ts'
import { storedEvent, userId } from '../../support/events/storedEvents.ts'
import { inBatchesOf, whileWritten } from '../../support/pipeline/projecting.ts'
import { right } from '../../support/right.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporaryDirectory.ts'
import { countingCollections } from '../../support/threads/countingCollections.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'

const START = 17194724399020
const HOUR = 36_000_000
const USERS = Array.from({ length: 90 }, (_, index) => userId(String(1001 + index)))

const told = (webhook: string, object_id: string, hour: number, object_payload: object): WebhookJson => ({
  webhook,
  webhook_id: `${object_id}-${hour}`,
  webhook_created_at: START + hour * HOUR,
  object_id,
  object_payload,
})
const user = (id: UserId, kycReview: string, hour: number): WebhookJson =>
  told('user.update', id, hour, { users: [{ userId: id, kycReview, userTag: `${hour}` }] })
const document = (id: UserId | null, documentId: string, hour: number): WebhookJson =>
  told('document.update', documentId, hour, {
    documents: [{ documentId, userId: id ?? '1XXXXXX', documentStatus: 'VALIDATED', documentTypeId: '17' }],
  })

const placeOf = ({ stream, revision, eventId, position }: RecordedEvent) => ({ stream, revision, eventId, position })

describe('streams that threads fold while the end of the log is far', () => {
  let directory: TemporaryDirectory
  let store: EventStore
  let log: ProjectedLog
  let middle: Position
  const revisions = new Map<string, number>()

  before(async () => {
    directory = await temporaryDirectory()
    const file = join(directory.path, 'events.db')
    store = right(await openSqliteEventStore({ file })())
    log = { eventStore: { kind: 'sqlite', file }, identity: { logId: 'a log', generation: 0, losses: 0 }, tree: null }
    await establishIdentity(store, () => (START + 900 * HOUR) as Instant)
    const correct = async (range: readonly RecordedEvent[]): Promise<void> => {
      const [first, last] = [range[0], range.at(-1)].map((event) => event && placeOf(event))
      const data = { generation: 0, range: { first, last }, leaps: [], author: 'x', reason: 'x' }
      await appendToKycLog(store, { type: CLOCK_CORRECTED, data, recordedAt: (START - 9 * HOUR) as Instant })
    }
    const arrive = async (id: UserId | null, webhook: WebhookJson): Promise<void> => {
      const stream = id === null ? 'kyc-unattributed' : `kyc-${id}`
      const revision = (revisions.get(stream) ?? -1) + 1
      const { eventId, data, metadata } = storedEvent(webhook, { user: id ?? userId('1'), revision })
      const expected = revision === 0 ? 'no-stream' : revision - 1
      right(await store.append(stream, expected, [{ eventId, data, metadata, type: 'x' }])())
      revisions.set(stream, revision)
    }
    for (const [index, id] of USERS.entries()) {
      await arrive(id, user(id, index % 3 === 0 ? '1' : '2', index))
      // Said by nobody of documents that come before it and behind it, and long before their user is heard of.
      const other = USERS[(index * 37) % USERS.length] ?? id
      if (index % 4 === 0) await arrive(null, document(null, `of-${other}`, index + 200))
      await arrive(id, document(id, `of-${id}`, index + 1))
      // While batches are as large with threads as without: what is newly known of clocks is told with the end of one.
      if (index === 14) await correct((await Array.fromAsync(store.readAll())).flat().slice(5))
      const before = USERS[index - 40]
      if (before !== undefined) await arrive(before, user(before, '3', index % 2 === 0 ? 500 : -5))
    }
    const events = (await Array.fromAsync(store.readAll())).flat()
    middle = events[events.length >> 1]?.position ?? middle
    for (const erased of [3, 50, 88]) await recordErased(store, `kyc-${USERS[erased]}`)
  })
  after(async () => {
    await store.close()
    await directory.remove()
  })

  /** Closed however a test ends: what is left open would keep the process. */
  let threads: FoldThreads | null = null
  afterEach(async () => {
    await threads?.close()
    threads = null
  })

  let files = 0
  /** What the tables hold, made from zero, or of users of whom some were heard of before: of them some hear events of nobody. */
  const rowsBy = async (
    startThreads: ((store: EventStore) => FoldThreads) | null,
    from: 'zero' | 'middle' = 'middle',
  ): Promise<readonly unknown[]> => {
    const file = join(directory.path, `${files++}.db`)
    const model = openReadModelWriter(file)
    const stop = new AbortController()
    if (from === 'middle') await runProjection(upTo(store, middle), model, stop.signal, () => undefined)
    const progressed = ({ caughtUp }: { readonly caughtUp: boolean }): void => (caughtUp ? stop.abort() : undefined)
    await runProjection(inBatchesOf(3, store), model, stop.signal, progressed, { startThreads, statesKept: 4 })
    model.close()
    const snapshot = openReadModelSnapshot(file)
    const rows = snapshot
      .tables()
      .filter(isOfLog)
      .flatMap((table) => [...snapshot.rows(table)].map((row) => ({ table, ...row })))
    // How often it changed on the way there goes by the batches.
    const changes = [...snapshot.rows('change')].map(({ user_id, at }) => ({ user_id, at }))
    snapshot.close()
    return [...rows, ...changes]
  }

  for (const [count, from] of [
    [1, 'middle'],
    [2, 'zero'],
  ] as const) {
    it(`come to the rows that they come to without, with ${count} of them, from ${from}`, async () => {
      let taken = 0
      const rows = await rowsBy((read) => {
        const threads = startFoldThreads(log, read, count)
        const take: FoldThreads['take'] = async (...asked) => {
          const folded = await threads.take(...asked)
          if (folded !== null) taken += 1
          return folded
        }
        return { ...threads, take }
      }, from)
      expect(taken).to.be.above(0)
      expect(rows).to.deep.equal(await rowsBy(null, from))
    })
  }

  it('are folded all the same where no thread can read the log', async () => {
    const eventStore = { kind: 'sqlite', file: join(directory.path, 'none.db') } as const
    const rows = await rowsBy((read) => startFoldThreads({ ...log, eventStore }, read, 2))
    expect(rows).to.deep.equal(await rowsBy(null))
  })

  it('are what was asked for: by other corrections, or of nobody, there is nothing', async () => {
    threads = startFoldThreads(log, store, 1)
    const [anna, bert, carl, dora] = USERS as [UserId, UserId, UserId, UserId]
    const corrections: [] = []
    threads.expect([anna, bert], corrections)
    expect(await threads.take(carl, corrections)).to.equal(null)
    expect(await threads.take(bert, [])).to.equal(null)
    const folded = await threads.take(anna, corrections)
    expect(folded?.row.userId).to.equal(anna)
    expect(folded?.last.stream).to.equal(`kyc-${anna}`)
    expect([folded?.row.revision, folded?.documents]).to.deep.equal([folded?.last.revision, [`of-${anna}`]])
    expect(await threads.take(anna, corrections), 'once').to.equal(null)
    const corrected = [{ from: '' as Position, to: 'g' as Position, countsAs: (START - 9 * HOUR) as Instant }]
    threads.expect([dora], corrected)
    const byThem = await threads.take(dora, corrected)
    expect(byThem).to.deep.equal(await foldStream(store, dora, corrected))
    expect(byThem).not.to.deep.equal(await foldStream(store, dora, []))
  })

  it('are left to whoever asks for them where they are long', async () => {
    const [anna] = USERS as [UserId]
    const [event] = await Array.fromAsync(store.readStream(`kyc-${anna}`, { limit: 1 }))
    let read = 0
    const holding = (revisions: number): EventStore => ({
      ...store,
      async *readStream(_, { limit = revisions } = {}) {
        for (let revision = 0; revision < Math.min(revisions, limit); revision++) {
          read += 1
          yield { ...event, revision } as RecordedEvent
        }
      },
    })
    expect(await foldStream(holding(10 * LONGEST_AHEAD), anna, [])).to.equal(null)
    expect(read, 'and no thread reads them to their end').to.equal(LONGEST_AHEAD + 1)
    expect(await foldStream(holding(LONGEST_AHEAD + 1), anna, [])).to.equal(null)
    expect((await foldStream(holding(LONGEST_AHEAD), anna, []))?.events).to.equal(LONGEST_AHEAD)
  })

  it('are left as well where the front of the stream is gone: he may be being erased', async () => {
    const [anna] = USERS as [UserId]
    const withoutFront: EventStore = {
      ...store,
      readStream: (stream, options) => store.readStream(stream, { ...options, from: Math.max(options?.from ?? 0, 1) }),
    }
    expect(await Array.fromAsync(withoutFront.readStream(`kyc-${anna}`))).not.to.deep.equal([])
    expect(await foldStream(withoutFront, anna, [])).to.equal(null)
  })

  it('are left as well where an event was altered: whoever asks for them says so', async () => {
    const [anna] = USERS as [UserId]
    const altered: EventStore = {
      ...store,
      async *readStream(stream, options) {
        for await (const event of store.readStream(stream, options)) {
          const { eventId, type, metadata, revision, position } = event
          const data = event.data.replace('"kycReview":"1"', '"kycReview":"2"')
          yield asRead({ eventId, type, data, metadata }, stream, revision, position)
        }
      },
    }
    const events = await Array.fromAsync(altered.readStream(`kyc-${anna}`))
    expect(fold(anna, events).altered).to.deep.equal([events[0]?.eventId])
    expect(await foldStream(altered, anna, [])).to.equal(null)
  })

  it('are passed over in the log without their texts, as long as there are threads', async () => {
    const asked: string[] = []
    const ask = (spared: Spared): void => {
      const isSpared = spared()
      asked.push(isSpared === null ? 'none' : `${isSpared(`kyc-${USERS[0]}`)} ${isSpared('kyc-unattributed')}`)
    }
    const followed: EventStore = {
      ...store,
      async *follow(after, signal, seen, spared = () => null) {
        try {
          for await (const batch of inBatchesOf(3, store).follow(after, signal, seen, spared)) {
            ask(spared)
            yield batch
          }
        } finally {
          ask(spared)
        }
      },
    }
    const reader = await project(followed, folding)
    reader.close()
    const near = Array.from({ length: FAR }, () => 'none')
    expect(asked.slice(0, FAR)).to.deep.equal(near)
    expect(asked.slice(FAR, -1)).to.deep.equal(asked.slice(FAR, -1).map(() => 'true false'))
    expect(asked.length).to.be.above(FAR + 2)
    expect(asked.at(-1)).to.equal('none')
  })

  it('begin once, with the first batch that says that much is behind it, and end once', async () => {
    let events = 0
    const followed: EventStore = {
      ...store,
      async *follow(...asked) {
        for await (const batch of inBatchesOf(3, store).follow(...asked)) {
          events += batch.events.length
          yield { ...batch, left: 8000 }
        }
      },
    }
    const begun: number[] = []
    let ended = 0
    const reader = await project(followed, (read) => {
      begun.push(events)
      const close = async (): Promise<void> => {
        ended += 1
      }
      return { ...folding(read), close }
    })
    reader.close()
    expect([begun, ended]).to.deep.equal([[3], 1])
    expect(events, 'more than begin them of themselves').to.be.above(3 * 4 * FAR)
  })

  it('leave nothing of what was made on the way once its end is reached, however few events of it were given', async () => {
    const { collected, putBack } = countingCollections()
    try {
      const reader = await project(inBatchesOf(3, store), folding)
      reader.close()
    } finally {
      putBack()
    }
    expect(collected()).to.equal(1)
  })

  /** Fold nothing. */
  const none: FoldThreads = {
    expect: () => undefined,
    take: async () => null,
    forget: () => undefined,
    close: async () => undefined,
  }

  /** What is given of these batches, far from the end but for those that say so, and how many threads were begun and ended by then. */
  const given = async (batches: readonly Partial<LogBatch>[]) => {
    let [begun, ended] = [0, 0]
    const start = (): FoldThreads => {
      begun += 1
      const close = async (): Promise<void> => {
        ended += 1
      }
      return { ...none, close }
    }
    const follow: EventStore['follow'] = async function* () {
      for (const one of batches) yield { events: [], position: null, caughtUp: false, left: 8000, ...one }
    }
    const far = farBehind(
      { follow },
      start,
      () => [],
      () => [],
      () => false,
    )
    const all: readonly [begun: number, ended: number, batch: LogBatch][] = await Array.fromAsync(
      far.follow(null, new AbortController().signal),
      (batch) => [begun, ended, batch] as const,
    )
    return all
  }

  it('end where the end of the log is reached, and begin again where it is far again', async () => {
    const end = { caughtUp: true, left: 0 }
    const all = await given([{}, {}, end, end, {}, end])
    expect(all.map(([begun, ended, { caughtUp }]) => [begun, ended, caughtUp])).to.deep.equal([
      [1, 0, true],
      [1, 1, true],
      [2, 1, true],
    ])
  })

  it('have batches given together, but each by itself that says more than events', async () => {
    for (const news of [{ altered: ['kyc-1'] }, { lost: 'no answer' }, { resumed: true as const }]) {
      const all = await given([
        { position: '1' },
        { position: '2' },
        { position: '3', ...news },
        { position: '4' },
        { caughtUp: true },
      ])
      const told = all.map(([, , { left, ...batch }]) => batch)
      const plain = { events: [], position: null, caughtUp: false }
      expect(told).to.deep.equal([
        { ...plain, position: '2' },
        { ...plain, position: '3', ...news },
        { ...plain, caughtUp: true },
      ])
    }
  })

  it('give texts of whose state is kept: his events are folded on top of it', async () => {
    const asked = new Set<string>()
    const isKept = (userId: UserId): boolean => userId === USERS[0]
    const follow: EventStore['follow'] = async function* (_, __, ___, spared = () => null) {
      for (let n = 0; n < 2; n++) {
        const isSpared = spared()
        for (const userId of USERS.slice(0, 2)) asked.add(`${isSpared?.(`kyc-${userId}`) ?? 'none'}`)
        yield { events: [], position: null, caughtUp: n > 0, left: 8000 }
      }
    }
    const far = farBehind(
      { follow },
      () => none,
      () => [],
      () => [],
      isKept,
    )
    for await (const { caughtUp } of far.follow(null, new AbortController().signal)) if (caughtUp) break
    expect([...asked]).to.deep.equal(['none', 'false', 'true'])
  })

  it('are not needed of whose state is kept, however many of his come: his stream is read whole once', async () => {
    const [anna = userId('1')] = USERS
    const one = right(await openSqliteEventStore({ file: join(directory.path, 'one.db') })())
    const events = Array.from({ length: 300 }, (_, revision) => {
      const { eventId, data, metadata } = storedEvent(user(anna, '1', revision), { user: anna, revision })
      return { eventId, data, metadata, type: 'x' }
    })
    right(await one.append(`kyc-${anna}`, 'no-stream', events)())
    const growing = whileWritten(inBatchesOf(3, one))
    let whole = 0
    const followed: EventStore = {
      ...growing,
      async *follow(...asked) {
        for await (const batch of growing.follow(...asked)) yield { ...batch, left: 8000 }
      },
      readStream: (stream, options) => {
        if (stream === `kyc-${anna}` && options?.limit === undefined) whole += 1
        return growing.readStream(stream, options)
      },
    }
    const reader = await project(followed, () => none)
    expect(JSON.parse(reader.kycAnswer(anna)?.body ?? '{}')).to.include({ events: 300, revision: 299 })
    reader.close()
    await one.close()
    expect(whole).to.equal(1)
  })

  /** Follows the log, and projects it into a file of its own. */
  const project = async (
    followed: EventStore,
    startThreads: (store: EventStore) => FoldThreads,
    progressed: () => void = () => undefined,
  ) => {
    const file = join(directory.path, `${files++}.db`)
    const model = openReadModelWriter(file)
    const stop = new AbortController()
    const heard = ({ caughtUp }: { readonly caughtUp: boolean }): void => {
      if (caughtUp) stop.abort()
      progressed()
    }
    await runProjection(followed, model, stop.signal, heard, { startThreads, statesKept: 1 }).finally(model.close)
    return openReadModelReader(file)
  }

  it('are folded by threads that have ended when the run has, even if it fails: with it its own thread ends', async () => {
    const workers: Worker[] = []
    const note = (worker: Worker): number => workers.push(worker)
    process.on('worker', note)
    const fail = (): void => {
      if (workers.length > 0) throw new Error('no room')
    }
    const failed = await project(inBatchesOf(3, store), (read) => startFoldThreads(log, read, 2), fail).catch(String)
    process.off('worker', note)
    expect(failed).to.equal('Error: no room')
    expect(workers.map(({ threadId }) => threadId)).to.deep.equal([-1, -1])
  })

  it('are folded no more by threads that are to end', async () => {
    let answers = 0
    process.once('worker', (worker: Worker) => worker.on('message', () => (answers += 1)))
    const threads = startFoldThreads(log, store, 1)
    threads.expect(USERS, [])
    await threads.close()
    expect(answers).to.equal(0)
  })

  /** What would be folded by threads, all of it when it is expected, before the log comes to it. */
  const folding = (read: EventStore): FoldThreads => {
    const folded = new Map<UserId, ReturnType<typeof foldStream>>()
    const forget: FoldThreads['forget'] = (users) => {
      for (const userId of users) folded.delete(userId)
    }
    return {
      expect: (users, corrections) => {
        for (const userId of users) folded.set(userId, foldStream(read, userId, corrections))
      },
      forget,
      take: async (userId) => {
        const one = (await folded.get(userId)) ?? null
        forget([userId])
        return one
      },
      close: async () => undefined,
    }
  }

  it('are none any more where a stream may not read as it did', async () => {
    const anna = USERS[61] as UserId
    let isDamaged = false
    const damaged: EventStore = {
      ...store,
      async *follow(...asked): AsyncGenerator<LogBatch> {
        let isTold = false
        for await (const batch of inBatchesOf(3, store).follow(...asked)) {
          if (!isTold && batch.events.some(({ stream }) => stream === `kyc-${anna}`)) {
            yield { events: [], position: batch.events[0]?.position ?? null, caughtUp: false, altered: [`kyc-${anna}`] }
            isTold = true
          }
          yield batch
        }
      },
      async *readStream(stream, options): AsyncGenerator<RecordedEvent> {
        if (isDamaged && stream === `kyc-${anna}`) throw storeDamaged('a page')
        yield* store.readStream(stream, options)
      },
    }
    const answer = async (startThreads: (store: EventStore) => FoldThreads): Promise<unknown> => {
      isDamaged = false
      const reader = await project(damaged, (read) => {
        const threads = startThreads(read)
        const expectOf: FoldThreads['expect'] = (users, corrections) => {
          threads.expect(users, corrections)
          isDamaged ||= users.includes(anna)
        }
        return { ...threads, expect: expectOf }
      })
      const { body } = reader.kycAnswer(anna) ?? { body: '{}' }
      reader.close()
      return (JSON.parse(body) as { readonly status: string }).status
    }
    expect(await answer(() => folding(store))).to.equal('unknown')
    expect(isDamaged).to.equal(true)
  })
})
