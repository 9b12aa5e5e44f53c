import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { KycStatus } from '../support/service/answers.ts'
import { sharedService } from '../support/service/service.ts'
import { type Told, told } from '../support/service/telling.ts'
import { at, document, newUser, type WebhookFields } from '../support/webhooks/webhookBuilders.ts'

describe('the documents of a user', () => {
  const service = sharedService()
  let user: string
  let life: Told
  let passport: string
  let payslip: string

  beforeEach(() => {
    user = newUser()
    life = told(service, user)
    passport = `1${user}`
    payslip = `2${user}`
  })

  const PASSPORT = { documentTypeId: '17', documentType: 'PASSPORT' }
  const VALIDATED = { documentStatus: 'VALIDATED', codeStatus: '600009', modifiedDate: '2025-01-11 10:00:00' }
  const states = ({ documents }: KycStatus) =>
    Object.fromEntries(documents.map(({ documentId, state }) => [documentId, state]))
  const sent = (which: 'create' | 'update' | 'cancel', documentId: string, day: string, payload: object = {}) =>
    document(which, user, { createdAt: at(day) }, { documentId, ...payload })

  it('are uploaded, validated, canceled and replaced, each for itself', async () => {
    const uploaded = await life.tell(
      sent('create', passport, '2025-01-10T09:00:00Z', PASSPORT),
      sent('create', payslip, '2025-01-10T09:01:00Z', { documentTypeId: '21' }),
    )
    expect(states(uploaded)).to.deep.equal({ [passport]: 'pending', [payslip]: 'pending' })

    const reviewed = await life.tell(
      sent('update', passport, '2025-01-11T09:00:00Z', { ...PASSPORT, ...VALIDATED }),
      sent('cancel', payslip, '2025-01-11T09:05:00Z'),
    )
    expect(states(reviewed)).to.deep.equal({ [passport]: 'validated', [payslip]: 'canceled' })
    expect(reviewed.documents[0]).to.deep.equal({
      documentId: passport,
      type: { code: 17, name: 'PASSPORT' },
      state: 'validated',
      codeStatus: '600009',
      since: '2025-01-11T09:00:00.000Z',
    })

    const replacement = `3${user}`
    const replaced = await life.tell(
      sent('create', replacement, '2025-01-12T09:00:00Z', { documentTypeId: '21' }),
      sent('update', replacement, '2025-01-13T09:00:00Z', { documentTypeId: '21', ...VALIDATED }),
      sent('cancel', passport, '2025-01-14T09:00:00Z', PASSPORT),
    )
    expect(states(replaced)).to.deep.equal({
      [passport]: 'canceled',
      [payslip]: 'canceled',
      [replacement]: 'validated',
    })
    expect(replaced).to.deep.include({ status: 'none', verified: false, anomalies: [], events: 7 })
  })

  it('are dated by themselves where the webhook has no time', async () => {
    const undated = (which: 'create' | 'update', payload: object) =>
      document(which, user, { createdAt: null }, { documentId: passport, ...payload })
    const status = await life.tell(
      undated('create', { createdDate: '2025-01-10 10:00:00', modifiedDate: '0000-00-00 00:00:00' }),
      undated('update', { createdDate: '2025-01-10 10:00:00', ...VALIDATED }),
    )
    expect(status.documents[0]).to.include({ state: 'validated', since: '2025-01-11T09:00:00.000Z' })
    expect(status.anomalies).to.deep.equal([])
  })

  it('are what was said of them last, were the update to arrive before the create', async () => {
    const create = sent('create', passport, '2025-01-10T09:00:00Z', PASSPORT)
    const update = sent('update', passport, '2025-01-11T09:00:00Z', { ...PASSPORT, ...VALIDATED })
    expect(states(await life.tell(update))).to.deep.equal({ [passport]: 'validated' })
    const complete = await life.tell(create)
    expect(states(complete)).to.deep.equal({ [passport]: 'validated' })
    expect(complete.anomalies).to.deep.equal([])
    expect((await life.history()).map(({ late }) => late)).to.deep.equal([false, true])
    expect(states(await life.asked('asOf=2025-01-10T12:00:00Z'))).to.deep.equal({ [passport]: 'pending' })
  })

  describe('when one is canceled by a webhook whose user id is zero', () => {
    const create = (): WebhookFields => sent('create', passport, '2025-01-10T09:00:00Z', PASSPORT)
    const cancel = (): WebhookFields =>
      document('cancel', '0000000', { createdAt: at('2025-01-20T09:00:00Z') }, { documentId: passport })

    const only = (status: KycStatus) => Object.values(states(status))

    it('it is canceled, with an anomaly, from then on and not before', async () => {
      const pending = await life.tell(create())
      expect(only(pending)).to.deep.equal(['pending'])
      const knownBefore = new Date().toISOString()
      await sleep(5)

      const canceled = await life.tell(cancel())
      expect(only(canceled)).to.deep.equal(['canceled'])
      expect(canceled.anomalies.map(({ kind, at: when }) => [kind, when])).to.deep.equal([
        ['user-unknown', '2025-01-20T09:00:00.000Z'],
      ])
      expect(only(await life.asked('asOf=2025-01-20T08:59:59.999Z'))).to.deep.equal(['pending'])
      expect(only(await life.asked('asOf=2025-01-20T09:00:00Z'))).to.deep.equal(['canceled'])
      expect(only(await life.asked(`knownAt=${knownBefore}`))).to.deep.equal(['pending'])
      expect(only(await life.asked(`knownAt=${new Date().toISOString()}`))).to.deep.equal(['canceled'])
      expect(only(await life.asked(`asOf=2025-01-21T00:00:00Z&knownAt=${knownBefore}`))).to.deep.equal(['pending'])

      const [first, second, ...rest] = await life.history()
      expect(rest).to.deep.equal([])
      expect(first).to.deep.include({ name: 'document.create', anomalies: [] })
      expect(second).to.include({ name: 'document.cancel', late: false })
      expect(second?.anomalies.map(({ kind }) => kind)).to.deep.equal(['user-unknown'])
    })

    it('it is canceled as well if that webhook arrives before anybody knows whose document it is', async () => {
      await service().deliver(cancel())
      expect((await service().get(`/users/${user}/kyc`)).status).to.equal(404)
      await sleep(5)
      const knownBefore = new Date().toISOString()
      await sleep(5)

      const canceled = await life.tell(create())
      expect(only(canceled)).to.deep.equal(['canceled'])
      expect(canceled).to.include({ events: 2, revision: 0 })
      expect(canceled.anomalies.map(({ kind }) => kind)).to.deep.equal(['user-unknown'])
      expect((await service().get(`/users/${user}/kyc?knownAt=${knownBefore}`)).status).to.equal(404)
      expect(only(await life.asked('asOf=2025-01-20T08:59:59.999Z'))).to.deep.equal(['pending'])
      expect(only(await life.asked(`asOf=2025-01-20T09:00:00Z&knownAt=${new Date().toISOString()}`))).to.deep.equal([
        'canceled',
      ])
    })

    it('both orders of arrival come to the same answer, byte by byte', async () => {
      const other = newUser()
      const ofOther = (webhook: WebhookFields): WebhookFields => ({
        ...webhook,
        objectId: `1${other}`,
        payloadText: webhook.payloadText.replaceAll(user, other),
      })
      await life.tell(create(), cancel())
      await told(service, other).tell(ofOther(cancel()), ofOther(create()))
      /** Ids of events are made of the user and the webhook's id. */
      const withoutIds = (body: string): string => body.replaceAll(/"eventId":"[^"]*"/g, '').replaceAll(other, user)
      expect(withoutIds(await service().kycBody(other))).to.equal(withoutIds(await service().kycBody(user)))
    })
  })
})
