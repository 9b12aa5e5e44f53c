import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { UserId } from '../../../domain/identifiers.ts'
import { userRoutes } from '../../../src/http/users/users.ts'
import { accessEvent } from '../../../src/ledger/accessEvent.ts'
import { ACCESSES } from '../../../src/ledger/streams.ts'
import { startEventStoreDb } from '../../support/eventStoreDb/eventStoreDb.ts'
import { newEvent } from '../../support/events/newEvents.ts'
import { instant } from '../../support/events/storedEvents.ts'
import { eventsOf, readingLog, writingLog } from '../../support/logs/logs.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { openPipeline } from '../../support/pipeline/pipeline.ts'
import { readingOf, serve } from '../../support/pipeline/servedPipeline.ts'
import { right } from '../../support/right.ts'
import { answered, expectProblem, okText } from '../../support/service/answers.ts'
import { kycHere } from '../../support/service/kycHere.ts'
import { readyHere, type Service, serveHere, sharedService, startService } from '../../support/service/service.ts'
import { user as userWebhook } from '../../support/webhooks/plainWebhooks.ts'
import { document, newUser, request, SECRET, signed } from '../../support/webhooks/webhookBuilders.ts'

interface AccessJson {
  readonly revision: number
  readonly recordedAt: string
  readonly key: string | null
  readonly read: string
  readonly userId: string | null
}

interface Page {
  readonly events: readonly AccessJson[]
  readonly next: string | null
}

const KEYS = { auditor: 'key-of-the-auditor', second: 'key-of-another', shop: 'key-of-the-shop' }
const keyOf = (key: string): string => createHash('sha256').update(key).digest('hex')
const API_KEYS = [
  `auditor:audit:read:${keyOf(KEYS.auditor)}`,
  `Second Auditor:kyc:read+audit:read:${keyOf(KEYS.second)}`,
  `shop:kyc:read:${keyOf(KEYS.shop)}`,
].join(',')
const NDJSON = { accept: 'application/x-ndjson' }

describe('who looked', () => {
  const service = sharedService({ API_KEYS, TREEZOR_WEBHOOK_SECRET: SECRET, METRICS_OPEN: 'on' })
  const ask = (path: string, key: keyof typeof KEYS = 'auditor', headers: Readonly<Record<string, string>> = {}) =>
    service().get(path, { authorization: `Bearer ${KEYS[key]}`, ...headers })
  const projected = () => service().projected({ authorization: `Bearer ${KEYS.second}` })
  const pageOf = async (path: string): Promise<Page> => JSON.parse(await okText(await ask(path))) as Page
  const of = ({ key, read, userId }: AccessJson) => `${key} ${read} ${userId}`
  const lastRevision = async (): Promise<number> => (await pageOf('/access?limit=1000')).events.at(-1)?.revision ?? -1
  /** What was recorded since, without that this is asked. */
  const since = async (revision: number): Promise<readonly AccessJson[]> =>
    (await pageOf(`/access?from=${revision + 1}&limit=1000`)).events.slice(0, -1)

  const [user, other] = [newUser(), newUser()]
  before(async () => {
    await service().deliver(request(user))
    await service().deliver(request(other))
    await service().deliver(document('update', '0', {}, { documentId: `nobodys ${user}` }))
    await projected()
  })

  it('is told by the name of the key, what was read, and whose it was', async () => {
    const before = await lastRevision()
    await okText(await ask(`/users/${user}/events`))
    await okText(await ask(`/users/${user}/events`, 'second', NDJSON))
    await okText(await ask('/unattributed/events', 'second'))
    await okText(await ask('/events'))
    await okText(await ask(`/access?userId=${other}`, 'second'))
    const told = await since(before)
    expect(told.map(of)).to.deep.equal([
      `auditor user-events ${user}`,
      `Second Auditor user-events ${user}`,
      'Second Auditor unattributed-events null',
      'auditor log null',
      `Second Auditor accesses ${other}`,
    ])
    expect(told.map(({ revision }) => revision)).to.deep.equal([1, 2, 3, 4, 5].map((n) => before + n))
    for (const { recordedAt } of told) expect(Date.now() - Date.parse(recordedAt)).to.be.within(0, 600_000)
  })

  it('is told of nobody who was given nothing, and not of who asked for no person', async () => {
    const before = await lastRevision()
    await expectProblem(await ask(`/users/${newUser()}/events`), 404)
    await expectProblem(await ask(`/users/${user}/events?from=x`), 400)
    await expectProblem(await ask('/unattributed/events?to=1'), 400)
    await expectProblem(await ask('/events?after=1'), 400)
    await expectProblem(await ask('/access?user=1'), 400)
    await expectProblem(await ask(`/users/${user}/events`, 'shop'), 403)
    await expectProblem(await ask('/access', 'shop'), 403)
    await expectProblem(await ask('/events', 'shop'), 403)
    await expectProblem(await service().get('/access'), 401)
    await okText(await ask(`/users/${user}/kyc`, 'shop'))
    await okText(await ask(`/users/${user}/kyc/history`, 'shop'))
    await okText(await ask('/users', 'shop'))
    expect(await since(before)).to.deep.equal([])
  })

  it('of fifty readings at once is fifty events, each of its own', async () => {
    const users = Array.from({ length: 10 }, newUser)
    for (const one of users) await service().deliver(request(one))
    await projected()
    const before = await lastRevision()
    const asked = Array.from({ length: 50 }, (_, n) => users[n % 10])
    await Promise.all(asked.map(async (one) => okText(await ask(`/users/${one}/events`))))
    const told = await since(before)
    expect(told.map(({ revision }) => revision)).to.deep.equal(asked.map((_, n) => before + 1 + n))
    expect(told.map(({ userId }) => userId).toSorted()).to.deep.equal(asked.toSorted())
  })

  it('of one user is told with what was read of several', async () => {
    const [one, another] = [newUser(), newUser()]
    for (const who of [one, another]) await service().deliver(request(who))
    await projected()
    const before = await lastRevision()
    for (const path of [`/users/${one}/events`, `/users/${another}/events`, '/events']) {
      await okText(await answered(() => ask(path)))
    }
    const { events } = await pageOf(`/access?userId=${one}&from=${before + 1}`)
    expect(events.map(of)).to.deep.equal([`auditor user-events ${one}`, 'auditor log null', `auditor accesses ${one}`])
  })

  it('comes in pages that join, and end though each page is itself a reading', async () => {
    const all = (await pageOf('/access?limit=1000')).events
    for (const limit of [1, 7]) {
      const seen: AccessJson[] = []
      let next: string | null = `/access?limit=${limit}`
      while (next !== null) {
        const page: Page = await pageOf(next)
        expect(page.events.length).to.be.at.most(limit)
        seen.push(...page.events)
        next = page.next
      }
      expect(seen.slice(0, all.length)).to.deep.equal(all)
      expect(seen.map(({ revision }) => revision)).to.deep.equal(seen.map((_, n) => n))
      expect(seen.at(-1)).to.include({ read: 'accesses', userId: null })
    }
    const lines = (await okText(await ask('/access', 'auditor', NDJSON))).trimEnd().split('\n')
    expect(lines.slice(0, all.length).map((line) => JSON.parse(line))).to.deep.equal(all)
    expect((await okText(await ask('/access?limit=2', 'auditor', NDJSON))).trimEnd().split('\n')).to.have.length(2)
  })

  it('holds neither keys nor what was read, and goes through verify as what this service wrote', async () => {
    const events = (await readingLog(service().directory, eventsOf)).filter(({ stream }) => stream === ACCESSES)
    const text = events.map(({ data, metadata }) => data + metadata).join('\n')
    for (const key of Object.values(KEYS)) {
      expect(text).to.not.include(key)
      expect(text).to.not.include(keyOf(key))
    }
    for (const { data } of events) expect(Object.keys(JSON.parse(data))).to.deep.equal(['key', 'read', 'userId'])
    const verified = await kycHere(service().directory, ['verify'], { TREEZOR_WEBHOOK_SECRET: SECRET })
    expect(verified.code, verified.stdout + verified.stderr).to.equal(0)
  })

  it('is counted', async () => {
    const figure = async (name: string): Promise<number> => {
      const metrics = await (await service().get('/metrics')).text()
      const line = metrics.split('\n').find((one) => one.startsWith(`${name} `))
      return Number(line?.slice(name.length + 1))
    }
    const before = await figure('kyc_accesses_total{read="user-events"}')
    await okText(await ask(`/users/${user}/events`))
    expect(await figure('kyc_accesses_total{read="user-events"}')).to.equal(before + 1)
    expect(await figure('kyc_accesses_total{read="evidence"}')).to.equal(0)
    expect(await figure('kyc_accesses_refused_total')).to.equal(0)
  })
})

describe('that somebody looks', () => {
  it('is in the log before the first byte is given, whatever becomes of the service then', async () => {
    const service = await startService()
    const user = newUser()
    await service.deliver(request(user))
    await service.kyc(user)
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    const killed = new Promise<string>((resolve) => {
      socket.once('data', (bytes) => {
        service.signal('SIGKILL')
        resolve(String(bytes))
      })
    })
    socket.write(`GET /users/${user}/events HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    expect(await killed).to.match(/^HTTP\/1\.1 200 /)
    await service.exited
    socket.destroy()
    const told = (await readingLog(service.directory, eventsOf)).filter(({ stream }) => stream === ACCESSES)
    expect(told).to.have.length(1)
    expect(JSON.parse(told[0]?.data ?? '')).to.deep.equal({ key: null, read: 'user-events', userId: user })
  })

  it('is waited for: nothing is given while its append is under way', async () => {
    const pipeline = await openPipeline()
    await pipeline.deliver(userWebhook('2', '2025-01-01T00:00:00Z'))
    await pipeline.projected()
    const { access } = readingOf(pipeline)
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    let durable = false
    const held: typeof access = (one) => async () => {
      await gate
      const recorded = await access(one)()
      durable = true
      return recorded
    }
    const served = await serve(userRoutes(readingOf(pipeline, { access: held })))
    const answers = ['/users/42/events', '/unattributed/events'].map(async (path) => {
      const response = await fetch(served.url + path)
      return { durable, status: response.status, text: await response.text() }
    })
    await Promise.race([...answers, sleep(200)])
    open()
    for (const { text, ...answer } of await Promise.all(answers)) {
      expect(answer, text).to.deep.equal({ durable: true, status: 200 })
    }
    served.close()
    await pipeline.close()
  })

  /** Everything that holds persons' data. */
  const expectNothingGiven = async (service: Service, user: string): Promise<void> => {
    const paths = [`/users/${user}/events`, '/unattributed/events', '/events', '/access']
    for (const accept of ['application/json', 'application/x-ndjson', 'text/event-stream']) {
      for (const path of paths) {
        const response = await service.get(path, { accept })
        expect(response.headers.get('retry-after'), path).to.match(/^\d+$/)
        const text = await expectProblem(response, 503)
        expect(text).to.not.include(user)
      }
    }
  }

  it('cannot be recorded on a full disk: nothing is given, until it can', async function () {
    try {
      execFileSync('prlimit', ['--version'], { stdio: 'ignore' })
    } catch {
      this.skip()
    }
    const service = await startService()
    const user = newUser()
    await service.deliver(request(user))
    await service.kyc(user)
    const before = (await service.events(user)).length
    const limit = (bytes: number | 'unlimited'): void => {
      execFileSync('prlimit', ['--pid', String(service.pid), `--fsize=${bytes}:unlimited`], { stdio: 'ignore' })
    }
    limit(statSync(join(service.directory, 'events.db-wal')).size)
    await expectNothingGiven(service, user)
    const metrics = await (await service.get('/metrics')).text()
    // The read model cannot be written, either, and what is asked of a user may be refused for that.
    expect(Number(/^kyc_accesses_refused_total (\d+)$/m.exec(metrics)?.[1])).to.be.within(9, 12)
    await service.says("a read of persons' data was refused")
    limit('unlimited')
    await service.ready()
    expect(await service.events(user)).to.have.length(before)
    await service.stop()
  })

  it('cannot be recorded in a server that is out of reach: nothing is given; statuses are', async () => {
    const server = await startEventStoreDb()
    const service = await readyHere(newDirectory(), { EVENT_STORE: server.connectionString })
    const user = newUser()
    await service.deliver(request(user))
    await service.kyc(user)
    await server.faults.during('append', 'unavailable', async () => {
      const refused = await service.get(`/users/${user}/events`)
      await expectProblem(refused, 503, 'access-not-recorded')
    })
    expect(await service.kyc(user)).to.include({ status: 'pending' })
    await service.stop()
    await server.stop()
  })
})

describe('a long list of who looked', () => {
  it('is looked through in steps: a page on which there is nothing leads on, and the last one does not', async () => {
    const directory = newDirectory()
    const first = await serveHere(directory)
    await first.stop()
    const count = 25_000
    await writingLog(directory, async (store) => {
      const at = instant('2026-01-01T00:00:00Z')
      const events = Array.from({ length: count }, (_, n) => {
        const userId = (n === 0 || n === count - 1 ? '7' : '8') as UserId
        return accessEvent(randomUUID(), { key: null, read: 'user-events', userId }, at)
      })
      right(await store.append(ACCESSES, 'no-stream', events)())
      right(await store.append(ACCESSES, count - 1, [newEvent()])())
    })
    const service = await readyHere(directory)
    const pages: Page[] = []
    for (let next: string | null = '/access?userId=7'; next !== null; next = pages.at(-1)?.next ?? null) {
      pages.push(await service.json<Page>(next))
    }
    expect(pages.map(({ events }) => events.map(({ revision }) => revision))).to.deep.equal([
      [0],
      [],
      [count - 1, count, count + 1],
    ])
    const unreadable = pages.at(-1)?.events[1]
    expect(unreadable).to.include({ revision: count, unreadable: true }).and.to.not.have.property('key')
    await service.stop()
  })

  it('knows no other parameters, and no user id that is none', async () => {
    const service = await serveHere()
    for (const query of ['?userId=007', '?until=x', '?after=1', '?fromUnattributed=1', '?limit=0']) {
      await expectProblem(await service.get(`/access${query}`), 400, 'bad-parameter')
    }
    expect((await service.post(signed(request(newUser())))).status).to.equal(200)
    await service.stop()
  })
})
