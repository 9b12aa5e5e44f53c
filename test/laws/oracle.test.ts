import { expect } from 'chai'
import fc from 'fast-check'
import { fromMilliseconds } from '../../domain/instant.ts'
import { assertLaw } from '../support/assertLaw.ts'
import { type Delivered, heardOf } from '../support/histories/heard.ts'
import { arrivals } from '../support/histories/histories.ts'
import { lives } from '../support/histories/lives.ts'
import { isVerified } from '../support/histories/oracle.ts'
import { newCast, type Pipeline, played, sharedPipelines, statusThen } from '../support/pipeline/pipeline.ts'

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
    await assertLaw(
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
      { same: 150, others: 50 },
      () => {
        expect(seen.verified).to.be.greaterThan(5)
        expect(seen.not).to.be.greaterThan(8)
        expect(seen.asOf).to.be.greaterThan(25)
      },
    )
  })
})
