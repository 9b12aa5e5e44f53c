import { expect } from 'chai'
import { recordAsFound, writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere } from '../support/service/service.ts'
import {
  but,
  fixture,
  identification,
  kycReview,
  march,
  newUser,
  on,
  request,
  validation,
  type WebhookFields,
  webhookJson,
} from '../support/webhooks/webhookBuilders.ts'

const PERSON = { lastname: 'Planted-Value', email: 'planted@example.com' }

const called = (name: string, payload: unknown, day: number): WebhookFields =>
  but(fixture('user.kycreview'), {
    name,
    id: `unread-${Math.random()}`,
    ...on(day),
    payloadText: JSON.stringify(payload),
  })

/** Webhooks in which a user is refused, named and cannot be read: by what is strange about them. */
const UNREAD: readonly (readonly [string, (user: string) => WebhookFields])[] = [
  ['a user without its list', (user) => called('user.kycreview', { userId: user, kycReview: '3', ...PERSON }, 3)],
  [
    'a map of users',
    (user) => called('user.kycreview', { users: { 0: { userId: user, kycReview: '3', ...PERSON } } }, 3),
  ],
  [
    'a list of KYC objects',
    (user) => called('kycreview.result', { kycs: [{ userId: Number(user), kycStatus: 'REFUSED' }] }, 3),
  ],
  [
    'an id spelled otherwise',
    (user) => kycReview('result', user, on(3), { userId: `0${user} `, kycStatus: 'REFUSED', kycReview: 3 }),
  ],
  [
    'an id called otherwise',
    (user) => kycReview('result', user, on(3), { userId: undefined, user_id: user, kycReview: 3 }),
  ],
  [
    'QES without its transaction',
    (user) => identification('qes.finalized.canceled', user, on(3), { transactionNumber: '' }),
  ],
  ['a name of another kind', (user) => called('payin.create', { payins: [{ userId: user, kycReview: '3' }] }, 3)],
]

/** The KYC object that older releases set aside: it has but one key that no other object has. */
const setAside = (user: string): WebhookFields =>
  but(
    called(
      'kycreview.result',
      { userId: Number(user), kycLevel: 1, kycReview: 3, kycReviewType: 'ONBOARDING', codeStatus: '1' },
      3,
    ),
    { object: 'kyc', objectId: user },
  )

interface Entry {
  readonly after: { readonly status: string }
  readonly anomalies: readonly { readonly kind: string }[]
}

describe('a webhook that names a user and cannot be read', () => {
  const directory = newDirectory()
  let service: OwnService
  const [anna, bert] = [newUser(), newUser()]

  /** Writes it into the stream of the unattributed, as a release did that found nobody in it. */
  const recordUnattributed = (...webhooks: readonly WebhookFields[]): Promise<void> =>
    writingLog(directory, async (store) => {
      for (const webhook of webhooks) await recordAsFound(store, null, webhookJson(webhook), march(4))
    })
  const listed = async (): Promise<readonly string[]> =>
    (
      await service.json<{ users: readonly { userId: string }[] }>('/users?anomaly=unreadable-event&limit=1000')
    ).users.map((user) => user.userId)
  const validated = async (user: string): Promise<void> => {
    await service.deliver(request(user, on(1)))
    await service.deliver(validation(user, on(2)))
    expect(await service.kyc(user)).to.include({ status: 'validated', verified: true })
  }

  before(async () => {
    await recordUnattributed(setAside(anna), called('user.kycreview', { userId: bert, kycReview: '3', ...PERSON }, 3))
    service = await readyHere(directory)
  })
  after(() => service.stop())

  for (const [what, webhook] of UNREAD) {
    it(`is heard by him: he is unknown until the provider says more: ${what}`, async () => {
      const user = newUser()
      await validated(user)
      const sent = webhook(user)
      const { outcome, events } = await service.deliver(sent)
      expect([outcome, events.map(({ stream }) => stream)]).to.deep.equal(['appended', [`kyc-${user}`]])
      expect((await service.deliver(sent)).outcome).to.equal('duplicate')

      const status = await service.kyc(user)
      expect(status).to.include({ status: 'unknown', verified: false, events: 3 })
      const odd = status.anomalies.filter(({ kind }) => kind === 'unreadable-event')
      expect(odd.map(({ eventId }) => eventId)).to.deep.equal([events[0]?.eventId])
      expect(JSON.stringify(status)).to.not.include('lanted')
      expect(await listed()).to.include(user)
      expect((await service.json<{ status: string }>(`/users/${user}/kyc?asOf=${march(2)}`)).status).to.equal(
        'validated',
      )
      const { events: history } = await service.json<{ events: readonly Entry[] }>(`/users/${user}/kyc/history`)
      expect(history.map(({ after }) => after.status)).to.deep.equal(['pending', 'validated', 'unknown'])
      expect(history[2]?.anomalies.map(({ kind }) => kind)).to.include('unreadable-event')

      const again =
        status.governedBy === 'legacy'
          ? request(user, on(4))
          : kycReview('request', user, on(4), { kycReview: 1, lastRequestDatetime: march(4) })
      await service.deliver(again)
      expect((await service.kyc(user)).status).to.equal('pending')
    })
  }

  it('leaves him as he is, with the anomaly, where nothing in it decides', async () => {
    const user = newUser()
    await validated(user)
    await service.deliver(called('user.update', { userId: user, ...PERSON }, 3))
    const status = await service.kyc(user)
    expect(status).to.include({ status: 'validated', verified: true, events: 3 })
    expect(status.anomalies.map(({ kind }) => kind)).to.include('unreadable-event')
    expect(await listed()).to.include(user)
    const unknown = await service.json<{ users: readonly unknown[] }>(
      '/users?anomaly=unreadable-event&status=unknown&limit=1000',
    )
    const metrics = await (await service.get('/metrics')).text()
    expect(metrics).to.include(`kyc_users_uncertain{kind="unreadable-event"} ${unknown.users.length}\n`)
  })

  it('is ignored only where it neither decides nor is called after what is followed', async () => {
    const user = newUser()
    expect(
      (await service.deliver(called('wallet.create', { wallets: [{ userId: user, ...PERSON }] }, 3))).outcome,
    ).to.equal('ignored')
  })

  it('is heard again after a validation, with nothing to tell it from the first one', async () => {
    const user = newUser()
    const unread = but(called('user.kycreview', { userId: user, kycReview: '3', ...PERSON }, 3), {
      id: null,
      createdAt: null,
    })
    await validated(user)
    const sent = async (webhook: WebhookFields): Promise<unknown> => {
      await service.deliver(webhook)
      return (await service.kyc(user)).status
    }
    expect(await sent(unread)).to.equal('unknown')
    expect(await sent(unread)).to.equal('unknown')
    expect((await service.kyc(user)).events).to.equal(3)
    const again = validation(user, { createdAt: Date.now() * 10 }, { kycReviewComment: 'again' })
    expect(await sent(again)).to.equal('validated')
    expect(await sent(unread)).to.equal('unknown')
    expect((await service.kyc(user)).events).to.equal(5)
  })

  it('is counted, once for each event', async () => {
    const counted = async (): Promise<number> => {
      const text = await (await service.get('/metrics')).text()
      return Number(/^kyc_unread_total (\d+)$/m.exec(text)?.[1])
    }
    const before = await counted()
    const users = { 0: { userId: newUser(), kycReview: '3' }, 1: { userId: newUser() }, 2: { userId: '0' } }
    const webhook = called('user.kycreview', { users }, 3)
    await service.deliver(webhook)
    await service.deliver(webhook)
    await service.deliver(validation(newUser()))
    expect(await counted()).to.equal(before + 2)
  })

  it('is heard by each of those whom it names', async () => {
    const users = [newUser(), newUser(), newUser()]
    const { events } = await service.deliver(
      called(
        'user.kycreview',
        { users: Object.fromEntries(users.map((user, index) => [index, { userId: user, kycReview: '3' }])) },
        3,
      ),
    )
    expect(events.map(({ stream }) => stream).toSorted()).to.deep.equal(users.map((user) => `kyc-${user}`).toSorted())
    for (const user of users) expect((await service.kyc(user)).status).to.equal('unknown')
  })

  it('is heard as well where an older release set it aside, and so is what can be read by now', async () => {
    for (const user of [anna, bert]) {
      await service.deliver(request(user, on(1)))
      await service.deliver(validation(user, on(2)))
    }
    const [refused, unread] = [await service.kyc(anna), await service.kyc(bert)]
    expect(refused).to.include({ status: 'refused', governedBy: 'lifecycle', events: 3 })
    expect(unread).to.include({ status: 'unknown', governedBy: 'legacy', events: 3 })
    expect(unread.anomalies.map(({ kind }) => kind)).to.include.members(['user-unknown', 'unreadable-event'])
    for (const kind of ['user-unknown', 'unreadable-event']) {
      expect((await service.json<{ events: readonly unknown[] }>(`/users?anomaly=${kind}`)).events).to.deep.equal([])
    }
  })

  it('is heard alike at a replay', async () => {
    await service.stop()
    expect((await kycHere(directory, ['replay'])).stdout).to.include('the rebuilt read model is the same, row by row')
    service = await readyHere(directory)
  })
})
