import { expect } from 'chai'
import { sharedService } from '../support/service/service.ts'
import { type Told, told } from '../support/service/telling.ts'
import {
  but,
  kycReview,
  newUser,
  refusal,
  request,
  validation,
  type WebhookFields,
} from '../support/webhooks/webhookBuilders.ts'

/** Minutes ago, as the provider writes a time. */
const ago = (minutes: number): number => (Date.now() - minutes * 60_000) * 10

describe('a success that nothing dates', () => {
  const service = sharedService()
  let user: string
  let life: Told

  beforeEach(async () => {
    user = newUser()
    life = told(service, user)
    await life.tell(request(user, { createdAt: ago(2) }), refusal(user, { createdAt: ago(1) }))
  })

  for (const [what, createdAt] of [
    ['without a time', null],
    ['with a time of 16 digits', 1_714_557_600_000_000],
    ['with a time before 1970', -1],
    ['with a time of zero', 0],
    ['with a word for a time', 'yesterday'],
    ['with a time far ahead', ago(-600)],
  ] as const) {
    it(`${what}, overrules no refusal: not at once, not after an undated request, not for the other life cycle`, async () => {
      const undated = (webhook: WebhookFields): WebhookFields => but(webhook, { createdAt })
      for (const webhook of [
        undated(validation(user)),
        undated(request(user, {}, { userTag: 'again' })),
        undated(validation(user, {}, { userTag: 'again' })),
      ]) {
        expect(await life.tell(webhook)).to.include({ verified: false })
      }
      const signed = { lastRequestDatetime: null, lastReviewDatetime: null }
      const lifecycle = await life.tell(undated(kycReview('result', user, {}, signed)))
      expect(lifecycle).to.include({ verified: false })
      expect(lifecycle.anomalies.map(({ kind }) => kind)).to.include('weakly-dated')
      expect((await life.history()).filter(({ weaklyDated }) => weaklyDated)).to.have.length(4)
    })
  }

  it('is followed where its payload dates it', async () => {
    const reviewed = { lastReviewDatetime: new Date().toISOString() }
    const status = await life.tell(kycReview('result', user, { createdAt: null }, reviewed))
    expect(status).to.include({ status: 'validated', verified: true })
  })
})
