import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { readConfig } from '../../src/config/config.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { expectProblem } from '../support/service/answers.ts'
import { sharedProcess, sharedService } from '../support/service/service.ts'
import { spawnService } from '../support/service/serviceProcess.ts'
import { newUser, request as requested } from '../support/webhooks/webhookBuilders.ts'

const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex')

const KEYS = {
  status: 'key-of-the-shop',
  audit: 'key-of-the-auditor',
  both: 'key-of-the-operator',
  rotated: 'newer-key-of-the-shop',
  metrics: 'key-of-the-monitoring',
}
const API_KEYS = [
  `shop:kyc:read:${sha256(KEYS.status)}`,
  `auditor:audit:read:${sha256(KEYS.audit)}`,
  ` operator:kyc:read+audit:read:${sha256(KEYS.both).toUpperCase()}`,
  `shop:kyc:read:${sha256(KEYS.rotated)}`,
  `monitoring:metrics:read:${sha256(KEYS.metrics)}`,
].join(',')

describe('API keys', () => {
  describe('where some are configured', () => {
    const service = sharedService({ API_KEYS, TREEZOR_WEBHOOK_SECRET: 'development' })
    const user = newUser()
    before(async () => {
      await service().deliver(requested(user))
      await service().projected({ authorization: `Bearer ${KEYS.both}` })
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
      expect((await service().deliver(requested(newUser()))).outcome).to.equal('appended')
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

    const readiness = async (authorization?: string): Promise<unknown> =>
      (await ask('/health/ready', authorization)).json()

    it('are asked for by the metrics', async () => {
      await expectProblem(await ask('/metrics'), 401, 'no-api-key')
      await expectProblem(await ask('/metrics', `Bearer ${KEYS.both}`), 403, 'missing-scope')
      expect(await statusOf('/metrics', `Bearer ${KEYS.metrics}`)).to.equal(200)
      expect(await statusOf(KYC, `Bearer ${KEYS.metrics}`)).to.equal(403)
    })

    it('tell whoever may read the metrics what readiness rests on, and everybody else only whether it is ready', async () => {
      for (const authorization of [undefined, 'Bearer wrong', `Bearer ${KEYS.both}`])
        expect(await readiness(authorization), authorization).to.deep.equal({ status: 'ready' })
      expect(await readiness(`Bearer ${KEYS.metrics}`))
        .to.include({ status: 'ready', eventStore: 'up' })
        .and.to.have.property('position')
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

  describe('where METRICS_OPEN is on', () => {
    const service = sharedService({ API_KEYS, TREEZOR_WEBHOOK_SECRET: 'development', METRICS_OPEN: 'on' })

    it('are needed neither for metrics nor for what readiness rests on, and for everything else', async () => {
      expect((await service().get('/metrics')).status).to.equal(200)
      expect(await (await service().get('/health/ready')).json()).to.include({ status: 'ready', journal: 'up' })
      await expectProblem(await service().get('/users'), 401)
    })
  })

  describe('where none are configured', () => {
    const service = sharedProcess()

    it('have whoever asks for this machine told what readiness rests on, and no page of another name', async () => {
      const told = async (host: string): Promise<unknown> => {
        const sent = request(`${service().url}/health/ready`, { headers: { host } }).end()
        const [response] = (await once(sent, 'response')) as [IncomingMessage]
        return JSON.parse(await text(response))
      }
      expect(await told('rebound.example')).to.deep.equal({ status: 'ready' })
      expect(await told('localhost')).to.include({ status: 'ready', eventStore: 'up' })
    })

    it('are not needed on a loopback address, of which the start warns', async () => {
      const user = newUser()
      await service().deliver(requested(user))
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
        for (const HOST of ['0.0.0.0', '::', '192.0.2.1']) {
          const config = readConfig({ DATA_DIR: newDirectory(), ...env, HOST })
          const faults = E.isLeft(config) ? config.left : []
          expect(faults.map((fault) => fault.split(':')[0]).sort(), HOST).to.deep.equal(missing)
        }
      })
    }

    it('which ends the process with code 2, and every fault in a line', async () => {
      const child = spawnService(newDirectory(), { HOST: '0.0.0.0' })
      expect((await child.exited).code).to.equal(2)
      expect(child.stderr()).to.match(
        /^API_KEYS: .*\nTREEZOR_WEBHOOK_SECRET: .*\n$|^TREEZOR_WEBHOOK_SECRET: .*\nAPI_KEYS: .*\n$/,
      )
      expect(child.stdout()).to.equal('')
    })
  })
})
