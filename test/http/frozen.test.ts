import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { answered, type EventJson, okText } from '../support/service/answers.ts'
import { sharedProcess } from '../support/service/service.ts'
import {
  but,
  document,
  kycReview,
  newUser,
  request,
  SECRET,
  users,
  validation,
  type WebhookFields,
} from '../support/webhooks/webhookBuilders.ts'

const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex')
const API_KEYS = `shop:kyc:read:${sha256('shop')},auditor:audit:read:${sha256('auditor')},legal:retention:request:${sha256('legal')}`

/** A frozen user may be under an investigation that he must not learn of: who reads statuses does not, either. */
describe('that a user is frozen', () => {
  const service = sharedProcess({ API_KEYS, TREEZOR_WEBHOOK_SECRET: SECRET, METRICS_OPEN: 'on' })
  const ask = async (key: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> => {
    const response = await answered(() => service().get(path, { authorization: `Bearer ${key}`, ...headers }))
    return `${JSON.stringify([...response.headers])}${await okText(response)}`
  }

  const projected = () => service().projected({ authorization: 'Bearer shop' })

  const FROZEN = { isFrozen: 1, isFreezed: '1', frozen: true, freezeReason: 'Planted-Reason' }
  const [frozen, other] = [newUser(), newUser()]
  /** In whatever a payload may say it, and in webhooks about what is odd. */
  const told: readonly WebhookFields[] = [
    request(frozen, {}, FROZEN),
    validation(frozen, {}, FROZEN),
    users([{ userId: frozen, kycReview: 'nonsense', ...FROZEN }]),
    users([
      { userId: frozen, kycReview: '2', ...FROZEN },
      { userId: '0', ...FROZEN },
    ]),
    but(request(frozen), {
      name: 'user.later',
      payloadText: JSON.stringify({ users: [{ userId: frozen, ...FROZEN }] }),
    }),
    but(request(frozen), { payloadText: JSON.stringify({ userId: Number(frozen), kycReview: 2, ...FROZEN }) }),
    but(request(frozen), { payloadText: JSON.stringify({ user: { userId: frozen, ...FROZEN } }) }),
    kycReview('request', frozen, {}, FROZEN),
    kycReview('result', frozen, {}, FROZEN),
    document('create', frozen, {}, FROZEN),
    document('cancel', '0', {}, { documentId: 'nobodys', ...FROZEN }),
  ]

  before(async () => {
    for (const webhook of [...told, request(other)]) await service().deliver(webhook)
    await projected()
  })

  it('is told to nobody who may read statuses alone', async () => {
    const now = encodeURIComponent(new Date().toISOString())
    const paths = [
      `/users/${frozen}/kyc`,
      `/users/${frozen}/kyc?asOf=${now}`,
      `/users/${frozen}/kyc?knownAt=${now}`,
      `/users/${frozen}/kyc/history?limit=1000`,
      '/users?limit=1000',
      '/users?status=unknown&limit=1000',
      '/users?anomaly=unknown-value&limit=1000',
      '/users?anomaly=user-unknown&limit=1000',
      '/users?anomaly=unreadable-event&limit=1000',
    ]
    const seen = await Promise.all(paths.map((path) => ask('shop', path)))
    seen.push(await ask('shop', `/users/${frozen}/kyc/history`, { accept: 'application/x-ndjson' }))
    for (const text of seen) expect(text).to.not.match(/frozen|freez|planted/i)
    expect(seen.join()).to.include(frozen).and.to.include('nobodys')
  })

  it('leaves no trace, as a legal hold leaves none, in what is told of statuses: users who are else alike are told alike', async () => {
    const alike = [newUser(), newUser()] as const
    const [icy] = alike
    const closing = { userStatus: 'CANCELED', kycReview: '2', kycLevel: '2' }
    let position = ''
    for (const userId of alike) {
      const more = userId === icy ? FROZEN : { isFrozen: '0', isFreezed: '0' }
      const days = [1, 2, 3].map((day) => ({ createdAt: `2025-03-0${day}T00:00:00Z`, id: `${day}` }))
      for (const webhook of [
        request(userId, days[0], more),
        users([{ userId, ...closing, ...more }], days[1]),
        validation(userId, days[2], more),
      ]) {
        const { events } = await service().deliver(webhook)
        position = events[0]?.position ?? ''
      }
    }
    const hold = await fetch(`${service().url}/users/${icy}/holds`, {
      method: 'POST',
      body: '{"reason":"Planted-Reason"}',
      headers: { authorization: 'Bearer legal' },
    })
    expect(hold.status).to.equal(201)
    const told = async (path: string, headers?: Readonly<Record<string, string>>) => {
      const [one, other] = await Promise.all(alike.map((userId) => ask('shop', path.replace('{}', userId), headers)))
      const plain = (text = '', userId: string) =>
        text
          .slice(text.indexOf(']{') + 1)
          .replaceAll(userId, 'ID')
          .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'event')
          .replace(/"(receivedAt|recordedAt|position)":"[^"]+"/g, '')
      expect(plain(one, alike[0])).to.equal(plain(other, alike[1]))
      return one ?? ''
    }
    const now = encodeURIComponent(new Date().toISOString())
    const status = await told(`/users/{}/kyc?minPosition=${position}`)
    expect(status)
      .to.include('"status":"closed"')
      .and.to.match(/"anomalyCounts":\{[^}]*"after-closure":1/)
    await told(`/users/{}/kyc?asOf=${now}`)
    await told(`/users/{}/kyc?knownAt=${now}`)
    await told('/users/{}/kyc/history?limit=1000')
    await told('/users/{}/kyc/history', { accept: 'application/x-ndjson' })
    for (const query of ['status=closed', 'anomaly=after-closure', 'limit=1000']) {
      const { users: listed } = JSON.parse((await ask('shop', `/users?${query}`)).replace(/^\[\[.*?\]\](?=\{)/, ''))
      const [one, other] = alike.map((userId) => listed.find((user: { userId: string }) => user.userId === userId))
      expect({ ...one, userId: '' }).to.deep.equal({ ...other, userId: '' })
      expect(one.status).to.equal('closed')
    }
  })

  it('changes no status', async () => {
    const calm = newUser()
    const pair = [request(calm), validation(calm)]
    for (const [index, webhook] of pair.entries()) {
      const icy = but(webhook, {
        payloadText: webhook.payloadText.replace('{"users":[{', `{"users":[{"isFrozen":${index + 1},`),
      })
      await service().deliver(icy)
    }
    await projected()
    const text = await ask('shop', `/users/${calm}/kyc`)
    expect(text).to.include('"status":"validated"').and.to.include('"anomalies":[]')
  })

  it('is neither in the log of the service nor in its metrics', async () => {
    const metrics = await (await service().get('/metrics')).text()
    expect(metrics + service().stdout() + service().stderr()).to.not.match(/frozen|freez|planted/i)
  })

  it('stands in the events as they were recorded, for who may audit', async () => {
    const bodies = [
      await ask('auditor', `/users/${frozen}/events?limit=1000`),
      await ask('auditor', `/users/${frozen}/events`, { accept: 'application/x-ndjson' }),
    ]
    for (const text of bodies) expect(text).to.include('"isFrozen":1').and.to.include('"isFreezed":"1"')
    const unattributed = await ask('auditor', '/unattributed/events')
    expect(unattributed).to.include('"isFrozen":1')
    const all = JSON.parse(bodies[0]?.slice(bodies[0].indexOf(']{') + 1) ?? '') as {
      readonly events: readonly EventJson[]
    }
    expect(all.events.length).to.be.greaterThan(4)
  })
})
