import { expect } from 'chai'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import type { Question } from '../../domain/answer/question.ts'
import { readMetadata } from '../../domain/event/kycEvent.ts'
import type { StoredEvent } from '../../domain/event/storedEvent.ts'
import { fromMilliseconds, type Instant } from '../../domain/instant.ts'
import { assertLaw } from '../support/assertLaw.ts'
import { type Forgery, forge, forgeries } from '../support/histories/forgeries.ts'
import { arrivals } from '../support/histories/histories.ts'
import { lives } from '../support/histories/lives.ts'
import {
  type Arriving,
  newCast,
  type Pipeline,
  played,
  sharedPipelines,
  statusThen,
} from '../support/pipeline/pipeline.ts'
import type { KycStatus } from '../support/service/answers.ts'
import type { WebhookJson } from '../support/webhooks/documentedWebhooks.ts'
import { day, liveness, sentAgain, user } from '../support/webhooks/plainWebhooks.ts'

/** What an answer vouches for: the user, and what the verification rests on. */
const vouchedFor = ({ verified, liveness, qes, videoConference, documents }: KycStatus): readonly string[] => [
  ...(verified ? ['the user'] : []),
  ...(liveness?.state === 'passed' ? ['liveness'] : []),
  ...(qes?.state === 'succeeded' ? ['qes'] : []),
  ...(videoConference?.state === 'succeeded' ? ['videoConference'] : []),
  ...documents.filter(({ state }) => state === 'validated').map(({ documentId }) => `document ${documentId}`),
]

interface Plot {
  readonly honest: readonly Arriving[]
  /** The honest webhooks with the forged ones between them. */
  readonly attacked: readonly Arriving[]
}

const MINUTE = 60_000
const plotOf = (webhooks: readonly WebhookJson[], attack: readonly Forgery[], firstReceipt: string): Plot => {
  const receivedAt = (index: number): Instant => fromMilliseconds(Date.parse(firstReceipt) + index * MINUTE * 20)
  const honest = webhooks.map((webhook, index) => ({ webhook, receivedAt: receivedAt(index) }))
  const attacked: Arriving[] = []
  honest.forEach((arriving, index) => {
    attacked.push(arriving)
    attack.forEach((forgery, number) => {
      const captured = forgery.captured % webhooks.length
      const position = Math.min(captured + forgery.delay, webhooks.length - 1)
      if (position !== index) return
      const sent = webhooks.slice(0, index + 1)
      attacked.push({ webhook: forge({ ...forgery, captured }, sent, number), receivedAt: receivedAt(index) })
    })
  })
  return { honest, attacked }
}

/** Every moment at which something occurred or was recorded, and those next to it. */
const momentsOf = (events: readonly StoredEvent[]): readonly Instant[] => {
  const at = events.flatMap((event) => {
    const metadata = readMetadata(event)
    return E.isRight(metadata) ? [metadata.right.occurredAt, metadata.right.recordedAt] : []
  })
  return [...new Set(at.flatMap((one) => [one - 1000, one, one + 1000]))].map((one) => one as Instant)
}

const questionsOf = (events: readonly StoredEvent[]): readonly Question[] => {
  const moments = momentsOf(events)
  const some = moments.filter((_, index) => index % 7 === 0)
  return [
    { asOf: null, knownAt: null },
    ...moments.map((asOf) => ({ asOf, knownAt: null })),
    ...moments.map((knownAt) => ({ asOf: null, knownAt })),
    ...some.flatMap((knownAt) => some.map((asOf) => ({ asOf, knownAt }))),
  ]
}

const plots = (histories: fc.Arbitrary<readonly WebhookJson[]>): fc.Arbitrary<Plot> =>
  fc
    .tuple(
      histories.filter(({ length }) => length > 0),
      forgeries,
      fc.constantFrom('2024-06-01T01:00:00Z', '2024-06-03T00:00:00Z', '2025-01-01T00:00:00Z'),
    )
    .map(([webhooks, attack, firstReceipt]) => plotOf(webhooks, attack, firstReceipt))

describe('whatever captured payloads an attacker re-dates, renames and sends again, in any order', () => {
  const pipelines = sharedPipelines(2)
  const seen = { echoes: 0, vouched: 0, takenAway: 0 }

  /** There was something to forge: echoes were appended, and answers vouched. */
  const worthIt = (): void => {
    expect(seen.echoes).to.be.greaterThan(100)
    expect(seen.vouched).to.be.greaterThan(200)
    expect(seen.takenAway).to.be.greaterThan(10)
  }

  const holds = (
    histories: fc.Arbitrary<readonly WebhookJson[]>,
    runs: { readonly same: number; readonly others: number },
  ): Promise<void> =>
    assertLaw(
      fc.asyncProperty(plots(histories), async ({ honest, attacked }) => {
        const cast = newCast()
        const events = await Promise.all(
          [honest, attacked].map(async (arriving, index) => {
            const pipeline = pipelines()[index] as Pipeline
            for (const { webhook, receivedAt } of arriving) {
              await pipeline.deliver(played(webhook, cast), receivedAt)
            }
            await pipeline.projected()
            return { ...(await pipeline.userEvents(cast.user)), body: pipeline.body(cast.user) }
          }),
        )
        const [without, under] = events
        if (without === undefined || under === undefined || under.body === null) return
        const now = vouchedFor(JSON.parse(without.body ?? 'null') as KycStatus)
        for (const one of vouchedFor(JSON.parse(under.body) as KycStatus)) expect(now).to.include(one)
        for (const question of questionsOf(under.own)) {
          const honestly = vouchedFor(statusThen(cast.user, without, question))
          const attackedly = vouchedFor(statusThen(cast.user, under, question))
          seen.vouched += attackedly.length
          seen.takenAway += honestly.length - attackedly.length
          for (const one of attackedly) expect(honestly, JSON.stringify(question)).to.include(one)
        }
        seen.echoes += under.own.length - without.own.length
      }),
      runs,
      worthIt,
    )

  it('no answer, with or without asOf and knownAt, vouches for more than without them: in lives as documented', () =>
    holds(lives(14), { same: 45, others: 45 }))

  it('nor in hostile histories', () => holds(arrivals(12), { same: 20, others: 20 }))

  const told = async (...webhooks: readonly WebhookJson[]): Promise<KycStatus> => {
    const pipeline = pipelines()[0] as Pipeline
    const cast = newCast()
    for (const webhook of webhooks) await pipeline.deliver(played(webhook, cast))
    await pipeline.projected()
    return pipeline.kyc(cast.user)
  }

  it('a liveness check that failed is not hidden by the start of an older one, sent again under its id', async () => {
    const honest = [
      liveness('z', 'processing', null, day(1), '2024-06-01T09:00:00Z'),
      liveness('a', 'processed', 1, day(2), '2024-06-02T09:00:00Z'),
      liveness('b', 'processed', 0, day(3), '2024-06-03T09:00:00Z'),
    ] as const
    expect((await told(...honest)).liveness).to.include({ state: 'failed', identificationId: 'b' })
    const forged = { ...sentAgain(honest[0], day(4)), object_id: 'b' }
    expect((await told(...honest, forged)).liveness?.state).to.not.equal('passed')
  })

  it('a request made again is heard, however often the one before was sent again', async () => {
    const [request, validation] = [user('1', day(1)), user('2', day(3))]
    const again = { ...sentAgain(request, day(4)), webhook_id: 'by the provider' }
    const forged = Array.from({ length: 16 }, (_, index) => sentAgain(request, `2024-06-02T12:00:${10 + index}Z`))
    expect(await told(request, validation, again)).to.include({ status: 'pending', verified: false })
    expect(await told(request, ...forged, validation, again)).to.include({ status: 'pending', verified: false })
  })
})
