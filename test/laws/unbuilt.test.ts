import { expect } from 'chai'
import fc from 'fast-check'
import { pino } from 'pino'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { type Aside, askAside } from '../../src/http/users/aside/askAside.ts'
import { userRoutes } from '../../src/http/users/users.ts'
import { CLOCK_CORRECTED } from '../../src/ledger/clockCorrected.ts'
import { readClockRecords } from '../../src/ledger/clockRecords.ts'
import { Erased, hearErasures, withoutErased } from '../../src/ledger/erased.ts'
import { appendToKycLog } from '../../src/ledger/kycLog.ts'
import { establishIdentity } from '../../src/ledger/logIdentity.ts'
import { streamOf } from '../../src/ledger/streams.ts'
import { besideStreams } from '../../src/readModel/besideStreams.ts'
import { assertLaw } from '../support/assertLaw.ts'
import { arrivals, orphans, shuffled } from '../support/histories/histories.ts'
import { distinct, lives } from '../support/histories/lives.ts'
import { newCast, openPipeline, type Pipeline, played, RECEIVED_AT } from '../support/pipeline/pipeline.ts'
import { readingOf, type Served, serve } from '../support/pipeline/servedPipeline.ts'
import type { KycStatus } from '../support/service/answers.ts'
import type { WebhookJson } from '../support/webhooks/documentedWebhooks.ts'

/** What comes to a log: as today's release writes it, or as one did that found nobody in it, or not everybody. */
type Step =
  | readonly ['delivered' | 'found 42' | 'found nobody', WebhookJson]
  | readonly ['erased' | 'clock corrected', null]

const written = (webhook: WebhookJson): fc.Arbitrary<readonly Step[]> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<readonly Step[]>([['delivered', webhook]]) },
    { weight: 1, arbitrary: fc.constant<readonly Step[]>([['found nobody', webhook]]) },
    {
      weight: 1,
      arbitrary: fc.constant<readonly Step[]>([
        ['found nobody', webhook],
        ['found 42', webhook],
      ]),
    },
    {
      weight: 1,
      arbitrary: fc.constant<readonly Step[]>([
        ['delivered', webhook],
        ['found nobody', webhook],
      ]),
    },
  )

/** Documents of the one user that speak of nobody, or of the other: they change owners. */
const withOthers = fc
  .tuple(fc.oneof(arrivals(12), lives(12)), fc.array(fc.constantFrom('42', '42', '43', '1XXXXXX'), { minLength: 12 }))
  .map(([webhooks, whose]) =>
    webhooks.map((webhook, index): WebhookJson => {
      if (!String(webhook.webhook).startsWith('document.')) return webhook
      return JSON.parse(JSON.stringify(webhook).replaceAll('"userId":"42"', `"userId":"${whose[index] ?? '42'}"`))
    }),
  )

const histories: fc.Arbitrary<readonly Step[]> = fc
  .tuple(withOthers, fc.array(orphans, { maxLength: 4 }))
  .chain(([own, ofNobody]) => shuffled(distinct([...own, ...ofNobody])))
  .chain((webhooks) =>
    fc.tuple(fc.tuple(...webhooks.map(written)), fc.constantFrom(0, 0, 0, 1), fc.nat(), fc.boolean()),
  )
  .map(([steps, erasures, at, corrected]) => {
    const all = steps.flat()
    const news: readonly Step[] = [
      ...(erasures > 0 ? ([['erased', null]] as const) : []),
      ...(corrected ? ([['clock corrected', null]] as const) : []),
    ]
    return all.toSpliced(at % (all.length + 1), 0, ...news)
  })

const LOG = { logId: 'a log', generation: 0, losses: 0 }
const YEAR = 31_536_000_000_000
const placeOf = ({ stream, revision, eventId, position }: RecordedEvent) => ({ stream, revision, eventId, position })

/** What comes last: an event of somebody else. */
const AFTER: WebhookJson = {
  webhook: 'user.update',
  webhook_created_at: 17494724399020,
  object_id: '999',
  object_payload: { users: [{ userId: '999', kycReview: '0' }] },
}

interface Told {
  readonly status: number
  readonly body: string
  readonly headers: Headers
}

describe('while there is no read model', () => {
  const erased = new Erased()
  let pipeline: Pipeline
  let unbuilt: Served
  let built: Served
  let byThreads: Served
  let aside: Aside
  let corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS
  const everybody: UserId[] = []
  const seen = {
    adopted: 0,
    erased: 0,
    verified: 0,
    corrected: 0,
    byThreads: 0,
    orphansByThreads: 0,
    historiesByThreads: 0,
  }

  before(async () => {
    pipeline = await openPipeline()
    await establishIdentity(pipeline.store, () => RECEIVED_AT)
    const store = withoutErased(pipeline.store, erased)
    const reading = { ...readingOf(pipeline, { store }), erased, corrections: () => corrections }
    built = await serve(userRoutes(reading))
    aside = askAside({
      projected: () => ({ eventStore: { kind: 'sqlite', file: pipeline.file }, identity: LOG, tree: null }),
      isTrusted: () => true,
      log: pino({ level: 'silent' }),
      keptIsOther: () => undefined,
      long: 0,
    })
    const counted: Aside = {
      ...aside,
      status: async (...asked) => {
        const told = await aside.status(...asked)
        if (told !== null) seen.byThreads += 1
        if (told !== null && asked[1].orphans.length > 0) seen.orphansByThreads += 1
        return told
      },
      async *history(...asked) {
        for await (const told of aside.history(...asked)) {
          if (told !== null && asked[1].orphans.length > 0) seen.historiesByThreads += 1
          yield told
        }
      },
    }
    byThreads = await serve(userRoutes({ ...reading, aside: counted }))
    unbuilt = await serve(
      userRoutes({
        ...reading,
        corrections: () => NO_CORRECTIONS,
        readModel: { ...reading.readModel, hasCaughtUp: () => false, reader: () => null, reached: async () => false },
        hearErasures: () => hearErasures(pipeline.store, erased),
        beside: besideStreams(store, pipeline.store, erased, { isOfLogAlone: () => true, isBuilt: () => false }),
      }),
    )
  })
  after(async () => {
    unbuilt.close()
    built.close()
    byThreads.close()
    await aside.close()
    await pipeline.close()
  })

  /** All of his events so far were received by a wrong clock. */
  const correct = async (user: UserId): Promise<void> => {
    const events = await Array.fromAsync(pipeline.store.readStream(streamOf(user)))
    const [first, last] = [events[0], events.at(-1)]
    if (first === undefined || last === undefined) return
    await appendToKycLog(pipeline.store, {
      type: CLOCK_CORRECTED,
      data: {
        generation: 0,
        range: { first: placeOf(first), last: placeOf(last) },
        leaps: [],
        author: 'x',
        reason: 'x',
      },
      recordedAt: (RECEIVED_AT - YEAR) as Instant,
    })
    corrections = (await readClockRecords(pipeline.store)).corrections
  }
  const play = async (steps: readonly Step[], { user, other }: ReturnType<typeof newCast>): Promise<void> => {
    const cast = { user, other }
    for (const [what, webhook] of steps) {
      if (webhook === null) await (what === 'erased' ? pipeline.erase(other) : correct(user))
      else if (what === 'delivered') await pipeline.deliver(played(webhook, cast))
      else await pipeline.record(what === 'found 42' ? user : null, played(webhook, cast))
    }
    // What is said of a clock moves the end of the log on, too.
    await pipeline.deliver({ ...AFTER, webhook_id: `after ${user}` })
    await pipeline.projected()
  }
  const askAll = (path: string): Promise<readonly Told[]> =>
    Promise.all(
      [unbuilt, built, byThreads].map(async ({ url }) => {
        const response = await fetch(url + path)
        return { status: response.status, body: await response.text(), headers: response.headers }
      }),
    )
  const expectSame = async (user: UserId, paths: readonly string[]): Promise<void> => {
    const last = await pipeline.store.lastEvent()
    for (const path of paths) {
      const [early, later, threads] = (await askAll(`/users/${user}/kyc${path}`)) as [Told, Told, Told]
      for (const one of [early, threads]) {
        expect(one.status).to.equal(later.status)
        expect(one.body, path).to.equal(later.body)
        for (const name of ['etag', 'kyc-corrections']) expect(one.headers.get(name)).to.equal(later.headers.get(name))
      }
      if (early.status === 410) seen.erased += 1
      if (path !== '' || early.status !== 200) continue
      expect(early.headers.get('kyc-position')).to.equal(last?.position)
      const { verified, anomalies } = JSON.parse(early.body) as KycStatus
      if (verified) seen.verified += 1
      if (anomalies.some(({ kind }) => kind === 'user-unknown')) seen.adopted += 1
      if (early.headers.get('kyc-corrections') !== '0') seen.corrected += 1
    }
  }

  it('a user is told of as the read model tells it, and as threads do, to the byte', async () => {
    const law = fc.asyncProperty(histories, async (steps) => {
      const cast = newCast()
      everybody.push(cast.user, cast.other)
      await play(steps, cast)
      for (const user of [cast.user, cast.other]) {
        await expectSame(user, ['', '?asOf=2024-06-04T00:00:00Z', '/history?limit=500'])
      }
    })
    await assertLaw(law, { same: 67, others: 10 }, () => {
      for (const [what, times] of Object.entries(seen)) expect(times, what).to.be.greaterThan(3)
    })
  })

  it('so is everybody who was heard of before, whatever came since', async () => {
    for (const user of everybody) await expectSame(user, [''])
  })
})
