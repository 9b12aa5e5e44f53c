import { expect } from 'chai'
import { sharedService } from '../support/service/service.ts'
import { told } from '../support/service/telling.ts'
import { at, identification, liveness, newUser, request, validation } from '../support/webhooks/webhookBuilders.ts'

describe('a user who is identified', () => {
  const service = sharedService()

  it('by a liveness check that fails, then by a second one that passes, and is validated', async () => {
    const user = newUser()
    const life = told(service, user)
    const check = (which: 'create' | 'update', id: string, day: string, payload: object) =>
      liveness(
        which,
        user,
        { objectId: id, createdAt: null },
        {
          'started-at': `${day}T10:00:00.824723Z`,
          'updated-at': `${day}T10:0${which === 'create' ? 5 : 9}:00.856843Z`,
          ...payload,
        },
      )
    const running = await life.tell(check('create', 'first', '2025-01-10', {}))
    expect(running.liveness).to.deep.equal({
      state: 'processing',
      identificationId: 'first',
      since: '2025-01-10T10:05:00.856Z',
      reasons: [],
    })
    const failed = await life.tell(check('update', 'first', '2025-01-10', {}))
    expect(failed.liveness).to.deep.include({ state: 'failed', score: 0 })
    expect(failed.liveness?.['reasons']).to.deep.equal([
      { code: '1312', message: 'Applicant did not show the full front view of their face' },
      { code: '1320', message: 'Applicant performed their id verification under poor lighting conditions' },
      { code: '2401', message: "Applicant's identity does not match with the expected one" },
    ])
    const second = await life.tell(check('create', 'second', '2025-01-12', {}))
    expect(second.liveness).to.include({ state: 'processing', identificationId: 'second' })
    const passed = await life.tell(check('update', 'second', '2025-01-12', { score: 1, 'refusal-details': null }))
    expect(passed.liveness).to.deep.equal({
      state: 'passed',
      identificationId: 'second',
      since: '2025-01-12T10:09:00.856Z',
      score: 1,
      reasons: [],
    })
    expect(passed).to.deep.include({ status: 'none', verified: false, anomalies: [] })

    const validated = await life.tell(
      request(user, { createdAt: at('2025-01-12T11:00:00Z') }),
      validation(user, { createdAt: at('2025-01-13T11:00:00Z') }),
    )
    expect(validated).to.deep.include({ status: 'validated', verified: true, anomalies: [] })
    expect(await life.asked('asOf=2025-01-11T00:00:00Z')).to.deep.include({ liveness: failed.liveness })
  })

  it('by a liveness check that is abandoned', async () => {
    const user = newUser()
    const aborted = await told(service, user).tell(liveness('create', user, {}, { 'kyc-status': 'aborted' }))
    expect(aborted.liveness?.state).to.equal('aborted')
    expect(aborted).to.deep.include({ verified: false, anomalies: [] })
  })

  it('by QES that is aborted, then by another that succeeds, and is validated', async () => {
    const user = newUser()
    const life = told(service, user)
    const qes = (fixture: string, transactionNumber: string, day: string, time: string) =>
      identification(fixture, user, { createdAt: at(day) }, { transactionNumber, identificationTime: time })

    const started = await life.tell(qes('qes.created', 'transaction-1', '2025-01-10T09:00:00Z', ''))
    expect(started.qes).to.include({ state: 'started', result: 'STARTED', identificationId: 'transaction-1' })
    const aborted = await life.tell(
      qes('qes.aborted', 'transaction-1', '2025-01-10T09:10:02Z', '2025-01-10T10:10:00+01:00'),
    )
    expect(aborted.qes).to.deep.include({
      state: 'aborted',
      reasons: [{ code: '3002', message: 'USER_CANCELLATION_DOCUMENT_EXPIRED' }],
    })
    expect(aborted.anomalies).to.deep.equal([])

    const time = '2025-01-12T10:00:00+01:00'
    const checking = await life.tell(
      qes('qes.created', 'transaction-2', '2025-01-12T08:55:00Z', ''),
      qes('qes.processing', 'transaction-2', '2025-01-12T09:00:01Z', time),
    )
    expect(checking.qes).to.include({ state: 'checking', identificationId: 'transaction-2' })
    const succeeded = await life.tell(qes('qes.finalized.success', 'transaction-2', '2025-01-12T09:30:00Z', time))
    expect(succeeded.qes).to.deep.equal({
      state: 'succeeded',
      identificationId: 'transaction-2',
      since: '2025-01-12T09:30:00.000Z',
      result: 'SUCCESS_DATA_CHANGED',
      reasons: [],
    })
    expect(succeeded).to.deep.include({ status: 'none', verified: false, videoConference: null, anomalies: [] })

    const validated = await life.tell(
      request(user, { createdAt: at('2025-01-12T11:00:00Z') }),
      validation(user, { createdAt: at('2025-01-13T11:00:00Z') }),
    )
    expect(validated).to.deep.include({ status: 'validated', verified: true, anomalies: [] })
  })

  for (const [end, fixture, result, state] of [
    ['cleared', 'videoConference.finalized.success', 'SUCCESS', 'succeeded'],
    ['confirmed', 'videoConference.finalized.canceled', 'FRAUD_SUSPICION_CONFIRMED', 'fraudConfirmed'],
  ] as const) {
    it(`by a video conference under a suspicion of fraud that is ${end}`, async () => {
      const user = newUser()
      const life = told(service, user)
      const video = (name: string, day: string, payload: object) =>
        identification(name, user, { createdAt: at(day) }, { transactionNumber: 'video-1', type: 'WEB', ...payload })
      const time = '2025-01-10T10:05:55+01:00'

      const started = await life.tell(video('videoConference.created', '2025-01-10T09:00:00Z', {}))
      expect(started.videoConference).to.include({ state: 'started' })
      const checking = await life.tell(
        video('videoConference.processing', '2025-01-10T09:06:00Z', { identificationTime: time }),
      )
      expect(checking.videoConference).to.include({ state: 'checking', result: 'REVIEW_PENDING' })
      const suspicion = { identificationTime: time, result: 'FRAUD_SUSPICION_PENDING' }
      const suspected = await life.tell(video('videoConference.processing', '2025-01-10T09:30:00Z', suspicion))
      expect(suspected.videoConference).to.include({ state: 'fraudSuspected' })
      expect(suspected).to.deep.include({ verified: false, qes: null, anomalies: [] })

      const ended = await life.tell(video(fixture, '2025-01-11T09:00:00Z', { identificationTime: time, result }))
      expect(ended.videoConference).to.include({ state, result, identificationId: 'video-1' })
      expect(ended).to.deep.include({ status: 'none', verified: false, qes: null, anomalies: [] })
    })
  }

  it('by a video conference that the user lets stall', async () => {
    const user = newUser()
    const ended = await told(service, user).tell(
      identification('videoConference.created', user, {}, { transactionNumber: 'video-2' }),
      identification('videoConference.aborted', user, {}, { transactionNumber: 'video-2' }),
    )
    expect(ended.videoConference).to.deep.include({
      state: 'aborted',
      reasons: [{ code: '', message: 'STALLED_TIMEOUT' }],
    })
    expect(ended.anomalies).to.deep.equal([])
  })
})
