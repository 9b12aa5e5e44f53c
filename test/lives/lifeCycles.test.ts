import { expect } from 'chai'
import { sharedService } from '../support/service/service.ts'
import { type Told, told } from '../support/service/telling.ts'
import { at, kycReview, newUser, refusal, request, users, validation } from '../support/webhooks/webhookBuilders.ts'

/** What `user.update` carries once a validated user is to be reviewed again. */
const review = (user: string, kycReviewCode: string, day: string) =>
  users([{ userId: user, kycLevel: '2', kycReview: kycReviewCode }], { name: 'user.update', createdAt: at(day) })

describe('a user of the legacy life cycle', () => {
  const service = sharedService()
  let user: string
  let life: Told

  beforeEach(() => {
    user = newUser()
    life = told(service, user)
  })

  const onboarded = (): Promise<unknown> =>
    life.tell(
      request(user, { createdAt: at('2020-01-10T09:00:00Z') }),
      validation(user, { createdAt: at('2020-01-11T15:00:00Z') }, { kycReviewComment: '11-01-2020 VALIDATED' }),
    )

  it('is created, asks for a review and is validated', async () => {
    const created = users([{ userId: user, kycLevel: '0', kycReview: '0', userStatus: 'PENDING' }], {
      name: 'user.create',
      createdAt: at('2025-01-09T09:00:00Z'),
    })
    expect(await life.tell(created)).to.deep.include({ status: 'none', verified: false, anomalies: [] })

    const asked = await life.tell(request(user, { createdAt: at('2025-01-10T09:00:00Z') }))
    expect(asked).to.deep.include({ status: 'pending', verified: false, anomalies: [] })

    const validated = await life.tell(validation(user, { createdAt: at('2025-01-11T15:00:00Z') }))
    expect(validated).to.deep.include({ status: 'validated', verified: true, governedBy: 'legacy', anomalies: [] })
    expect(validated.legacy).to.deep.include({
      state: 'validated',
      review: { code: 2, name: 'VALIDATED' },
      level: { code: 2, name: 'REGULAR' },
      since: '2025-01-11T15:00:00.000Z',
    })
    expect(validated).to.deep.include({ documents: [], liveness: null, qes: null, videoConference: null, events: 3 })
  })

  it('is refused, asks again and is validated', async () => {
    await life.tell(request(user, { createdAt: at('2025-01-10T09:00:00Z') }))
    const refused = await life.tell(refusal(user, { createdAt: at('2025-01-11T09:00:00Z') }))
    expect(refused).to.deep.include({ status: 'refused', verified: false, anomalies: [] })
    expect(refused.legacy).to.deep.include({ level: { code: 4, name: 'REFUSED' } })

    const comment = { kycReviewComment: '11-01-2025 - 10:00:00Level : REFUSED et Review : REFUSED' }
    const again = await life.tell(request(user, { createdAt: at('2025-02-01T09:00:00Z') }, comment))
    expect(again).to.deep.include({ status: 'pending', verified: false, anomalies: [] })

    const validated = await life.tell(validation(user, { createdAt: at('2025-02-02T09:00:00Z') }, comment))
    expect(validated).to.deep.include({ status: 'validated', verified: true, anomalies: [] })
    expect((await life.history()).map(({ after }) => after.status)).to.deep.equal([
      'pending',
      'refused',
      'pending',
      'validated',
    ])
  })

  it('is reviewed again after some years: opened, submitted, validated', async () => {
    await onboarded()
    expect(await life.tell(review(user, '6', '2025-01-11T00:00:00Z'))).to.deep.include({
      status: 'pending',
      verified: false,
      anomalies: [],
    })
    expect((await life.status()).legacy.state).to.equal('reviewOpen')
    const submitted = await life.tell(review(user, '7', '2025-01-12T00:00:00Z'))
    expect(submitted.legacy.state).to.equal('reviewPending')
    expect(submitted).to.include({ status: 'pending', verified: false })

    const validated = await life.tell(
      validation(user, { createdAt: at('2025-01-13T00:00:00Z') }, { kycReviewComment: 'periodic' }),
    )
    expect(validated).to.deep.include({ status: 'validated', verified: true, anomalies: [] })
  })

  it('is reviewed again after some years and refused', async () => {
    await onboarded()
    const refused = await life.tell(
      review(user, '6', '2025-03-11T00:00:00Z'),
      review(user, '7', '2025-03-12T00:00:00Z'),
      refusal(user, { createdAt: at('2025-03-13T00:00:00Z') }),
    )
    expect(refused).to.deep.include({ status: 'refused', verified: false, anomalies: [] })
    expect(refused.legacy['since']).to.equal('2025-03-13T00:00:00.000Z')
  })

  it('changes the phone number and stays validated, changes the name and is reviewed', async () => {
    await onboarded()
    const phone = users([{ userId: user, kycLevel: '2', kycReview: '2', phone: '+33100000000' }], {
      name: 'user.update',
      createdAt: at('2025-03-01T00:00:00Z'),
    })
    const same = await life.tell(phone)
    expect(same).to.deep.include({ status: 'validated', verified: true, anomalies: [] })
    expect(same.legacy['since']).to.equal('2020-01-11T15:00:00.000Z')

    const name = { lastname: 'Elm', kycLevel: '0', kycReview: '1' }
    const asked = await life.tell(
      users([{ userId: user, ...name }], { name: 'user.update', createdAt: at('2025-04-01T00:00:00Z') }),
      request(user, { createdAt: at('2025-04-01T00:00:01Z') }, { ...name, userTag: 'request' }),
    )
    expect(asked).to.deep.include({ status: 'pending', verified: false, anomalies: [] })

    const after = validation(user, { createdAt: at('2025-04-02T00:00:00Z') }, { lastname: 'Elm' })
    expect(await life.tell(after)).to.deep.include({ status: 'validated', verified: true, anomalies: [] })
  })

  it('is reviewed together with the company and its other people: one webhook, each his own', async () => {
    const company = newUser()
    const owner = newUser()
    const together = (kycLevel: string, kycReviewCode: string, day: string) =>
      users(
        [company, user, owner].map((userId) => ({ userId, kycLevel, kycReview: kycReviewCode })),
        { name: kycReviewCode === '1' ? 'user.kycrequest' : 'user.kycreview', createdAt: at(day) },
      )
    await life.tell(together('0', '1', '2025-01-10T09:00:00Z'), together('2', '2', '2025-01-11T09:00:00Z'))
    for (const one of [company, user, owner]) {
      expect(await told(service, one).status()).to.deep.include({ status: 'validated', anomalies: [], events: 2 })
    }
  })

  it('is believed in the order in which it happened, were the review to arrive before the request', async () => {
    const validated = validation(user, { createdAt: at('2025-01-11T15:00:00Z') })
    const early = await life.tell(validated)
    expect(early).to.include({ status: 'validated', verified: true })
    expect(early.anomalies.map(({ kind }) => kind)).to.deep.equal(['no-request-seen'])

    const complete = await life.tell(request(user, { createdAt: at('2025-01-10T09:00:00Z') }), validated)
    expect(complete).to.deep.include({ status: 'validated', verified: true, anomalies: [], events: 2 })
    expect((await life.history()).map(({ late }) => late)).to.deep.equal([false, true])
  })
})

describe('a user of the New KYC Life Cycle', () => {
  const service = sharedService()

  it('asks for a review, is validated until a date, and is reviewed again by then', async () => {
    const user = newUser()
    const life = told(service, user)
    const first = { lastRequestDatetime: '2025-01-10T09:00:00Z', lastReviewDatetime: null }
    const asked = await life.tell(kycReview('request', user, { createdAt: at('2025-01-10T09:00:01Z') }, first))
    expect(asked).to.deep.include({ status: 'pending', verified: false, governedBy: 'lifecycle', anomalies: [] })
    expect(asked.lifecycle).to.deep.include({ codeStatus: '110002', lastRequestAt: '2025-01-10T09:00:00.000Z' })

    const reviewed = { ...first, lastReviewDatetime: '2025-01-10T13:00:00Z', nextReviewDate: '2030-01-10' }
    const validated = await life.tell(kycReview('result', user, { createdAt: at('2025-01-10T13:00:01Z') }, reviewed))
    expect(validated).to.deep.include({ status: 'validated', verified: true, anomalies: [] })
    expect(validated.lifecycle).to.deep.include({
      state: 'validated',
      reviewType: 'ONBOARDING',
      codeStatus: '110006',
      nextReviewDate: '2030-01-10',
      since: '2025-01-10T13:00:01.000Z',
    })

    const periodic = { kycReviewType: 'PERIODIC', lastRequestDatetime: '2025-10-01T00:00:00Z' }
    const open = await life.tell(
      kycReview('request', user, { createdAt: at('2025-10-01T00:00:01Z') }, { ...reviewed, ...periodic }),
    )
    expect(open).to.deep.include({ status: 'pending', verified: false, anomalies: [] })
    const later = { lastReviewDatetime: '2025-10-02T00:00:00Z', nextReviewDate: '2030-10-02' }
    const again = await life.tell(
      kycReview('result', user, { createdAt: at('2025-10-02T00:00:01Z') }, { ...periodic, ...later }),
    )
    expect(again).to.deep.include({ status: 'validated', verified: true, anomalies: [] })
    expect(again.lifecycle).to.include({ reviewType: 'PERIODIC', nextReviewDate: '2030-10-02' })
    const due = await service().get('/users?reviewDueBefore=2030-10-03')
    expect(((await due.json()) as { users: { userId: string }[] }).users.map(({ userId }) => userId)).to.include(user)
  })

  it('is refused, asks again and is validated', async () => {
    const user = newUser()
    const life = told(service, user)
    const step = (which: 'request' | 'result', day: string, payload: object) =>
      kycReview(
        which,
        user,
        { id: null, createdAt: Date.parse(day) / 1000 },
        {
          lastRequestDatetime: null,
          lastReviewDatetime: null,
          kycReviewComment: day,
          ...payload,
        },
      )
    const refused = await life.tell(
      step('request', '2025-01-10T09:00:00Z', {}),
      step('result', '2025-01-11T09:00:00Z', { kycReview: 3, kycStatus: 'REFUSED', codeStatus: '110005' }),
    )
    expect(refused).to.deep.include({ status: 'refused', verified: false, anomalies: [] })
    const validated = await life.tell(
      step('request', '2025-02-10T09:00:00Z', {}),
      step('result', '2025-02-11T09:00:00Z', {}),
    )
    expect(validated).to.deep.include({ status: 'validated', verified: true, anomalies: [] })
  })

  it('is refused by the legacy one again, with nothing to tell it from before: heard after a validation by the new one', async () => {
    const user = newUser()
    const life = told(service, user)
    const refused = refusal(user, { id: null, createdAt: null })
    expect(await life.tell(refused)).to.include({ status: 'refused' })
    const result = kycReview('result', user, { createdAt: Date.now() * 10 }, { lastRequestDatetime: null })
    expect(await life.tell(result)).to.include({ status: 'validated', verified: true })
    expect(await life.tell(refused)).to.include({ status: 'unknown', verified: false })
  })

  it('is told by both life cycles at once: the new one governs, and they agree', async () => {
    const user = newUser()
    const life = told(service, user)
    expect(await life.tell(request(user, { createdAt: at('2025-01-10T09:00:00Z') }))).to.include({
      governedBy: 'legacy',
      status: 'pending',
    })
    const asked = await life.tell(kycReview('request', user, { createdAt: at('2025-01-10T09:00:00Z') }))
    expect(asked).to.deep.include({ governedBy: 'lifecycle', status: 'pending', anomalies: [] })
    const legacyOnly = await life.tell(validation(user, { createdAt: at('2025-01-11T09:00:00Z') }))
    expect(legacyOnly).to.deep.include({ status: 'pending', verified: false, anomalies: [] })
    expect(legacyOnly.legacy.state).to.equal('validated')
    const both = await life.tell(kycReview('result', user, { createdAt: at('2025-01-11T09:00:00Z') }))
    expect(both).to.deep.include({ governedBy: 'lifecycle', status: 'validated', verified: true, anomalies: [] })
  })
})
