import { expect } from 'chai'
import fc from 'fast-check'
import { fromMilliseconds } from '../../domain/instant.ts'
import { canonicalise } from '../../src/webhooks/canonicalJson.ts'
import { payloadHash } from '../../src/webhooks/payloadHash.ts'
import type { WebhookJson } from '../support/documentedWebhooks.ts'
import { arrivals } from '../support/histories.ts'
import { lives } from '../support/lives.ts'
import { newCast, type Pipeline, played, sharedPipelines, statusThen } from '../support/pipeline.ts'

/** A webhook with the millisecond of its receipt. */
interface Delivered {
  readonly webhook: WebhookJson
  readonly receivedAt: number
}

type Said = 'request' | 'success' | 'other'
interface Heard {
  readonly isNew: boolean
  readonly said: Said
  readonly isEcho: boolean
  readonly at: number
  readonly receivedAt: number
  readonly key: string
}

const byReview = (review: unknown, requests: string): Said => {
  if (review === 2 || review === '2') return 'success'
  return /^\d$/.test(`${review}`) && requests.includes(`${review}`) ? 'request' : 'other'
}

/** What a payload says of a user, and whether in the name of the New KYC Life Cycle. */
const saidOf = (payload: Record<string, unknown>, user: string): readonly (readonly [boolean, Said])[] => {
  const { users, userId, kycStatus = null, kycReview } = payload
  if (Array.isArray(users)) {
    return users.filter((one) => String(one.userId) === user).map((one) => [false, byReview(one.kycReview, '01467')])
  }
  if (!('kycReviewType' in payload) || String(userId) !== user) return []
  if (kycStatus === null || kycStatus === '') return [[true, byReview(kycReview, '0167')]]
  return [[true, kycStatus === 'VALIDATED' ? 'success' : kycStatus === 'PENDING' ? 'request' : 'other']]
}

const RANK: Readonly<Record<Said, number>> = { request: 0, success: 1, other: 2 }
const UNIT: Readonly<Record<number, number>> = { 10: 1000, 13: 1, 14: 0.1 }
const FIVE_MINUTES = 300_000

/** Milliseconds: what the webhook claims, unless receipt or its payload refutes it, else what the payload states. */
const timeOf = (claimed: number | null, stated: number | null, receivedAt: number): number => {
  const refuted = claimed !== null && stated !== null && claimed < stated - FIVE_MINUTES
  const at = (refuted ? null : claimed) ?? stated ?? receivedAt
  return at > receivedAt + FIVE_MINUTES ? receivedAt : at
}

/** Sections 4 and 5 of the design: what a user's stream holds of the deliveries, each with its place in time. */
const heardOf = (deliveries: readonly Delivered[], user: string): readonly Heard[] => {
  const stream: { readonly text: string; readonly id: unknown; readonly claimed: number | null }[] = []
  return deliveries.flatMap(({ webhook, receivedAt }): readonly Heard[] => {
    const payload = webhook.object_payload as Record<string, unknown>
    const all = saidOf(payload, user)
    const text = JSON.stringify(payload)
    const same = stream.filter((one) => one.text === text)
    const { webhook_id: id, webhook_created_at: createdAt } = webhook
    const unit = UNIT[String(createdAt).length]
    const claimed = unit === undefined ? null : Number(createdAt) * unit
    const isKnown = same.some((one) =>
      id !== undefined && one.id !== undefined && claimed === null
        ? one.id === id
        : (id !== undefined && one.id === id) || one.claimed === claimed,
    )
    if (all.length === 0 || isKnown) return []
    stream.push({ text, id, claimed })
    const dates = [payload['lastReviewDatetime'], payload['lastRequestDatetime']].filter((date) => date !== null)
    const stated = dates.map((date) => Date.parse(String(date))).filter((date) => !Number.isNaN(date))
    const at = timeOf(claimed, stated.length === 0 ? null : Math.max(...stated), receivedAt)
    const hash = payloadHash(canonicalise(text))
    const rank = Math.max(...all.map(([, said]) => RANK[said]))
    const key = (said: Said): string => [at.toFixed(3).padStart(20), rank, hash, RANK[said]].join(' ')
    return all.map(([isNew, said]) => ({ isNew, said, isEcho: same.length > 0, at, receivedAt, key: key(said) }))
  })
}

/** Section 7: of the life cycle that governs, the last that was said; an echo's success is not heard. */
const isVerified = (heard: readonly Heard[]): boolean =>
  heard
    .filter(({ isNew }) => isNew === heard.some((one) => one.isNew))
    .filter(({ isEcho, said }) => !(isEcho && said === 'success'))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .at(-1)?.said === 'success'

const RECEIPTS = ['2024-06-01T05:00:00Z', '2024-06-27T07:20:00Z', '2030-01-01T00:00:00Z'].map(Date.parse)
const histories = fc.tuple(
  fc.oneof(arrivals(25), lives(20)),
  fc.constantFrom(...RECEIPTS),
  fc.constantFrom(1, 3_600_000, 86_400_000),
)

describe('an oracle that has read section 7 only', () => {
  const pipelines = sharedPipelines(1)

  it('and the service agree on every history, now and as of any time, on whether the user is verified', async () => {
    const seen = { verified: 0, not: 0, asOf: 0 }
    await fc.assert(
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
          const then = heard.filter(({ at, receivedAt }) => Math.floor(at) <= asOf || receivedAt <= asOf)
          const question = { asOf: fromMilliseconds(asOf), knownAt: null }
          expect(statusThen(cast.user, events, question).verified, `as of ${asOf}`).to.equal(isVerified(then))
          if (isVerified(then)) seen.asOf += 1
        }
      }),
      { numRuns: 150 },
    )
    expect(seen.verified).to.be.greaterThan(8)
    expect(seen.not).to.be.greaterThan(8)
    expect(seen.asOf).to.be.greaterThan(25)
  }).timeout(60_000)
})
