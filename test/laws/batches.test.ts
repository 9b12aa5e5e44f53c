import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { NO_CORRECTIONS } from '../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { fromMilliseconds, type Instant } from '../../domain/instant.ts'
import { fold } from '../../domain/state/fold.ts'
import { KYC_STATUS } from '../../projections/kycStatus.ts'
import type { EventStore, LogBatch } from '../../src/eventStore/eventStore.ts'
import type { Position, RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { CLOCK_CORRECTED } from '../../src/ledger/clockCorrected.ts'
import { appendToKycLog } from '../../src/ledger/kycLog.ts'
import { establishIdentity, type LogIdentity } from '../../src/ledger/logIdentity.ts'
import { recordMeaning } from '../../src/ledger/meaning.ts'
import { streamOf, userOfStream } from '../../src/ledger/streams.ts'
import type { ToldChange } from '../../src/readModel/database/changeReader.ts'
import { openReadModelReader } from '../../src/readModel/database/reader.ts'
import { isOfLog } from '../../src/readModel/database/schema.ts'
import { openReadModelSnapshot } from '../../src/readModel/database/snapshot.ts'
import { openReadModelWriter } from '../../src/readModel/database/writer.ts'
import { runProjection } from '../../src/readModel/projection/runProjection.ts'
import { decide, observationOf } from '../../src/reconciling/decide.ts'
import { assertLaw } from '../support/assertLaw.ts'
import { arrivals, orphans, shuffled } from '../support/histories/histories.ts'
import { lives, reviews } from '../support/histories/lives.ts'
import { newCast, openPipeline, type Pipeline, played, RECEIVED_AT } from '../support/pipeline/pipeline.ts'
import { right } from '../support/right.ts'
import { temporaryDirectory } from '../support/temporaryDirectory.ts'

const ALL = 100_000

/** A read model that a projection keeps up with the log as long as it is open, when it is told to, in batches of so many events. */
interface Follower {
  readonly file: string
  readonly advance: (each: number) => Promise<void>
  readonly changes: () => readonly ToldChange[]
  readonly close: () => Promise<void>
}

const following = (store: EventStore, identity: LogIdentity, file: string): Follower => {
  const model = openReadModelWriter(file)
  model.belongTo(identity)
  const reader = openReadModelReader(file)
  const stopping = new AbortController()
  let asked = Promise.withResolvers<number>()
  let done = Promise.withResolvers<void>()
  async function* follow(after: Position | null): AsyncGenerator<LogBatch> {
    for (let position = after; ; done.resolve()) {
      const each = await asked.promise
      asked = Promise.withResolvers()
      if (stopping.signal.aborted) return
      const all = (await Array.fromAsync(store.readAll(position))).flat()
      for (let from = 0; from < all.length; from += each) {
        const events = all.slice(from, from + each)
        position = events.at(-1)?.position ?? position
        yield { events, position, caughtUp: from + each >= all.length }
      }
    }
  }
  const running = runProjection({ ...store, follow }, model, stopping.signal, () => undefined)
  return {
    file,
    advance: async (each) => {
      done = Promise.withResolvers()
      asked.resolve(each)
      await Promise.race([done.promise, running])
    },
    changes: () => right(reader.changes(null, ALL)),
    close: async () => {
      stopping.abort()
      asked.resolve(0)
      await running
      reader.close()
      model.close()
    },
  }
}

/** What comes beside the webhooks. */
const happening = fc.constantFrom('ask', 'release', 'correct', 'erase', 'nothing', 'nothing', 'nothing')
const histories = fc
  .tuple(fc.oneof(arrivals(10), lives(10), reviews(10)), fc.array(orphans, { maxLength: 3 }))
  .chain(([own, ofNobody]) => shuffled([...own, ...ofNobody]))
/** After how many webhooks a batch is taken. */
const batches = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 13, maxLength: 13 })

describe('a log that is projected in batches', () => {
  let pipeline: Pipeline
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  let open: (name: string) => Follower
  let single: Follower
  let gathering: Follower
  before(async () => {
    directory = await temporaryDirectory()
    pipeline = await openPipeline()
    const identity = await establishIdentity(pipeline.store, () => fromMilliseconds(0))
    await recordMeaning(pipeline.store, KYC_STATUS.version, () => fromMilliseconds(0))
    open = (name) => following(pipeline.store, identity, join(directory.path, `${name}.db`))
    single = open('single')
    gathering = open('gathering')
  })
  after(async () => {
    await single.close()
    await gathering.close()
    await pipeline.close()
    await directory.remove()
  })
  const seen = { ask: 0, release: 0, correct: 0, erase: 0, gathered: 0, drift: 0, told: 0 }

  const rowsOf = ({ file }: Follower): Readonly<Record<string, unknown>> => {
    const snapshot = openReadModelSnapshot(file)
    try {
      const tables = snapshot.tables().filter(isOfLog)
      return Object.fromEntries(tables.map((table) => [table, [...snapshot.rows(table)]]))
    } finally {
      snapshot.close()
    }
  }

  const correct = async (store: EventStore): Promise<void> => {
    const all = (await Array.fromAsync(store.readAll())).flat().filter(({ stream }) => userOfStream(stream) !== null)
    const [first, last] = [all.at(-3), all.at(-1)]
    if (first === undefined || last === undefined) return
    const place = ({ stream, revision, eventId, position }: RecordedEvent) => ({ stream, revision, eventId, position })
    await appendToKycLog(store, {
      type: CLOCK_CORRECTED,
      data: { generation: 0, range: { first: place(first), last: place(last) }, leaps: [], author: 'ops', reason: 'r' },
      recordedAt: (RECEIVED_AT - 10_000_000_000 * (1 + seen.correct)) as Instant,
    })
  }

  const ask = async (userId: UserId, kycReview: string): Promise<void> => {
    const own = await Array.fromAsync(pipeline.store.readStream(streamOf(userId)))
    const shown = observationOf({ user: { kycReview } }, null)
    const decided = decide(userId, { own, orphans: [] }, fold(userId, own), shown, RECEIVED_AT, NO_CORRECTIONS)
    if (decided !== null) await pipeline.append(userId, decided.events)
  }

  it('comes to the same rows as one event at a time and as from the beginning, and no change stands before what made it', async () => {
    const stories = fc.tuple(histories, fc.array(happening, { minLength: 13, maxLength: 13 }), batches)
    const law = fc.asyncProperty(stories, async ([webhooks, happenings, sizes]) => {
      const cast = newCast()
      let waiting = 0
      let size = 0
      for (const [at, webhook] of webhooks.entries()) {
        await pipeline.deliver(played(webhook, cast), RECEIVED_AT)
        const happens = happenings[at] ?? 'nothing'
        if (happens === 'ask') await ask(cast.user, '3')
        if (happens === 'release') await ask(cast.user, '2')
        if (happens === 'correct') await correct(pipeline.store)
        if (happens === 'erase') await pipeline.erase(cast.other)
        if (happens !== 'nothing') seen[happens] += 1
        await single.advance(1)
        waiting += 1
        if (waiting < (sizes[size] ?? 1)) continue
        if (waiting > 1) seen.gathered += 1
        await gathering.advance(ALL)
        waiting = 0
        size += 1
      }
      await gathering.advance(ALL)
      const anew = open(`anew-${cast.user}`)
      await anew.advance(ALL)
      const expected = rowsOf(single)
      expect(rowsOf(gathering)).to.deep.equal(expected)
      expect(rowsOf(anew)).to.deep.equal(expected)
      seen.drift += (expected['user_drift'] as readonly unknown[]).length
      const told = ({ changes }: Follower) => new Map(changes().map((change) => [change.userId, change]))
      const [exact, others] = [told(single), [told(gathering), told(anew)]]
      await anew.close()
      for (const other of others) {
        expect([...other.keys()].sort()).to.deep.equal([...exact.keys()].sort())
        for (const [userId, change] of exact) {
          const { status, since, position } = other.get(userId) ?? change
          expect([userId, status, since]).to.deep.equal([userId, change.status, change.since])
          expect(position >= change.position, `where ${userId} is told of`).to.equal(true)
          seen.told += 1
        }
      }
    })
    await assertLaw(law, { same: 20, others: 20 }, () => {
      for (const [what, count] of Object.entries(seen)) expect(count, what).to.be.greaterThan(0)
    })
  })
})
