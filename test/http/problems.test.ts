import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as ask, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { getHeapStatistics } from 'node:v8'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { pino } from 'pino'
import { RELEASED } from '../../domain/event/ownEvent.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { byKeys, OPEN_TO_ALL } from '../../src/access/authentication.ts'
import type { ClockFault } from '../../src/clock/nodeClock.ts'
import type { ApiKey, Scope } from '../../src/config/apiKeys.ts'
import type { StepRefused } from '../../src/erasing/asking.ts'
import { knownErasures } from '../../src/erasing/knownErasures.ts'
import { notAsSealed, storeDamaged, storeUnreachable, streamUnreadable } from '../../src/eventStore/readFailure.ts'
import type { Routes } from '../../src/http/app.ts'
import { changeRoutes } from '../../src/http/changes/changeRoutes.ts'
import { webhookRoutes } from '../../src/http/deliveries/webhookEndpoint.ts'
import { erasingRoutes } from '../../src/http/erasing/erasing.ts'
import { evidenceRoutes } from '../../src/http/evidence/evidence.ts'
import { PROBLEMS } from '../../src/http/problemKinds.ts'
import { reconciliationRoutes } from '../../src/http/reconciliations/reconciliations.ts'
import { releaseRoutes } from '../../src/http/releases/releases.ts'
import { retentionRoutes } from '../../src/http/retention/retention.ts'
import { userRoutes } from '../../src/http/users/users.ts'
import { wholeLogRoutes } from '../../src/http/wholeLog/wholeLog.ts'
import { ownEvent } from '../../src/ledger/ownEvent.ts'
import { openMetrics } from '../../src/metrics/metrics.ts'
import type { Readiness } from '../../src/readiness/readiness.ts'
import type { Uncertain } from '../../src/readModel/uncertain.ts'
import { NO_FIGURES } from '../../src/reconciling/figures.ts'
import type { Busy, NoLease } from '../../src/reconciling/lease.ts'
import type { SealedLog } from '../../src/sealing/sealedLog.ts'
import { webhookSecret } from '../../src/webhooks/signature.ts'
import { damagePage, pagesOf } from '../support/logs/damagedLog.ts'
import { untilTrue } from '../support/patience.ts'
import { openPipeline, type Pipeline, RECEIVED_AT } from '../support/pipeline/pipeline.ts'
import { failingOn } from '../support/pipeline/projecting.ts'
import { readingOf, serve } from '../support/pipeline/servedPipeline.ts'
import { asked as askToReconcile } from '../support/reconciling/reconciling.ts'
import { newSealKey, sealing } from '../support/seals/sealing.ts'
import { expectProblem, type KycStatus } from '../support/service/answers.ts'
import { serveHere, sharedService } from '../support/service/service.ts'
import { sentAgain, user as userWebhook } from '../support/webhooks/plainWebhooks.ts'
import { badlySigned, newUser, request, SECRET, signed } from '../support/webhooks/webhookBuilders.ts'

const API = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8')

describe('a problem', () => {
  /** The kinds that were seen over HTTP in this file. */
  const seen = new Set<string>()
  const isProblem = async (response: Response, status: number, kind: string): Promise<void> => {
    await expectProblem(response, status, kind)
    seen.add(kind)
  }

  it('of each kind is in the documentation, with its status', () => {
    const section = API.slice(API.indexOf('\n## Problems'))
    const rows = [...section.slice(0, section.indexOf('\n## ', 1)).matchAll(/^\| `([a-z-]+)` \| (\d+) \| .+ \|$/gm)]
    const documented = Object.fromEntries(rows.map(([, kind = '', status]) => [kind, Number(status)]))
    expect(documented).to.deep.equal(
      Object.fromEntries(Object.entries(PROBLEMS).map(([kind, [status]]) => [kind, status])),
    )
  })

  describe('of a running service', () => {
    const KEY = 'key-of-the-shop'
    const API_KEYS = [
      `shop:kyc:read:${createHash('sha256').update(KEY).digest('hex')}`,
      `legal:retention:request+retention:confirm+journal:write:${createHash('sha256').update('legal').digest('hex')}`,
    ].join(',')
    // Nothing listens there.
    const JWT_JWKS_URL = 'http://127.0.0.1:9/keys'
    const TOKENS = { JWT_ISSUER: 'https://identity.example', JWT_AUDIENCE: 'kyc', JWT_JWKS_URL }
    const service = sharedService({ API_KEYS, TREEZOR_WEBHOOK_SECRET: SECRET, ...TOKENS })
    const user = newUser()
    const get = (path: string, authorization = `Bearer ${KEY}`): Promise<Response> =>
      service().get(path, { authorization })
    before(() => service().deliver(request(user)))

    it('tells an unknown user from an unknown path', async () => {
      await isProblem(await get(`/users/${newUser()}/kyc`), 404, 'unknown-user')
      await isProblem(await get(`/users/${newUser()}/kyc/history`), 404, 'unknown-user')
      await isProblem(await get(`/users/${user}/kyc?knownAt=2020-01-01T00:00:00Z`), 404, 'unknown-user')
      for (const path of ['/nowhere', `/users/${user}/kycs`, `/users/${user}/kyc/history/1`]) {
        await isProblem(await get(path), 404, 'unknown-path')
      }
    })

    it('says by its type what is wrong with a question', async () => {
      await isProblem(await get('/users/007/kyc'), 400, 'bad-user-id')
      await isProblem(await get(`/users/${user}/kyc?asof=2025-01-01T00:00:00Z`), 400, 'bad-parameter')
      await isProblem(await get(`/users/${user}/kyc?asOf=yesterday`), 400, 'bad-parameter')
      await isProblem(await get(`/users/${user}/kyc?knownAt=2999-01-01T00:00:00Z`), 400, 'future-known-at')
      await isProblem(await get(`/users/${user}/kyc?minPosition=1`), 400, 'foreign-position')
      const never = '9999999999999999'
      await isProblem(await get(`/users/${user}/kyc?minPosition=${never}`), 503, 'position-not-reached')
      await isProblem(await get('/users/%E0%A4%A/kyc'), 400, 'unreadable-request')
    })

    it('says by its type what is wrong with a key', async () => {
      await isProblem(await get(`/users/${user}/kyc`, ''), 401, 'no-api-key')
      await isProblem(await get(`/users/${user}/events`), 403, 'missing-scope')
      const token = (header: object): string =>
        `Bearer ${Buffer.from(JSON.stringify(header)).toString('base64url')}.e30.c2lnbmF0dXJl`
      await isProblem(await get(`/users/${user}/kyc`, token({ alg: 'none' })), 401, 'bad-token')
      await isProblem(await get(`/users/${user}/kyc`, token({ alg: 'RS256' })), 503, 'issuer-unreachable')
      const signIn = {
        method: 'POST',
        body: new URLSearchParams({ key: KEY }),
        headers: { origin: 'https://elsewhere' },
      }
      await isProblem(await fetch(`${service().url}/sign-in`, signIn), 403, 'foreign-form')
    })

    it('says by its type what is wrong with a legal hold', async () => {
      const post = (path: string, body: string): Promise<Response> =>
        fetch(`${service().url}/users/${user}/holds${path}`, {
          method: 'POST',
          body,
          headers: { authorization: 'Bearer legal' },
        })
      await isProblem(await post('', '{"reason":""}'), 400, 'bad-body')
      await isProblem(await post('/0/lift', '{"reason":"over"}'), 404, 'unknown-hold')
      await isProblem(await post('/first/lift', '{"reason":"over"}'), 404, 'unknown-hold')
      for (const [path, status] of [
        ['', 201],
        ['/0/lift', 200],
      ] as const) {
        expect((await post(path, '{"reason":"a case"}')).status).to.equal(status)
      }
      await isProblem(await post('/0/lift', '{"reason":"over"}'), 409, 'hold-lifted')
    })

    it('tells of a delivery that the journal does not hold', async () => {
      const asked = { method: 'POST', headers: { authorization: 'Bearer legal' } }
      await isProblem(await fetch(`${service().url}/deliveries/4711/resubmit`, asked), 404, 'unknown-delivery')
    })

    it('says so where the journal is damaged: listed, told one by one, and submitted from', async () => {
      const first = await serveHere()
      for (let i = 0; i < 40; i++) await first.post(badlySigned(request(newUser())))
      await first.stop()
      const file = join(first.directory, 'journal.db')
      for (const page of pagesOf(file, 'deliveries', 'leaf')) damagePage(file, page)
      const damaged = await serveHere(first.directory)
      await isProblem(await damaged.get('/deliveries'), 503, 'journal-unreadable')
      const page = await damaged.get('/deliveries', { accept: 'text/html' })
      expect([page.status, await page.text()].join()).to.match(/^503,.*journal-unreadable/s)
      for (const path of ['/deliveries/1/resubmit', '/deliveries/resubmit?reason=signature'])
        await isProblem(await fetch(damaged.url + path, { method: 'POST' }), 503, 'journal-unreadable')
      await damaged.stop()
    })

    it('says by its type what is wrong with a delivery', async () => {
      const body = signed(request(newUser()))
      await isProblem(await service().post('hello'), 400, 'not-a-webhook')
      await isProblem(await service().post('[]'), 400, 'not-a-webhook')
      await isProblem(await service().post(badlySigned(request(newUser()))), 503, 'not-verified')
      await isProblem(await service().post(body + ' '.repeat(1024 * 1024)), 413, 'body-too-large')
      await isProblem(await service().post(body, { 'content-encoding': 'zork' }), 415, 'unsupported-encoding')
      await isProblem(await service().post(body, { 'content-encoding': 'gzip' }), 400, 'unreadable-request')
    })

    for (const [path, allowed] of [
      ['/webhooks/treezor', 'POST'],
      ['/users', 'GET, HEAD'],
      [`/users/${user}/kyc`, 'GET, HEAD'],
      [`/users/${user}/kyc/history`, 'GET, HEAD'],
      [`/users/${user}/events`, 'GET, HEAD'],
      [`/users/${user}/retention`, 'GET, HEAD'],
      [`/users/${user}/holds`, 'POST'],
      [`/users/${user}/holds/0/lift`, 'POST'],
      ['/unattributed/events', 'GET, HEAD'],
      ['/events', 'GET, HEAD'],
      ['/access', 'GET, HEAD'],
      ['/health/live', 'GET, HEAD'],
      ['/health/ready', 'GET, HEAD'],
      ['/metrics', 'GET, HEAD'],
    ] as const) {
      it(`names the methods that ${path.replace(user, '{userId}')} knows to who takes another`, async () => {
        for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
          if (allowed.split(', ').includes(method)) continue
          const response = await fetch(service().url + path, { method })
          expect(response.headers.get('allow'), method).to.equal(allowed)
          if (method === 'OPTIONS') expect(response.status).to.equal(204)
          else if (method === 'HEAD') expect(response.status).to.equal(405)
          else await isProblem(response, 405, 'method-not-allowed')
        }
      })
    }
  })

  describe('of a service whose parts fail', () => {
    let pipeline: Pipeline
    const servers: (() => void)[] = []
    before(async () => {
      pipeline = await openPipeline()
    })
    after(async () => {
      for (const close of servers) close()
      await pipeline.close()
    })

    const log = pino({ level: 'silent' })
    /** Serves the routes and gives their address. */
    const addressOf = async (routes: Routes): Promise<string> => {
      const { url, close } = await serve(routes)
      servers.push(close)
      return url
    }
    const uncertain: Uncertain[] = []
    type Reading = Parameters<typeof userRoutes>[0]
    const reading = (changes: Partial<Reading>): Reading =>
      readingOf(pipeline, { uncertain: (one) => uncertain.push(one), ...changes })
    /** A store of which no stream can be read. */
    const failing = (error: Error): Reading['store'] => ({
      ...pipeline.store,
      // biome-ignore lint/correctness/useYield: it fails before it gives anything
      readStream: async function* () {
        throw error
      },
    })

    const expectUncertain = async (response: Response, kind: string): Promise<void> => {
      expect(response.status).to.equal(200)
      const { status, verified, anomalies } = (await response.json()) as KycStatus
      expect({ status, verified }).to.deep.equal({ status: 'unknown', verified: false })
      expect(anomalies.map((anomaly) => anomaly.kind)).to.deep.equal([kind])
    }

    it('says that the event store does not answer', async () => {
      const url = await addressOf(userRoutes(reading({ store: failing(storeUnreachable('out of reach')) })))
      const response = await fetch(`${url}/users/1/kyc/history`)
      expect(response.headers.get('retry-after')).to.match(/^\d+$/)
      await isProblem(response, 503, 'event-store-unreachable')
    })

    it('says that it could not be recorded who looks, and gives nothing', async () => {
      const user = '42'
      await pipeline.deliver(userWebhook('2', '2025-01-01T00:00:00Z'))
      await pipeline.projected()
      const url = await addressOf(userRoutes(reading({ access: () => async () => E.left('a planted secret') })))
      for (const path of [`/users/${user}/events`, '/unattributed/events']) {
        const response = await fetch(url + path)
        expect(response.headers.get('retry-after'), path).to.match(/^\d+$/)
        expect(await response.clone().text()).to.not.include('planted')
        await isProblem(response, 503, 'access-not-recorded')
      }
    })

    it('says that events of the user cannot be read, and answers of his status that nothing is certain', async () => {
      const url = await addressOf(userRoutes(reading({ store: failing(storeDamaged('kyc-1 cannot be read whole')) })))
      for (const path of ['/users/1/kyc/history', '/users/1/events', '/unattributed/events']) {
        const response = await fetch(url + path)
        expect(response.headers.get('retry-after'), path).to.match(/^\d+$/)
        await isProblem(response, 503, 'history-damaged')
      }
      await expectUncertain(await fetch(`${url}/users/1/kyc?asOf=2025-01-01T00:00:00Z`), 'history-damaged')
      expect(uncertain.splice(0)).to.deep.equal(
        Array(3).fill({ stream: 'kyc-1', kind: 'history-damaged', reason: 'kyc-1 cannot be read whole' }),
      )
    })

    it('says that the stream of the user is not shown any more, and answers of his status that nothing is certain', async () => {
      const url = await addressOf(userRoutes(reading({ store: failing(streamUnreadable('kyc-1 was deleted')) })))
      for (const path of ['/users/1/kyc/history', '/users/1/events']) {
        await isProblem(await fetch(url + path), 410, 'history-removed')
      }
      await expectUncertain(await fetch(`${url}/users/1/kyc?asOf=2025-01-01T00:00:00Z`), 'history-removed')
      expect(uncertain.splice(0)).to.deep.equal(
        Array(3).fill({ stream: 'kyc-1', kind: 'history-removed', reason: 'kyc-1 was deleted' }),
      )
    })

    it('says of an erased user when that was and by which record, whatever is asked about him', async () => {
      const record = { stream: 'kyc-erasures', revision: 3, eventId: null, position: null }
      const erased = { userId: '7' as UserId, erasedAt: '2031-01-01T00:00:00.000Z', erasure: 2, revision: 3 }
      const readModel: Reading['readModel'] = {
        ...reading({}).readModel,
        reader: () => ({ ...pipeline.reader, erasedUser: (userId) => (userId === '7' ? erased : null) }),
      }
      const sources = { ...reading({ readModel }), clockFault: () => null }
      const url = await addressOf((app) => {
        userRoutes(sources)(app)
        retentionRoutes(sources)(app)
      })
      const paths = [
        'retention',
        'kyc',
        'kyc?asOf=2025-01-01T00:00:00Z',
        'kyc?knownAt=2025-01-01T00:00:00Z',
        'kyc/history',
        'events',
      ]
      for (const path of paths) {
        const response = await fetch(`${url}/users/7/${path}`)
        const { erasedAt, erasure, proof, ...told } = (await response.clone().json()) as Record<string, unknown>
        expect({ erasedAt, erasure, proof, record: told['record'] }, path).to.deep.equal({
          erasedAt: '2031-01-01T00:00:00.000Z',
          erasure: 2,
          proof: null,
          record,
        })
        await isProblem(response, 410, 'user-erased')
      }
    })

    it('says that the log is not the one that was sealed, and answers of his status that nothing is certain', async () => {
      const url = await addressOf(userRoutes(reading({ store: failing(notAsSealed()) })))
      const response = await fetch(`${url}/users/1/kyc/history`)
      expect(response.headers.get('retry-after')).to.match(/^\d+$/)
      await isProblem(response, 503, 'not-as-sealed')
      await expectUncertain(await fetch(`${url}/users/1/kyc?asOf=2025-01-01T00:00:00Z`), 'not-as-sealed')
      expect(uncertain.splice(0).map(({ stream, kind }) => `${stream} ${kind}`)).to.deep.equal(
        Array(2).fill('kyc-1 not-as-sealed'),
      )
    })

    it('says that it fails on an event of the user, and of what that holds nothing', async () => {
      const user = '42'
      await pipeline.deliver(userWebhook('2', '2025-01-01T00:00:00Z'))
      await pipeline.projected()
      const url = await addressOf(userRoutes(reading({ store: failingOn(() => true, pipeline.store) })))
      await isProblem(await fetch(`${url}/users/${user}/kyc/history`), 500, 'unreadable-event')
      await expectUncertain(await fetch(`${url}/users/${user}/kyc?asOf=2031-01-01T00:00:00Z`), 'unreadable-event')
      for (const { stream, kind, reason } of uncertain.splice(0)) {
        expect({ stream, kind }).to.deep.equal({ stream: `kyc-${user}`, kind: 'unreadable-event' })
        expect(reason)
          .to.match(/^TypeError at /)
          .and.not.include('what the event holds')
      }
    })

    it('says of a fault of its own nothing but that there is one', async () => {
      const url = await addressOf(userRoutes(reading({ store: failing(new Error('a planted secret')) })))
      const response = await fetch(`${url}/users/1/kyc/history`)
      expect(await response.clone().text()).to.not.include('planted')
      await isProblem(response, 500, 'internal-error')
    })

    it('says that the read model has not caught up', async () => {
      const { readModel } = reading({})
      const behind = { ...readModel, hasCaughtUp: () => false }
      const url = await addressOf(userRoutes(reading({ readModel: behind })))
      for (const path of ['/users', '/users/1/kyc', '/users/1/kyc?asOf=2025-01-01T00:00:00Z', '/users/1/kyc/history']) {
        const response = await fetch(url + path)
        expect(response.headers.get('retry-after')).to.match(/^\d+$/)
        await isProblem(response, 503, 'read-model-behind')
      }
    })

    it('says that the clock stands still', async () => {
      const url = await addressOf(userRoutes(reading({})))
      await isProblem(await fetch(`${url}/users/1/kyc?knownAt=2030-01-01T00:00:00Z`), 503, 'clock-stands-still')
    })

    it('says that too many histories are being told', async () => {
      let release: () => void = () => undefined
      const settled = new Promise<void>((resolve) => {
        release = resolve
      })
      const url = await addressOf(userRoutes(reading({ settled: () => settled })))
      const ask = (): Promise<Response> => fetch(`${url}/users/1/kyc/history`)
      const answers = Array.from({ length: 5 }, ask)
      const first = await Promise.race(answers)
      await isProblem(first, 503, 'too-many-histories')
      release()
      const statuses = (await Promise.all(answers)).map(({ status }) => status)
      expect(statuses.toSorted()).to.deep.equal([404, 404, 404, 404, 503])
      await isProblem(await ask(), 404, 'unknown-user')
    })

    it('says that a history is longer than can be told of at once, before any of it is read', async () => {
      const revision = 100_000_000
      const reader = { ...pipeline.reader, standingOf: () => ({ revision, position: '', altered: false }) }
      const told = reading({})
      const store = failing(new Error('it was read'))
      const long = { ...told, store, readModel: { ...told.readModel, reader: () => reader } } as unknown as Reading
      const url = await addressOf(userRoutes(long))
      for (const query of ['asOf=2025-01-01T00:00:00Z', 'knownAt=2025-01-01T00:00:00Z']) {
        const response = await fetch(`${url}/users/1/kyc?${query}`)
        expect(await response.clone().text()).to.include('the user has 100000001 events; of at most ')
        await isProblem(response, 422, 'history-too-long')
      }
    })

    it('of histories that are long together tells those that there is room for, and the others when they are asked again', async () => {
      // Two of them fit, and not one event more.
      const revision = Math.floor(getHeapStatistics().heap_size_limit / 2 / 4000 / 2) - 1
      const reader = { ...pipeline.reader, standingOf: () => ({ revision, position: '', altered: false }) }
      const told = reading({})
      let release: () => void = () => undefined
      const waiting = new Promise<void>((resolve) => {
        release = resolve
      })
      const store = {
        ...told.store,
        readStream: async function* () {
          await waiting
          yield* []
        },
      }
      const long = { ...told, store, readModel: { ...told.readModel, reader: () => reader } } as unknown as Reading
      const url = await addressOf(userRoutes(long))
      const ask = (): Promise<Response> => fetch(`${url}/users/1/kyc?asOf=2025-01-01T00:00:00Z`)
      const answers = [ask(), ask(), ask()]
      await isProblem(await Promise.race(answers), 503, 'too-many-histories')
      release()
      const statuses = (await Promise.all(answers)).map(({ status }) => status)
      expect(statuses.toSorted()).to.deep.equal([200, 200, 503])
      // An answer is read before the server hears that it was sent.
      let together: readonly Response[]
      do together = await Promise.all([ask(), ask()])
      while (together.some(({ status }) => status !== 200))
    })

    it('says the same of a history that is streamed, and of a page that ends too far behind', async () => {
      const told = reading({})
      const last = { stream: 'kyc-1', revision: 100_000_000, position: '' }
      const store = {
        ...told.store,
        readStream: async function* (stream: string, { direction }: { readonly direction?: string } = {}) {
          if (direction !== 'backwards') throw new Error('it was read')
          if (stream === 'kyc-1') yield last
        },
      }
      const reader = { ...pipeline.reader, standingOf: () => null, orphansOf: () => [] }
      const readModel = { ...told.readModel, reader: () => reader, reached: async () => true }
      const long = { ...told, store, readModel } as unknown as Reading
      const url = `${await addressOf(userRoutes(long))}/users/1/kyc/history`
      await isProblem(await fetch(url, { headers: { accept: 'application/x-ndjson' } }), 422, 'history-too-long')
      await isProblem(await fetch(`${url}?from=99999950`), 422, 'history-too-long')
    })

    it('says of an event that it is not shown to be in the log, and why', async () => {
      await pipeline.deliver(userWebhook('2', '2025-01-01T00:00:00Z'))
      const sealed = sealing(pipeline.store, newSealKey())
      const { tree } = sealed
      const at = async (changes: Partial<SealedLog>): Promise<string> => {
        const proofs = evidenceRoutes({ ...reading({}), sealed: { ...sealed, ...changes }, sealEvery: 60, log })
        return `${await addressOf(proofs)}/users/42/events`
      }
      await isProblem(await fetch(`${await at({})}/9/proof`), 404, 'unknown-event')
      await isProblem(await fetch(`${await at({})}/0/proof`), 503, 'not-sealed')
      await sealed.seal()
      const other = { ...tree, indexOf: () => null }
      await isProblem(await fetch(`${await at({ tree: other })}/0/proof`), 500, 'sealed-otherwise')
      const head = await sealed.seal()
      const latest = () => ({ ...head, root: Buffer.alloc(32) })
      await isProblem(await fetch(`${await at({ latest })}/0/proof`), 503, 'tree-differs')
    })

    it('says that too many read the whole log', async () => {
      const { promise: gate, resolve: release } = Promise.withResolvers<E.Either<string, void>>()
      const url = await addressOf(wholeLogRoutes(reading({ access: () => () => gate }), new AbortController().signal))
      const answers = Array.from({ length: 5 }, () => fetch(`${url}/events`))
      await isProblem(await Promise.race(answers), 503, 'too-many-feeds')
      release(E.right(undefined))
      expect((await Promise.all(answers)).map(({ status }) => status).toSorted()).to.deep.equal([
        200, 200, 200, 200, 503,
      ])
    })

    it('says that another version tells of changes', async () => {
      const changes = { read: () => E.left('other-meaning' as const), moved: async () => undefined }
      const url = await addressOf(
        changeRoutes({ changes, logId: () => 'x', authentication: OPEN_TO_ALL }, new AbortController().signal),
      )
      await isProblem(await fetch(`${url}/changes`), 503, 'other-meaning')
    })

    it('says that a delivery could not be stored, or is not taken by a wrong clock', async () => {
      const recorder = {
        record: () => async () => E.left({ _tag: 'StoreUnavailable' as const, reason: 'out of reach' }),
        settled: async () => undefined,
      }
      const cannot = async () => E.left('the journal was not to be asked')
      const nothing = async () => undefined
      const journal = { keep: cannot, find: () => null, stillKept: cannot, done: nothing, letGo: nothing }
      const readiness: Readiness = {
        ready: true,
        eventStore: 'up',
        journal: 'up',
        clock: 'right',
        readModel: 'caught up',
        subscription: 'up',
        seals: 'off',
        position: null,
      }
      const metrics = openMetrics(
        () => readiness,
        () => ({ reasons: [], oldestOpen: null }),
        () => 0,
      )
      let lines = 0
      const log = pino(
        {},
        {
          write: () => {
            lines += 1
          },
        },
      )
      const secrets = () => [webhookSecret(SECRET)]
      let fault: ClockFault | null = null
      let left = 1
      const url = await addressOf(
        webhookRoutes({
          recorder,
          secrets,
          journal,
          now: () => RECEIVED_AT,
          clockFault: () => fault,
          log,
          metrics,
          doubtsOf: () => ({
            source: null,
            isKnown: false,
            isWithin: () => left > 0,
            hasOwn: () => left > 0,
            vouched: () => undefined,
            spend: async () => (left > 0 ? null : 450),
          }),
        }),
      )
      const response = await fetch(`${url}/webhooks/treezor`, { method: 'POST', body: signed(request('1')) })
      expect(response.headers.get('retry-after')).to.match(/^\d+$/)
      await isProblem(response, 503, 'not-stored')
      lines = 0
      for (let times = 0; times < 610; times += 1)
        await (await fetch(`${url}/webhooks/treezor`, { method: 'POST', body: signed(request('1')) })).text()
      expect(lines).to.equal(599)

      left = 0
      const unverified = await fetch(`${url}/webhooks/treezor`, { method: 'POST', body: badlySigned(request('1')) })
      expect(unverified.headers.get('retry-after')).to.equal('450')
      await isProblem(unverified, 503, 'too-many-unverified')

      let slow: Response | null = null
      const unending = new ReadableStream({ start: (body) => body.enqueue(Buffer.alloc(70_000, ' ')) })
      const sent = { method: 'POST', body: unending, duplex: 'half' } as const
      void fetch(`${url}/webhooks/treezor`, sent).then((answer) => {
        slow = answer
      })
      await untilTrue('who is slow has made room', async () => {
        const body = signed(request('1')) + ' '.repeat(70_000)
        await (await fetch(`${url}/webhooks/treezor`, { method: 'POST', body })).text()
        return slow !== null
      })
      const madeRoom = slow as unknown as Response
      expect(madeRoom.headers.get('retry-after')).to.equal('5')
      await isProblem(madeRoom, 503, 'too-many-large')

      fault = { clock: 'leapt', reason: 'the clock went back' }
      const closed = await fetch(`${url}/webhooks/treezor`, { method: 'POST', body: signed(request('1')) })
      expect(closed.headers.get('retry-after')).to.match(/^\d+$/)
      await isProblem(closed, 503, 'clock-wrong')
      // What is not read is not to come before the next request: the connection ends.
      const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined)
      socket.write('POST /webhooks/treezor HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{')
      expect(await text(socket))
        .to.include('clock-wrong')
        .and.include('Connection: close')
    })
  })

  it('says why a step of an erasure is not taken', async () => {
    const pipeline = await openPipeline()
    const key = (name: string, scopes: readonly Scope[]): ApiKey => ({
      name,
      scopes,
      sha256: createHash('sha256').update(name).digest('hex'),
    })
    const apiKeys = [key('legal', ['retention:request', 'retention:confirm'])]
    const reading = readingOf(pipeline)
    const readModel = { ...reading.readModel, reader: () => ({ ...pipeline.reader, erasedUser: () => null }) }
    let answer: E.Either<StepRefused, number> = E.left({ _tag: 'Unknown' })
    const step = async (): Promise<typeof answer> => answer
    const sources = {
      ...reading,
      readModel,
      authentication: byKeys(() => apiKeys),
      known: knownErasures(pipeline.store, () => undefined),
      asking: { request: step, confirm: step, withdraw: step },
      askingForDue: {
        request: async () => E.right([]),
        confirm: async () => E.right([]),
        automatic: async () => E.right([]),
      },
      isSealed: true,
      begin: () => undefined,
    }
    const served = await serve(erasingRoutes(sources))
    const unsealed = await serve(erasingRoutes({ ...sources, isSealed: false }))
    const post = (url: string, path = '/users/7/erasure/0/confirm'): Promise<Response> =>
      fetch(url + path, {
        method: 'POST',
        body: '{"reason":"x"}',
        headers: { authorization: 'Bearer legal' },
      })
    await isProblem(await post(served.url), 404, 'unknown-erasure')
    answer = E.left({ _tag: 'Forbidden', reason: 'a rule' })
    await isProblem(await post(served.url), 409, 'erasure-forbidden')
    await isProblem(await post(unsealed.url), 409, 'erasure-forbidden')
    answer = E.left({ _tag: 'SamePerson', reason: 'the same key' })
    await isProblem(await post(served.url), 403, 'second-person-needed')
    answer = E.left({ _tag: 'NotRecorded', reason: 'out of reach' })
    const response = await post(served.url)
    expect(response.headers.get('retry-after')).to.match(/^\d+$/)
    await isProblem(response, 503, 'erasure-not-recorded')
    served.close()
    unsealed.close()
    await pipeline.close()
  })

  it('says why the provider is not asked', async () => {
    const pipeline = await openPipeline()
    let lacking: string | null = 'nothing is set'
    let refused: Busy | NoLease = { _tag: 'Busy', reason: 'another run is under way' }
    const sources = {
      ...readingOf(pipeline),
      clockFault: () => null,
      lacks: () => lacking,
      reconciling: () => ({ begin: async () => E.left(refused), figures: () => NO_FIGURES }),
    }
    const served = await serve(reconciliationRoutes(sources, new AbortController().signal))
    const post = (): Promise<Response> => askToReconcile(served.url, { kind: 'suspects' })
    await isProblem(await post(), 409, 'provider-not-set')
    lacking = null
    await isProblem(await post(), 409, 'reconciliation-under-way')
    refused = { _tag: 'NoLease', reason: 'out of reach' }
    const response = await post()
    expect(response.headers.get('retry-after')).to.match(/^\d+$/)
    await isProblem(response, 503, 'event-store-unreachable')
    served.close()
    await pipeline.close()
  })

  it('says why a step of a release is not taken', async () => {
    const pipeline = await openPipeline()
    const name = 'anna'
    const sha256 = createHash('sha256').update(name).digest('hex')
    const authentication = byKeys(() => [{ name, scopes: ['release:request', 'release:confirm'], sha256 }])
    const served = await serve(releaseRoutes({ ...readingOf(pipeline), authentication, clockFault: () => null }))
    const post = (path: string, body: object = {}): Promise<Response> =>
      fetch(`${served.url}/users/42/releases${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { authorization: `Bearer ${name}` },
      })
    const validated = userWebhook('2', '2025-01-02T00:00:00Z')
    await pipeline.deliver(validated)
    await isProblem(await post('', { stream: 'kyc-42', revision: 0, reason: 'x' }), 409, 'not-held-back')
    await pipeline.deliver(userWebhook('3', '2025-01-03T00:00:00Z'))
    await pipeline.deliver(sentAgain(validated, '2025-01-04T00:00:00Z'))
    expect((await post('', { stream: 'kyc-42', revision: 2, reason: 'x' })).status).to.equal(201)
    await isProblem(await post('/3/confirm'), 403, 'second-person-needed')
    await isProblem(await post('/2/confirm'), 404, 'unknown-release')
    const releases = { stream: 'kyc-42', revision: 2, eventId: 'any', payloadHash: 'any' }
    const on = { request: 3, requestedBy: name, confirmedBy: 'somebody else' }
    const confirmed = ownEvent('confirmed', { type: RELEASED, data: { releases, on }, recordedAt: RECEIVED_AT })
    await pipeline.store.append('kyc-42', 3, [confirmed])()
    await isProblem(await post('/3/confirm'), 409, 'release-confirmed')
    served.close()
    await pipeline.close()
  })

  it('is answered where nobody can be named, and where another machine is: by a service without keys', async () => {
    const pipeline = await openPipeline()
    const served = await serve(retentionRoutes({ ...readingOf(pipeline), clockFault: () => null }))
    const hold = (path: string): Promise<Response> =>
      fetch(`${served.url}/users/7/holds${path}`, { method: 'POST', body: '{"reason":"a case"}' })
    await isProblem(await hold(''), 403, 'keys-not-set')
    await isProblem(await hold('/0/lift'), 403, 'keys-not-set')
    const asked = ask(`${served.url}/users/7/holds`, { method: 'POST', headers: { host: 'rebound.example' } }).end()
    const [refused] = (await once(asked, 'response')) as [IncomingMessage]
    const { statusCode: status = 0, headers } = refused
    await isProblem(
      new Response(await text(refused), { status, headers: headers as Record<string, string> }),
      421,
      'foreign-host',
    )
    served.close()
    await pipeline.close()
  })

  describe('of each kind', () => {
    it('has been seen over HTTP by now', () => {
      expect([...seen].toSorted()).to.deep.equal(Object.keys(PROBLEMS).toSorted())
    })
  })
})
