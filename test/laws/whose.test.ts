import { expect } from 'chai'
import { instant } from '../support/events/storedEvents.ts'
import { newCast, type Pipeline, played, sharedPipelines, statusThen } from '../support/pipeline/pipeline.ts'
import type { WebhookJson } from '../support/webhooks/documentedWebhooks.ts'
import { at } from '../support/webhooks/webhookBuilders.ts'

const asOf = (time: string) => ({ asOf: instant(time), knownAt: null })

const update = (id: string, time: string, userId: string, documentStatus: string): WebhookJson => ({
  webhook: 'document.update',
  webhook_id: id,
  webhook_created_at: at(time),
  object_id: '801',
  object_payload: { documents: [{ documentId: '801', userId, documentStatus }] },
})

const review = (id: string, time: string, kycReview: string): WebhookJson => ({
  webhook: 'user.kycreview',
  webhook_id: id,
  webhook_created_at: at(time),
  object_id: '42',
  object_payload: { users: [{ userId: '42', kycReview }] },
})

describe('whose an event is', () => {
  const pipelines = sharedPipelines(2)
  /** Each list goes to a pipeline of its own, for one and the same user. */
  const delivered = async <A>(lists: readonly WebhookJson[][], ask: (pipeline: Pipeline, user: string) => A) => {
    const cast = newCast()
    const answers: Awaited<A>[] = []
    for (const [index, webhooks] of lists.entries()) {
      const pipeline = pipelines()[index] as Pipeline
      for (const webhook of webhooks) await pipeline.deliver(played(webhook, cast))
      await pipeline.projected()
      answers.push(await ask(pipeline, cast.user))
    }
    return answers
  }
  const then = (time: string) => async (pipeline: Pipeline, user: string) => {
    const userId = user as Parameters<Pipeline['userEvents']>[0]
    return statusThen(userId, await pipeline.userEvents(userId), asOf(time))
  }

  it('is decided by all that is known: a copy dated back brings the past no document', async () => {
    const honest = [update('a', '2024-06-03', '42', 'PENDING'), update('b', '2024-06-02', '0', 'VALIDATED')]
    const forged = update('x', '2024-06-01', '42', 'PENDING')
    const [without, withForgery] = await delivered([honest, [...honest, forged]], then('2024-06-02T12:00:00Z'))
    expect(without?.documents.map(({ state }) => state)).to.deep.equal(['validated'])
    expect(withForgery?.documents.map(({ state }) => state)).to.deep.equal(['validated'])
  })

  it('is dated, where a later release finds it, by the review that was signed', async () => {
    const result: WebhookJson = {
      webhook: 'kycreview.result',
      webhook_id: 'unread',
      webhook_created_at: at('2024-01-01'),
      object_id: '42',
      object_payload: {
        userId: 42,
        kycStatus: 'VALIDATED',
        kycReview: 2,
        kycReviewType: 'ONBOARDING',
        lastRequestDatetime: '2024-05-01T00:00:00Z',
        lastReviewDatetime: '2024-06-01T00:00:00Z',
        nextReviewDate: null,
      },
    }
    for (const redelivered of [false, true]) {
      const cast = newCast()
      const pipeline = pipelines()[0] as Pipeline
      const webhook = played({ ...result, webhook_id: `unread-${redelivered}` }, cast)
      await pipeline.record(null, webhook)
      if (redelivered) await pipeline.deliver(webhook)
      await pipeline.projected()
      const before = await then('2024-03-01T00:00:00Z')(pipeline, cast.user)
      expect(before.verified, `redelivered: ${redelivered}`).to.equal(false)
      const { verified, lifecycle, anomalies } = pipeline.kyc(cast.user)
      expect([verified, lifecycle?.since]).to.deep.equal([true, '2024-06-01T00:00:00.000Z'])
      expect(anomalies.map(({ kind }) => kind)).to.include('time-not-believed')
    }
  })

  it('is heard by whom it names before what nobody was found for is recorded', async () => {
    for (let n = 0; n < 10; n++) {
      const mixed: WebhookJson = {
        ...review(`mixed-${n}`, '2024-06-01', '1'),
        webhook: 'user.kycrequest',
        object_payload: {
          users: [
            { userId: '42', kycReview: '1', n },
            { userId: '0', kycReview: '1' },
          ],
        },
      }
      const cast = newCast()
      const pipeline = pipelines()[0] as Pipeline
      await pipeline.deliver(played(mixed, cast))
      await pipeline.projected()
      const { own, orphans } = await pipeline.userEvents(cast.user)
      expect([own.length, orphans.length]).to.deep.equal([1, 0])
    }
  })

  it('of two webhooks of one time the same has the last word, whichever id a delivery of it came with first', async () => {
    for (let n = 0; n < 8; n++) {
      const refused = review(`r-${n}`, '2024-06-01', '3')
      const closed = [review(`c-${n}`, '2024-06-01', '5'), review(`d-${n}`, '2024-06-01', '5')]
      const [one, other] = await delivered(
        [
          [refused, ...closed],
          [refused, ...closed.toReversed()],
        ],
        (pipeline, user) => pipeline.kyc(user as Parameters<Pipeline['kyc']>[0]).legacy?.state,
      )
      expect(one).to.equal(other)
    }
  })
})
