import { expect } from 'chai'
import fc from 'fast-check'
import { NO_CORRECTIONS } from '../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { fromMilliseconds, type Instant } from '../../domain/instant.ts'
import { fold } from '../../domain/state/fold.ts'
import { KYC_STATUS } from '../../projections/kycStatus.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { CLOCK_CORRECTED } from '../../src/ledger/clockCorrected.ts'
import { appendToKycLog } from '../../src/ledger/kycLog.ts'
import { establishIdentity } from '../../src/ledger/logIdentity.ts'
import { recordMeaning } from '../../src/ledger/meaning.ts'
import { streamOf, userOfStream } from '../../src/ledger/streams.ts'
import { decide, observationOf } from '../../src/reconciling/decide.ts'
import { assertLaw } from '../support/assertLaw.ts'
import { type Node, openNode } from '../support/changes/node.ts'
import { arrivals, orphans, shuffled } from '../support/histories/histories.ts'
import { lives, reviews } from '../support/histories/lives.ts'
import { newCast, type Pipeline, played, RECEIVED_AT, sharedPipelines } from '../support/pipeline/pipeline.ts'
import { temporaryDirectory } from '../support/temporaryDirectory.ts'

/** What happens between two webhooks. */
const happening = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      node: fc.nat(1),
      events: fc.integer({ min: 1, max: 6 }),
      each: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      node: fc.nat(1),
      lines: fc.integer({ min: 1, max: 4 }),
      // What came in a page to the end has other ids than what came in one of so many lines.
      isBrokenOff: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('reopen' as const, 'lose' as const), node: fc.nat(1) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('correct' as const, 'alter' as const),
      which: fc.nat(20),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      kycReview: fc.constantFrom('2', '2', '2', '2', '3', null),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const), which: fc.nat(20) }) },
)
type Happening = typeof happening extends fc.Arbitrary<infer A> ? A : never

const histories = fc
  .tuple(fc.oneof(arrivals(10), lives(10), reviews(10), reviews(10)), fc.array(orphans, { maxLength: 3 }))
  .chain(([own, ofNobody]) => shuffled([...own, ...ofNobody]))
const stories = fc.tuple(histories, fc.array(fc.array(happening, { maxLength: 4 }), { maxLength: 13 }))

describe('whoever follows the ids of changes, from node to node', () => {
  const pipelines = sharedPipelines(1)
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  let nodes: readonly Node[] = []
  const altered = new Set<string>()
  before(async () => {
    directory = await temporaryDirectory()
    const [pipeline] = pipelines()
    if (pipeline === undefined) return
    const identity = await establishIdentity(pipeline.store, () => fromMilliseconds(0))
    await recordMeaning(pipeline.store, KYC_STATUS.version, () => fromMilliseconds(0))
    const shown = showing(pipeline.store)
    nodes = ['one', 'two'].map((name) => openNode(() => shown, identity, directory.path, name))
  })
  after(async () => {
    for (const node of nodes) node.close()
    await directory.remove()
  })
  const seen = { told: 0, unknown: 0, erased: 0, twice: 0, observed: 0, released: 0 }

  /** The log with events that show something else than was received. */
  const showing = (store: EventStore): EventStore => {
    const shown = (event: RecordedEvent): RecordedEvent =>
      altered.has(event.eventId) ? { ...event, hasPayload: () => false } : event
    return {
      ...store,
      readStream: async function* (...asked) {
        for await (const event of store.readStream(...asked)) yield shown(event)
      },
      readAll: async function* (...asked) {
        for await (const events of store.readAll(...asked)) yield events.map(shown)
      },
    }
  }

  const correct = async ({ store }: Pipeline, which: number): Promise<void> => {
    const all = (await Array.fromAsync(store.readAll())).flat().filter(({ stream }) => userOfStream(stream) !== null)
    const first = all.at(-1 - (which % 6))
    const last = all.at(-1)
    if (first === undefined || last === undefined) return
    const place = ({ stream, revision, eventId, position }: RecordedEvent) => ({ stream, revision, eventId, position })
    await appendToKycLog(store, {
      type: CLOCK_CORRECTED,
      data: { generation: 0, range: { first: place(first), last: place(last) }, leaps: [], author: 'ops', reason: 'r' },
      recordedAt: (RECEIVED_AT - which * 10_000_000_000) as Instant,
    })
  }

  /** What the service records when the provider shows this of a user, or does not know him. */
  const ask = async (pipeline: Pipeline, userId: UserId, kycReview: string | null): Promise<void> => {
    const own = await Array.fromAsync(pipeline.store.readStream(streamOf(userId)))
    const observation = observationOf(kycReview === null ? null : { user: { kycReview } }, null)
    const decided = decide(userId, { own, orphans: [] }, fold(userId, own), observation, RECEIVED_AT, NO_CORRECTIONS)
    if (decided === null) return
    await pipeline.append(userId, decided.events)
    seen[decided.released === null ? 'observed' : 'released'] += 1
  }

  it('knows in the end of each user what the last one tells of him, whatever happens', async () => {
    const law = fc.asyncProperty(stories, fc.nat(1), async ([webhooks, happenings], last) => {
      const [pipeline] = pipelines()
      if (pipeline === undefined) return
      const { store } = pipeline
      const cast = newCast()
      const users = [cast.user, cast.other]
      const known = new Map<UserId, string>()
      let after: string | null = null
      const read = ({ changes }: Node, lines: number, limit = lines): number => {
        // A node that has not come to the record yet tells nothing.
        const reader = nodes.find((one) => one.changes === changes)?.reader()
        const page = reader?.changes(after, limit)
        if (page === undefined || page._tag === 'Left') return 0
        expect(new Set(page.right.map(({ id }) => id)).size).to.equal(page.right.length)
        for (const { id, userId, status, since } of page.right.slice(0, lines)) {
          const told = `${status} ${since}`
          if (users.includes(userId)) {
            seen.told += 1
            if (status === 'unknown') seen.unknown += 1
            if (status === 'erased') seen.erased += 1
            if (known.get(userId) === told) seen.twice += 1
          }
          known.set(userId, told)
          after = id
        }
        return page.right.length
      }
      const perform = async (one: Happening): Promise<void> => {
        const node = nodes['node' in one ? one.node : 0]
        if (node === undefined) return
        switch (one.do) {
          case 'advance':
            return node.advance(one.events, one.each)
          case 'read':
            return void read(node, one.lines, one.isBrokenOff ? 1000 : one.lines)
          case 'reopen':
            return node.reopen()
          case 'lose':
            return node.lose()
          case 'correct':
            return correct(pipeline, one.which)
          case 'ask':
            return ask(pipeline, cast.user, one.kycReview)
          case 'erase':
            return one.which < 6 ? pipeline.erase(cast.other) : undefined
          default: {
            const own = await Array.fromAsync(store.readStream(streamOf(cast.user)))
            const event = own.at(one.which % Math.max(own.length, 1))
            if (event !== undefined) altered.add(event.eventId)
          }
        }
      }
      // What former runs left in the log is passed over.
      for (const node of nodes) await node.advance(100_000, 1000)
      while (nodes[0] !== undefined && read(nodes[0], 1000) > 0);
      for (const [at, webhook] of webhooks.entries()) {
        await pipeline.deliver(played(webhook, cast), RECEIVED_AT)
        for (const one of happenings[at] ?? []) await perform(one)
      }
      const lastNode = nodes[last]
      if (lastNode === undefined) return
      await lastNode.advance(100_000, 3)
      await lastNode.advance(0, 1, [cast.user])
      while (read(lastNode, 2) > 0);
      for (const userId of users) {
        const told = lastNode.changes(null, 100_000).find((one) => one.userId === userId)
        const listed = lastNode.reader().erasedUser(userId)
        const now = told === undefined ? undefined : `${told.status} ${told.since}`
        if (listed !== null) expect(now).to.match(/^erased /)
        expect(known.get(userId), `of ${userId}`).to.equal(now)
      }
    })
    await assertLaw(law, { same: 60, others: 20 }, () => {
      for (const [what, count] of Object.entries(seen)) expect(count, what).to.be.greaterThan(0)
    })
  })
})
