import { expect } from 'chai'
import fc from 'fast-check'
import { fromMilliseconds } from '../../domain/instant.ts'
import { canonicalise, payloadHash } from '../../src/webhooks/canonicalJson.ts'
import { arrivals } from '../support/histories/histories.ts'
import { lives } from '../support/histories/lives.ts'
import { type Heard, isVerified, rankOf, saidOf } from '../support/histories/oracle.ts'
import { newCast, type Pipeline, played, sharedPipelines, statusThen } from '../support/pipeline/pipeline.ts'
import type { WebhookJson } from '../support/webhooks/documentedWebhooks.ts'

/** A webhook with the millisecond of its receipt. */
interface Delivered {
  readonly webhook: WebhookJson
  readonly receivedAt: number
}

const UNIT: Readonly<Record<number, number>> = { 10: 1000, 13: 1, 14: 0.1 }
const FIVE_MINUTES = 300_000
const DAY = 86_400_000

interface Dated {
  readonly at: number
  readonly isWeak: boolean
}

/** What the webhook claims, unless receipt or its payload refutes it, else what the payload states. */
const timeOf = (claimed: number | null, stated: number | null, receivedAt: number): Dated => {
  const refuted = claimed !== null && stated !== null && claimed < stated - FIVE_MINUTES
  const at = (refuted ? null : claimed) ?? stated
  const received = Math.max(receivedAt, stated ?? receivedAt)
  if (at === null || at > received + FIVE_MINUTES) return { at: received, isWeak: true }
  return { at: Math.min(at, received), isWeak: received > receivedAt + DAY }
}

const isKyc = (payload: unknown): boolean => 'kycReviewType' in (payload as object)

type Placed = Heard & { readonly rank: number }

/** Sections 4 and 5 of the design: what a user's stream holds of the deliveries, each with its place in time. */
const heardOf = (deliveries: readonly Delivered[], user: string): readonly Placed[] => {
  const stream: {
    readonly text: string
    readonly id: unknown
    readonly claimed: number | null
    readonly isNew: boolean
  }[] = []
  const textsOf = new Map<unknown, Set<string>>()
  return deliveries.flatMap(({ webhook, receivedAt }): readonly Placed[] => {
    const payload = webhook.object_payload as Record<string, unknown>
    const all = saidOf(payload, user, isKyc)
    const text = JSON.stringify(payload)
    const same = stream.filter((one) => one.text === text)
    const { webhook_id: id, webhook_created_at: createdAt } = webhook
    const unit = UNIT[String(createdAt).length]
    const claimed = unit === undefined ? null : Number(createdAt) * unit
    const proves = (textsOf.get(id)?.size ?? 1) === 1 && (textsOf.get(id)?.has(text) ?? true)
    const last = stream.findLast(({ isNew }) => isNew === all[0]?.isNew)
    const isKnown = same.some(
      (one) =>
        (id !== undefined && one.id === id && proves) ||
        (claimed !== null && one.claimed === claimed) ||
        (claimed === null &&
          one.claimed === null &&
          (id === undefined || one.id === undefined || id === one.id) &&
          one === last),
    )
    if (isKnown) return []
    if (id !== undefined) textsOf.set(id, (textsOf.get(id) ?? new Set()).add(text))
    const [first] = all
    if (first === undefined) return []
    stream.push({ text, id, claimed, isNew: first.isNew })
    const dated = timeOf(claimed, first.signed, receivedAt)
    const rank = Math.max(...all.map(({ says }) => rankOf(says)))
    const tie = payloadHash(canonicalise(text))
    return all.map((said) => ({ ...said, ...dated, isEcho: same.length > 0, tie, rank }))
  })
}

const RECEIPTS = ['2024-06-01T05:00:00Z', '2024-06-27T07:20:00Z', '2030-01-01T00:00:00Z'].map(Date.parse)
const histories = fc.tuple(
  fc.oneof(arrivals(25), lives(20)),
  fc.constantFrom(...RECEIPTS),
  fc.constantFrom(1, 3_600_000, 86_400_000),
)

describe('an oracle that has read the rules only', () => {
  const pipelines = sharedPipelines(1)

  it('and the service agree on every history, now and as of any time, on whether the user is verified', async () => {
    const seen = { verified: 0, not: 0, asOf: 0 }
    const isEnough = (): boolean => seen.verified > 8 && seen.not > 8 && seen.asOf > 25
    const tryHistories = (numRuns: number): Promise<void> =>
      fc.assert(
        fc.asyncProperty(histories, async ([webhooks, firstReceipt, pause]) => {
          const pipeline = pipelines()[0] as Pipeline
          const cast = newCast()
          const deliveries: Delivered[] = []
          for (const [index, generated] of webhooks.entries()) {
            const webhook = played(generated, cast)
            const receivedAt = firstReceipt + index * pause
            await pipeline.deliver(webhook, fromMilliseconds(receivedAt))
            deliveries.push({ webhook, receivedAt })
          }
          await pipeline.projected()
          if (pipeline.body(cast.user) === null) return
          const heard = heardOf(deliveries, cast.user)
          const { verified } = pipeline.kyc(cast.user)
          expect(verified).to.equal(isVerified(heard))
          seen[verified ? 'verified' : 'not'] += 1

          const events = await pipeline.userEvents(cast.user)
          for (const asOf of new Set(heard.flatMap(({ at }) => [Math.floor(at) - 1, Math.floor(at)]))) {
            const then = heard.filter(({ at }) => Math.floor(at) <= asOf)
            const question = { asOf: fromMilliseconds(asOf), knownAt: null }
            expect(statusThen(cast.user, events, question).verified, `as of ${asOf}`).to.equal(isVerified(then))
            if (isVerified(then)) seen.asOf += 1
          }
        }),
        { numRuns },
      )
    await tryHistories(200)
    // How many of them verify the user is chance.
    for (let more = 0; more < 5 && !isEnough(); more++) await tryHistories(100)
    expect(isEnough(), JSON.stringify(seen)).to.equal(true)
  })
})
