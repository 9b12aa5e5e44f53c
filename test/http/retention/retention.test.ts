import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { newDirectory } from '../../support/newDirectory.ts'
import { answered, expectProblem, okText } from '../../support/service/answers.ts'
import { type OwnService, readyHere, startService } from '../../support/service/service.ts'
import { at, newUser, refusal, request, SECRET, users, validation } from '../../support/webhooks/webhookBuilders.ts'

const SET_CLOCK = new URL('../../fixtures/logs/setClock.ts', import.meta.url).href
const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex')
const SCOPES = { shop: 'kyc:read', officer: 'retention:read', legal: 'retention:request', judge: 'retention:confirm' }
const API_KEYS = Object.entries(SCOPES)
  .map(([name, scope]) => `${name}:${scope}:${sha256(name)}`)
  .join(',')
const KEYS = { API_KEYS, TREEZOR_WEBHOOK_SECRET: SECRET, METRICS_OPEN: 'on' }
type Key = keyof typeof SCOPES

interface Retention {
  readonly rule: string | null
  readonly since: string | null
  readonly erasureDueAt: string | null
  readonly mayBeErased: boolean
  readonly why: string | null
  readonly anomalies: readonly { readonly kind: string }[]
  readonly holds: readonly { readonly hold: number; readonly by: string; readonly reason: string }[]
}

describe('how long users are kept, told by a service', () => {
  const directory = newDirectory()
  const policyFile = join(newDirectory(), 'policy.json')
  const [closed, frozen, refused, active, later] = [newUser(), newUser(), newUser(), newUser(), newUser()]
  const never = newUser()
  let service: OwnService

  const envelope = (day: number) => ({ createdAt: at(`2019-05-0${day}T00:00:00Z`) })
  const end = (userId: string, day: number, more: object = {}) =>
    users([{ userId, kycReview: '2', kycLevel: '2', userStatus: 'CANCELED', ...more }], envelope(day))

  const withPolicy = async (policy: object): Promise<void> => {
    writeFileSync(policyFile, JSON.stringify({ version: 1, ...policy }))
    service = await readyHere(directory, { ...KEYS, RETENTION_POLICY: policyFile })
  }
  const ask = (key: Key, path: string): Promise<Response> =>
    answered(() => service.get(path, { authorization: `Bearer ${key}` }))
  const retentionOf = async (userId: string): Promise<Retention> =>
    JSON.parse(await okText(await ask('officer', `/users/${userId}/retention`))) as Retention
  const due = async (query: string): Promise<{ users: { userId: string; onHold: boolean }[]; next: string | null }> =>
    JSON.parse(await okText(await ask('officer', `/users?${query}`)))
  const post = (key: Key, path: string, body: string): Promise<Response> =>
    fetch(`${service.url}${path}`, { method: 'POST', body, headers: { authorization: `Bearer ${key}` } })
  const metric = async (state: string): Promise<number> =>
    Number(
      new RegExp(`^kyc_retention_users\\{state="${state}"\\} (\\d+)$`, 'm').exec(
        await (await service.get('/metrics')).text(),
      )?.[1],
    )

  before(async () => {
    const then = await startService(directory, {
      ...KEYS,
      CLOCK: '2019-06-01T00:00:00Z',
      NODE_OPTIONS: `--import=${SET_CLOCK}`,
    })
    for (const user of [closed, frozen, refused, active, later]) await then.deliver(request(user, envelope(1)))
    for (const user of [closed, active, later]) await then.deliver(validation(user, envelope(2)))
    await then.deliver(end(closed, 3))
    await then.deliver(end(frozen, 3, { isFrozen: '1' }))
    await then.deliver(refusal(refused, envelope(3)))
    await then.deliver(end(later, 3))
    await then.deliver(validation(later, envelope(4)))
    await then.stop()
    await withPolicy({ refused: 'P99Y' })
  })
  after(() => service.stop())

  it('says from when on a user is due, by which rule, and why one never is', async () => {
    const one = await retentionOf(closed)
    expect(one).to.deep.include({ rule: 'ended', mayBeErased: true, why: null, anomalies: [], holds: [] })
    expect(one.since).to.match(/^2019-06-01T/)
    expect(one.erasureDueAt).to.equal(one.since?.replace('2019', '2024'))
    for (const [user, kind] of [
      [frozen, 'frozen'],
      [later, 'later-event'],
    ] as const) {
      const { mayBeErased, erasureDueAt, anomalies } = await retentionOf(user)
      expect({ mayBeErased, erasureDueAt, kind: anomalies[0]?.kind }).to.deep.equal({
        mayBeErased: false,
        erasureDueAt: null,
        kind,
      })
    }
    expect((await retentionOf(refused)).why).to.match(/not heard|refused user.*not over before 2118/)
    expect((await retentionOf(active)).why).to.match(/has not ended/)
    await expectProblem(await ask('officer', `/users/${never}/retention`), 404, 'unknown-user')
  })

  it('lists who is due before a day, in pages, to who may know that and to nobody else', async () => {
    expect((await due('erasureDueBefore=2024-06-01')).users).to.deep.equal([])
    const [one, ...others] = (await due('erasureDueBefore=2024-06-03')).users
    expect(one).to.deep.include({ userId: closed, status: 'closed', verified: false, onHold: false })
    expect(others).to.deep.equal([])
    expect(one).to.deep.include({ erasureDueAt: (await retentionOf(closed)).erasureDueAt })
    const first = await due('erasureDueBefore=2200-01-01&limit=1')
    expect(first.users).to.have.length(1)
    const second = JSON.parse(await okText(await ask('officer', first.next ?? '')))
    expect([...first.users, ...second.users].map(({ userId }) => userId)).to.have.members([closed, refused])
    expect(second.next).to.equal(null)
    expect((await due('erasureDueBefore=2200-01-01&status=refused')).users.map(({ userId }) => userId)).to.deep.equal([
      refused,
    ])
    for (const path of ['/users?erasureDueBefore=2200-01-01', `/users/${closed}/retention`]) {
      await expectProblem(await ask('shop', path), 403, 'missing-scope')
      await expectProblem(await service.get(path), 401, 'no-api-key')
    }
    await expectProblem(await ask('officer', '/users'), 403, 'missing-scope')
    await expectProblem(await ask('officer', '/users?erasureDueBefore=soon'), 400, 'bad-parameter')
  })

  it('counts who is due, overdue and on hold', async () => {
    expect(await metric('due')).to.equal(1)
    expect(await metric('overdue')).to.equal(1)
    expect(await metric('on-hold')).to.equal(0)
  })

  it('stops for a legal hold, with author and reason, and goes on where it stood once that is lifted', async () => {
    const before = await retentionOf(closed)
    const placed = await post('legal', `/users/${closed}/holds`, '{"reason":"request of the prosecutor"}')
    expect(placed.status).to.equal(201)
    const { hold } = (await placed.json()) as { hold: number }
    const held = await retentionOf(closed)
    expect(held.holds[0]).to.deep.include({ hold, by: 'legal', reason: 'request of the prosecutor' })
    expect(held).to.deep.include({ mayBeErased: false, erasureDueAt: before.erasureDueAt })
    expect(held.why).to.match(/^legal hold 0 stands, placed by legal/)
    expect((await due('erasureDueBefore=2200-01-01&status=closed')).users[0]?.onHold).to.equal(true)
    expect(await metric('due')).to.equal(0)
    expect(await metric('on-hold')).to.equal(1)

    const lift = `/users/${closed}/holds/${hold}/lift`
    await expectProblem(await post('legal', lift, '{"reason":"over"}'), 403, 'missing-scope')
    await expectProblem(await post('judge', `/users/${closed}/holds/9/lift`, '{"reason":"over"}'), 404, 'unknown-hold')
    await expectProblem(await post('judge', `/users/${active}/holds/0/lift`, '{"reason":"over"}'), 404, 'unknown-hold')
    expect((await post('judge', lift, '{"reason":"over"}')).status).to.equal(200)
    await expectProblem(await post('judge', lift, '{"reason":"over"}'), 409, 'hold-lifted')
    expect(await retentionOf(closed)).to.deep.equal(before)
    expect(await metric('on-hold')).to.equal(0)
  })

  it('takes a hold on a user of whom nothing was heard yet, and none without a reason or by who may not', async () => {
    expect((await post('legal', `/users/${never}/holds`, '{"reason":"he will come"}')).status).to.equal(201)
    const told = await retentionOf(never)
    expect(told.holds).to.have.length(1)
    await expectProblem(await ask('shop', `/users/${never}/kyc`), 404, 'unknown-user')
    const path = `/users/${closed}/holds`
    for (const body of [
      '',
      'no',
      '[]',
      '{}',
      '{"reason":""}',
      '{"reason":7}',
      '{"reason":"a\\nb"}',
      '{"reason":"a","by":"b"}',
    ]) {
      await expectProblem(await post('legal', path, body), 400, 'bad-body')
    }
    await expectProblem(await post('judge', path, '{"reason":"a"}'), 403, 'missing-scope')
    await expectProblem(await post('legal', '/users/007/holds', '{"reason":"a"}'), 400, 'bad-user-id')
    expect((await retentionOf(closed)).holds).to.deep.equal([])
  })

  it('goes by another policy after a restart, and by the holds that the log holds', async () => {
    await service.stop()
    await withPolicy({ default: 'P90Y', refused: 'P1Y' })
    expect((await due('erasureDueBefore=2030-01-01')).users.map(({ userId }) => userId)).to.deep.equal([refused])
    expect((await retentionOf(closed)).erasureDueAt).to.match(/^2109-/)
    expect((await retentionOf(never)).holds).to.have.length(1)
    await service.stop()
    service = await readyHere(directory, KEYS)
    expect((await due('erasureDueBefore=2200-01-01')).users).to.deep.equal([])
    expect(await retentionOf(closed)).to.deep.include({ rule: 'ended', erasureDueAt: null, mayBeErased: false })
  })
})
