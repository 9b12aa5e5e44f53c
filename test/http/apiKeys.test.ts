import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { answered, expectProblem } from '../support/service/answers.ts'
import { sharedService } from '../support/service/service.ts'
import { spawnService } from '../support/service/serviceProcess.ts'
import { newUser, request } from '../support/webhooks/webhookBuilders.ts'

const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex')

const KEYS = {
  status: 'key-of-the-shop',
  audit: 'key-of-the-auditor',
  both: 'key-of-the-operator',
  rotated: 'newer-key-of-the-shop',
}
const API_KEYS = [
  `shop:kyc:read:${sha256(KEYS.status)}`,
  `auditor:audit:read:${sha256(KEYS.audit)}`,
  ` operator:kyc:read+audit:read:${sha256(KEYS.both).toUpperCase()}`,
  `shop:kyc:read:${sha256(KEYS.rotated)}`,
].join(',')

describe('API keys', () => {
  describe('where some are configured', () => {
    const service = sharedService({ API_KEYS, TREEZOR_WEBHOOK_SECRET: 'development' })
    const user = newUser()
    before(async () => {
      const { events } = await service().deliver(request(user))
      const projected = `/users/${user}/kyc?minPosition=${events[0]?.position}`
      const ask = () => service().get(projected, { authorization: `Bearer ${KEYS.both}` })
      expect((await answered(ask)).status).to.equal(200)
    })

    const ask = (path: string, authorization?: string): Promise<Response> =>
      service().get(path, authorization === undefined ? {} : { authorization })
    const statusOf = async (path: string, authorization?: string): Promise<number> => {
      const response = await ask(path, authorization)
      await response.arrayBuffer()
      return response.status
    }
    const KYC = `/users/${user}/kyc`
    const EVENTS = `/users/${user}/events`

    it('are not asked for by the webhook endpoint and the health checks', async () => {
      expect((await service().deliver(request(newUser()))).outcome).to.equal('appended')
      expect(await statusOf('/health/live')).to.equal(200)
      expect(await statusOf('/health/ready')).to.equal(200)
    })

    it('open what their scopes say and nothing else', async () => {
      const table = await Promise.all(
        (['status', 'audit', 'both', 'rotated'] as const).map(async (name) => [
          name,
          await statusOf(KYC, `Bearer ${KEYS[name]}`),
          await statusOf(`${KYC}/history`, `Bearer ${KEYS[name]}`),
          await statusOf('/users', `Bearer ${KEYS[name]}`),
          await statusOf(EVENTS, `Bearer ${KEYS[name]}`),
          await statusOf('/unattributed/events', `Bearer ${KEYS[name]}`),
        ]),
      )
      expect(table).to.deep.equal([
        ['status', 200, 200, 200, 403, 403],
        ['audit', 403, 403, 403, 200, 200],
        ['both', 200, 200, 200, 200, 200],
        ['rotated', 200, 200, 200, 403, 403],
      ])
    })

    it('are taken under any spelling of the scheme', async () => {
      for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer  ']) {
        expect(await statusOf(KYC, `${scheme} ${KEYS.status}`), scheme).to.equal(200)
      }
    })

    it('are asked for with 401 and WWW-Authenticate where there is none, or another one', async () => {
      for (const authorization of [
        undefined,
        '',
        'Bearer',
        'Bearer wrong',
        `Bearer ${KEYS.status}x`,
        `Bearer ${KEYS.status} ${KEYS.status}`,
        `Bearer ${sha256(KEYS.status)}`,
        `Basic ${btoa(`shop:${KEYS.status}`)}`,
        KEYS.status,
        `Bearer ${KEYS.status.toUpperCase()}`,
      ]) {
        for (const path of [KYC, EVENTS, `${KYC}/history`, '/users']) {
          const response = await ask(path, authorization)
          expect(response.headers.get('www-authenticate'), authorization).to.match(/^Bearer/)
          await expectProblem(response, 401)
        }
      }
    })

    it('are asked for before anything is said about a user', async () => {
      await expectProblem(await ask(`/users/${newUser()}/kyc`), 401)
      await expectProblem(await ask('/users/abc/kyc'), 401)
      await expectProblem(await ask(EVENTS, `Bearer ${KEYS.status}`), 403)
      await expectProblem(await ask(`/users/${newUser()}/events`, `Bearer ${KEYS.status}`), 403)
    })

    it('are not taken from the query', async () => {
      await expectProblem(await ask(`${KYC}?access_token=${KEYS.status}`), 401)
    })
  })

  describe('where none are configured', () => {
    const service = sharedService()

    it('are not needed on a loopback address, of which the start warns', async () => {
      const user = newUser()
      await service().deliver(request(user))
      expect(await service().kyc(user)).to.include({ status: 'pending' })
      expect(await service().events(user)).to.have.length(1)
      const warnings = service()
        .stdout()
        .split('\n')
        .filter((line) => line.includes('"level":40'))
      expect(warnings).to.have.length(2)
      expect(warnings.join()).to.include('API_KEYS').and.to.include('TREEZOR_WEBHOOK_SECRET')
    })

    for (const [what, env, missing] of [
      ['without both', {}, ['API_KEYS', 'TREEZOR_WEBHOOK_SECRET']],
      ['without keys', { TREEZOR_WEBHOOK_SECRET: 'a real secret' }, ['API_KEYS']],
      ['without a secret', { API_KEYS }, ['TREEZOR_WEBHOOK_SECRET']],
      [
        'with the secret everybody knows',
        { API_KEYS, TREEZOR_WEBHOOK_SECRET: 'a,development' },
        ['TREEZOR_WEBHOOK_SECRET'],
      ],
    ] as const) {
      it(`and the service does not start ${what} on any other address`, async () => {
        const hosts = ['0.0.0.0', '::', '192.0.2.1']
        const refusals = hosts.map(async (HOST) => {
          const child = spawnService(newDirectory(), { ...env, HOST })
          expect((await child.exited).code).to.equal(2)
          const faults = child.stderr().trimEnd().split('\n')
          expect(faults.map((fault) => fault.split(':')[0]).sort()).to.deep.equal(missing)
          expect(child.stdout()).to.equal('')
        })
        await Promise.all(refusals)
      })
    }
  })
})
