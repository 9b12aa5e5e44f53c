import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { expect } from 'chai'
import fc from 'fast-check'
import type { StoredEvent } from '../../../domain/event/storedEvent.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { fold } from '../../../domain/state/fold.ts'
import { rowOf } from '../../../projections/kycStatus.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import { openForReading } from '../../../src/eventStore/sqlite/database.ts'
import { logPages } from '../../../src/eventStore/sqlite/logPages.ts'
import { rowOf as placeOf, positionOf } from '../../../src/eventStore/sqlite/position.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { isOfLog } from '../../../src/readModel/database/schema.ts'
import { openReadModelSnapshot } from '../../../src/readModel/database/snapshot.ts'
import { openReadModelWriter, type ReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { foldStream } from '../../../src/readModel/projection/foldedStream.ts'
import type { FoldThreads } from '../../../src/readModel/projection/foldThreads.ts'
import { runProjection } from '../../../src/readModel/projection/runProjection.ts'
import { recordedStream, userId } from '../../support/events/storedEvents.ts'
import { arrivals, arrivalsWithoutEcho, orphans } from '../../support/histories/histories.ts'
import { inBatchesOf, whileWritten } from '../../support/pipeline/projecting.ts'
import { right } from '../../support/right.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporaryDirectory.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'

const USERS = 4

/** What is told of each user, and of nobody; and in which order it comes: so many events of one at a time. */
const logs = fc.record({
  ofUsers: fc.array(fc.oneof(arrivals(24), arrivalsWithoutEcho), { minLength: USERS, maxLength: USERS }),
  ofNobody: fc.array(orphans, { maxLength: 6 }),
  order: fc.array(
    fc.record({
      of: fc.oneof({ weight: 5, arbitrary: fc.nat(USERS - 1) }, { weight: 1, arbitrary: fc.constant(USERS) }),
      count: fc.integer({ min: 1, max: 9 }),
    }),
    { minLength: 10, maxLength: 60 },
  ),
})

type Log = typeof logs extends fc.Arbitrary<infer A> ? A : never

const someOf = <A>(values: fc.Arbitrary<A>, maxLength: number): fc.Arbitrary<readonly A[]> =>
  fc.array(values, { minLength: 1, maxLength })

const courses = fc.record({
  /** So many events are there when it begins, and so many more before each page of the log. */
  atFirst: fc.nat(40),
  coming: someOf(fc.oneof(fc.constant(0), fc.nat(6)), 12),
  page: fc.integer({ min: 1, max: 12 }),
  /** Whether a page says that much is behind it. */
  isFar: someOf(fc.constantFrom(true, true, true, false), 5),
  /** When the stream of a user is folded ahead. */
  folded: someOf(fc.constantFrom('when expected', 'when expected', 'when asked for', 'never'), 6),
  statesKept: fc.constantFrom(1, 2, 50),
  /** Each run of the projection ends with so many batches, told to or by what it throws; the last one with the end of the log. */
  ends: fc.array(fc.record({ batches: fc.integer({ min: 1, max: 6 }), isTold: fc.boolean() }), { maxLength: 4 }),
})
type Course = typeof courses extends fc.Arbitrary<infer A> ? A : never

const nth = <A>(values: readonly A[], index: number): A => values[index % values.length] as A

/** Threads that fold at these moments. */
const threadsOf =
  (when: Course['folded'], taken: () => void) =>
  (read: EventStore): FoldThreads => {
    const expected = new Map<UserId, () => ReturnType<typeof foldStream>>()
    let asked = 0
    return {
      expect: (users, corrections) => {
        for (const user of users.filter((one) => !expected.has(one))) {
          const how = nth(when, asked++)
          const fold = () => foldStream(read, user, corrections)
          const folded = how === 'when expected' ? fold() : Promise.resolve(null)
          expected.set(user, how === 'when asked for' ? fold : () => folded)
        }
      },
      take: async (user) => {
        const folded = (await expected.get(user)?.()) ?? null
        expected.delete(user)
        if (folded !== null) taken()
        return folded
      },
      forget: (users) => {
        for (const user of users) expected.delete(user)
      },
      close: async () => undefined,
    }
  }

/** The webhook, about this user and documents that no other run has. */
const about = (user: UserId, run: number, webhook: WebhookJson): WebhookJson =>
  JSON.parse(
    JSON.stringify(webhook)
      .replace(/"(userId|user_id|object_id)":("?)42\2/g, `"$1":$2${user}$2`)
      .replace(/"(documentId|object_id)":("?)(80[123])\2/g, `"$1":$2${run}$3$2`),
  ) as WebhookJson

const rowsIn = (file: string): readonly unknown[] => {
  const snapshot = openReadModelSnapshot(file)
  const rows = snapshot
    .tables()
    .filter(isOfLog)
    .flatMap((table) => [...snapshot.rows(table)].map((row) => ({ table, ...row })))
  // Where it changed on the way goes by the batches.
  const changed = [...snapshot.rows('change')].map(({ user_id }) => ({ changed: user_id }))
  snapshot.close()
  return [...rows, ...changed]
}

describe('a read model that is made from nothing', () => {
  let directory: TemporaryDirectory
  let store: EventStore
  let db: Database
  before(async () => {
    directory = await temporaryDirectory()
    const file = join(directory.path, 'events.db')
    store = right(await openSqliteEventStore({ file })())
    db = openForReading(file)
  })
  after(async () => {
    db.close()
    await store.close()
    await directory.remove()
  })

  let ofNobodySoFar = 0
  type Placed = readonly [stream: string, event: StoredEvent]
  const placed = (log: Log, users: readonly UserId[], run: number) => {
    const [anybody = userId('1')] = users
    const streams = [...log.ofUsers, log.ofNobody].map((webhooks, index) => {
      const user = users[index] ?? null
      return [
        ...recordedStream(
          user,
          webhooks.map((webhook) => about(user ?? anybody, run, webhook)),
        ),
      ]
    })
    return log.order.flatMap(({ of, count }) =>
      (streams[of]?.splice(0, count) ?? []).map((event): Placed => {
        const user = users[of]
        return user === undefined
          ? ['kyc-unattributed', { ...event, revision: ofNobodySoFar++ }]
          : [`kyc-${user}`, event]
      }),
    )
  }

  /** Projects the log behind `base` into `file`, while `more` comes, until the read model has come to the end of all of it. */
  const project = async (
    file: string,
    base: number,
    more: Placed[],
    course: Course,
    taken: () => void,
  ): Promise<void> => {
    const { endOfLog, goOn } = logPages(db, { met: () => undefined })
    const grow = async (by: number): Promise<void> => {
      for (const [stream, { eventId, revision, data, metadata }] of more.splice(0, by)) {
        const expected = revision === 0 ? 'no-stream' : revision - 1
        right(await store.append(stream, expected, [{ eventId, type: 'x', data, metadata }])())
      }
    }
    await grow(course.atFirst)
    let pages = 0
    const follow: EventStore['follow'] = async function* (after, signal, _, spared = () => null) {
      let row = after === null ? base : placeOf(after)
      while (!signal.aborted) {
        await grow(Math.max(nth(course.coming, pages), row >= endOfLog() ? 1 : 0))
        const until = endOfLog()
        if (row >= until) return yield { events: [], position: positionOf(row), caughtUp: true }
        const { row: reached, ...step } = await goOn(row, Math.min(until, row + course.page), spared())
        row = reached
        const left = nth(course.isFar, pages++) ? 8000 : 0
        yield { ...step, position: positionOf(row), caughtUp: row >= until && (more.length === 0 || left === 0), left }
      }
    }
    const startThreads = threadsOf(course.folded, taken)
    const ends = [...course.ends]
    for (let isOver = false; !isOver; ) {
      const end = ends.shift()
      const model = openReadModelWriter(file)
      const stop = new AbortController()
      let batches = 0
      const commit: ReadModelWriter['commit'] = (...to) => {
        batches += 1
        if (end?.isTold === false && batches === end.batches) throw new Error('no room')
        model.commit(...to)
      }
      const progressed = ({ caughtUp }: { readonly caughtUp: boolean }): void => {
        isOver = caughtUp && more.length === 0
        if (isOver || (end?.isTold && batches >= end.batches)) stop.abort()
      }
      const options = { startThreads, statesKept: course.statesKept, tidiedAfter: 10 }
      await runProjection({ ...store, follow }, { ...model, commit }, stop.signal, progressed, options).catch(
        (error) => {
          if (!String(error).includes('no room')) throw error
        },
      )
      model.close()
    }
  }

  it('is what the log comes to event by event, however that grows, whoever folds ahead, and however often it is broken off', async () => {
    let [runs, taken] = [0, 0]
    const law = async (log: Log, course: Course): Promise<void> => {
      const run = ++runs
      const users = Array.from({ length: USERS }, (_, index) => userId(`${run}${index}42`))
      const more = placed(log, users, run)
      if (more.length === 0) return
      const before = (await store.lastEvent())?.position ?? null
      const file = join(directory.path, `${run}.db`)
      await project(file, placeOf(before), more, course, () => {
        taken += 1
      })

      const plain = join(directory.path, `${run}-plain.db`)
      const model = openReadModelWriter(plain)
      const stop = new AbortController()
      const behind: EventStore = { ...store, follow: (after, ...asked) => store.follow(after ?? before, ...asked) }
      const end = (await store.lastEvent())?.position
      await runProjection(whileWritten(inBatchesOf(1, behind)), model, stop.signal, ({ position, caughtUp }) => {
        if (caughtUp && position === end) stop.abort()
      })
      const hearsNobody = users.filter((user) => model.orphansOf(user).length === 0)
      model.close()
      const rows = rowsIn(file)
      expect(rows).to.deep.equal(rowsIn(plain))
      for (const user of hearsNobody) {
        const state = fold(user, await Array.fromAsync(store.readStream(`kyc-${user}`)))
        const row = rows.find((one) => (one as { user_id?: string; body?: string }).user_id === user)
        if (state.events > 0) expect(row).to.include({ table: 'kyc_status', body: rowOf(state).body })
      }
    }
    await fc.assert(fc.asyncProperty(logs, courses, law), { numRuns: 40 })
    expect(taken, 'folded ahead').to.be.above(0)
  })
})
