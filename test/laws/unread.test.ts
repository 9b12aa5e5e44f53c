import { expect } from 'chai'
import fc from 'fast-check'
import { currentStatus } from '../../domain/answer/currentStatus.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { fold } from '../../domain/state/fold.ts'
import { KINDS_OF_NOBODY } from '../../projections/unattributed.ts'
import type { ReadModelReader } from '../../src/readModel/database/reader.ts'
import { assertLaw } from '../support/assertLaw.ts'
import { arrivalsWithoutEcho, orphans, shuffled } from '../support/histories/histories.ts'
import { distinct, lives } from '../support/histories/lives.ts'
import { withoutRevisions } from '../support/logs/withoutRevisions.ts'
import { newCast, type Pipeline, played, sharedPipelines } from '../support/pipeline/pipeline.ts'
import type { WebhookJson } from '../support/webhooks/documentedWebhooks.ts'

/** Into which streams a release wrote a webhook: each as today's does, that of user 42, or the one of the unattributed. */
type Step = readonly ['delivered' | 'found 42' | 'found nobody', WebhookJson]

/** As it may stand in a log that several releases have written. */
const written = (webhook: WebhookJson): fc.Arbitrary<readonly Step[]> =>
  fc.constantFrom<readonly Step[]>(
    [['delivered', webhook]],
    [['found nobody', webhook]],
    // Sent once more, to a release that reads it.
    [
      ['found nobody', webhook],
      ['delivered', webhook],
    ],
    // Of several users it found one.
    [
      ['found nobody', webhook],
      ['found 42', webhook],
    ],
  )

const logs: fc.Arbitrary<readonly (readonly Step[])[]> = fc
  .tuple(fc.oneof(arrivalsWithoutEcho, lives(10)), fc.array(orphans, { maxLength: 3 }))
  .chain(([ofUser, ofNobody]) => {
    const webhooks = distinct([...ofUser, ...ofNobody])
    return fc.tuple(
      ...webhooks.map((webhook, index) =>
        index < ofUser.length ? written(webhook) : fc.constant<readonly Step[]>([['delivered', webhook]]),
      ),
    )
  })
  .map((steps) => steps.flat())
  .chain((steps) => fc.tuple(fc.constant(steps), shuffled(steps), fc.constant(steps.toReversed())))

describe('for any log of several releases, some of which found fewer users in it', () => {
  const pipelines = sharedPipelines(3)
  const everybody: UserId[] = []
  let adopted = 0

  const write = async (pipeline: Pipeline, steps: readonly Step[], user: UserId): Promise<void> => {
    for (const [how, webhook] of steps) {
      if (how === 'delivered') await pipeline.deliver(webhook)
      else await pipeline.record(how === 'found 42' ? user : null, webhook)
      if (pipeline !== pipelines()[1]) await pipeline.projected()
    }
    await pipeline.projected()
  }

  it('every order gives the same answer, byte by byte', async () => {
    await assertLaw(
      fc.asyncProperty(logs, async (orders) => {
        const cast = newCast()
        everybody.push(cast.user, cast.other)
        const bodies = await Promise.all(
          pipelines().map(async (pipeline, index) => {
            const steps = (orders[index] ?? []).map(([how, webhook]): Step => [how, played(webhook, cast)])
            await write(pipeline, steps, cast.user)
            return [cast.user, cast.other].map((user) => withoutRevisions(pipeline.body(user)))
          }),
        )
        for (const body of bodies) expect(body).to.deep.equal(bodies[0])
        if (bodies[0]?.some((body) => body?.includes('user-unknown'))) adopted += 1
      }),
      { same: 40, others: 20 },
      () => {
        expect(adopted).to.be.greaterThan(10)
      },
    )
  })

  it('the read model kept up event by event, the one rebuilt from the log and the fold say the same', async () => {
    const ofNobody = (reader: ReadModelReader) => KINDS_OF_NOBODY.map((kind) => reader.unattributed(kind, -1, 1000))
    for (const pipeline of pipelines()) {
      const rebuilt = await pipeline.rebuilt()
      expect(ofNobody(rebuilt)).to.deep.equal(ofNobody(pipeline.reader))
      for (const userId of everybody) {
        const kept = pipeline.body(userId)
        expect(rebuilt.kycAnswer(userId)?.body ?? null).to.equal(kept)
        expect(rebuilt.orphansOf(userId)).to.deep.equal(pipeline.reader.orphansOf(userId))
        const { own, orphans: others } = await pipeline.userEvents(userId)
        const folded =
          own.length + others.length === 0 ? null : JSON.stringify(currentStatus(fold(userId, own, others)))
        expect(folded).to.equal(kept)
      }
    }
  })
})
