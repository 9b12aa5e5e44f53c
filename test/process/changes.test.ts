import { rmSync } from 'node:fs'
import { expect } from 'chai'
import { fromMilliseconds } from '../../domain/instant.ts'
import { KYC_STATUS } from '../../projections/kycStatus.ts'
import { openEsdbEventStore } from '../../src/eventStore/esdb/esdbEventStore.ts'
import { recordMeaning } from '../../src/ledger/meaning.ts'
import { currentReadModel } from '../../src/readModel/file.ts'
import { startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { right } from '../support/right.ts'
import { expectProblem, okText } from '../support/service/answers.ts'
import { openFeed } from '../support/service/feed.ts'
import { type OwnService, readyHere, type Service, serveHere, startService } from '../support/service/service.ts'
import { newUser, refusal, request, validation } from '../support/webhooks/webhookBuilders.ts'

interface Line {
  readonly specversion: string
  readonly id: string
  readonly source: string
  readonly subject: string
  readonly data: {
    readonly status: string
    readonly verified: boolean
    readonly since: string
    readonly position: string
  }
}

const linesOf = async (node: OwnService, after?: string): Promise<readonly Line[]> => {
  const text = await okText(await node.get(`/changes${after === undefined ? '' : `?after=${after}`}`))
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}
const said = (lines: readonly Line[]): readonly string[] =>
  lines.map(({ subject, data }) => `${subject} ${data.status}`)

/** Follows live from node to node, by what it was told last. */
const follower = () => {
  const known = new Map<string, string>()
  let last: string | undefined
  let told = 0
  return {
    known,
    told: () => told,
    until: async (node: OwnService, user: string, status: string): Promise<void> => {
      const feed = await openFeed(`${node.url}/changes`, last === undefined ? {} : { 'last-event-id': last })
      while (known.get(user) !== status) {
        const message = await feed.next()
        if (message === null) throw new Error('the feed ended')
        const line = JSON.parse(message.data) as Line
        expect(line.id).to.equal(message.id)
        known.set(line.subject, line.data.status)
        last = line.id
        told += 1
      }
      feed.leave()
    },
  }
}

describe('changes of how users stand', () => {
  let node: OwnService
  let dying: Service
  const users = [newUser(), newUser(), newUser()]
  const [one = '', two = '', three = ''] = users
  before(async () => {
    dying = await startService()
    node = dying
    await node.ready()
    for (const user of users) await node.deliver(request(user))
    await node.deliver(validation(one))
  })
  after(() => node.stop())

  it('are told in lines and live, as CloudEvents, and name no person', async () => {
    await eventually('all is told', async () => ((await linesOf(node)).at(-1)?.data.verified === true ? true : null))
    // Pages are shared with whoever read them a moment before: what changed meanwhile comes behind them.
    const read = await linesOf(node)
    const lines = read.filter(({ subject }, index) => read.findLastIndex((line) => line.subject === subject) === index)
    expect(said(lines)).to.deep.equal([`${two} pending`, `${three} pending`, `${one} validated`])
    const kyc = (await node.kyc(one)) as unknown as { readonly legacy: { readonly since: string } }
    const last = lines.at(-1)
    expect(Object.keys(last ?? {})).to.deep.equal([
      'specversion',
      'id',
      'source',
      'type',
      'subject',
      'datacontenttype',
      'data',
    ])
    expect(last?.data).to.include({ verified: true, since: kyc.legacy.since })
    expect(last?.source).to.match(/^\/kyc-ledger\/[0-9a-f-]{36}$/)
    expect(await linesOf(node, last?.id)).to.deep.equal([])
    expect(said(await linesOf(node, lines[0]?.id))).to.deep.equal([`${three} pending`, `${one} validated`])
    expect(said(await linesOf(node, lines[1]?.data.position))).to.deep.equal([`${three} pending`, `${one} validated`])
    // A client of server-sent events that comes again asks for the path that it asked for at first.
    for (const path of ['/changes', `/changes?after=${lines[0]?.id}`]) {
      const feed = await openFeed(node.url + path, { 'last-event-id': lines[1]?.id ?? '' })
      expect(JSON.parse((await feed.next())?.data ?? 'null')).to.deep.equal(last)
      feed.leave()
    }
    const listed = JSON.parse(await okText(await node.get('/users?changedAfter=0&limit=2')))
    expect(listed.users).to.deep.equal(
      lines.slice(0, 2).map(({ id, subject, data }) => ({
        userId: subject,
        status: 'pending',
        since: data.since,
        nextReviewDate: null,
        verified: false,
        changed: id,
      })),
    )
    const rest = JSON.parse(await okText(await node.get(listed.next)))
    expect(rest.users).to.have.length(1)
    expect(rest.next).to.equal(null)
    const pending = JSON.parse(await okText(await node.get(`/users?pendingSince=${lines[0]?.data.since}`)))
    expect(pending.users.map(({ userId }: { readonly userId: string }) => userId))
      .to.include(two)
      .and.not.include(one)
    expect(JSON.parse(await okText(await node.get('/users?pendingSince=2000-01-01T00:00:00Z'))).users).to.deep.equal([])
  })

  it('are asked for by ids of this log and nothing else', async () => {
    for (const accept of ['application/x-ndjson', 'text/event-stream']) {
      const ask = (query: string) => node.get(`/changes${query}`, { accept })
      await expectProblem(await ask('?after=x%20y'), 400, 'bad-parameter')
      await expectProblem(await ask('?from=1'), 400, 'bad-parameter')
      await expectProblem(await ask('?after=1'), 400, 'foreign-position')
      await expectProblem(await ask('?after=0000000000000001.ffffffff-0-0-12345678.1'), 400, 'foreign-position')
      const head = await fetch(`${node.url}/changes`, { method: 'HEAD', headers: { accept } })
      expect([head.status, head.headers.get('content-type')?.split(';')[0]]).to.deep.equal([200, accept])
    }
    await expectProblem(await node.get('/users?changedAfter=1'), 400, 'foreign-position')
    await expectProblem(await node.get('/users?changedAfter=0&status=pending'), 400, 'bad-parameter')
  })

  it('are followed through the death of the process, and the loss of the read model', async () => {
    const { until, known, told } = follower()
    await until(node, one, 'validated')
    expect(told()).to.equal(3)
    await node.deliver(refusal(two))
    await dying.kill()
    node = await readyHere(node.directory)
    await until(node, two, 'refused')
    await node.stop()
    rmSync(currentReadModel(node.directory))
    node = await readyHere(node.directory)
    await node.deliver(refusal(three))
    await until(node, three, 'refused')
    expect(Object.fromEntries(known)).to.deep.equal({ [one]: 'validated', [two]: 'refused', [three]: 'refused' })
  })
})

const twoNodes = (name: string, open: () => Promise<{ readonly url: string; readonly close: () => Promise<void> }>) =>
  describe(`changes that two nodes tell of in front of ${name}`, () => {
    it('are followed from one to the other in the middle, and the log says once by which version', async () => {
      const server = await open()
      const env = { EVENT_STORE: server.url }
      const nodes = await Promise.all([startService(newDirectory(), env), serveHere(newDirectory(), env)])
      await Promise.all(nodes.map((node) => node.ready()))
      const [first, second] = nodes
      const log = (await okText(await first.get('/events')))
        .split('\n')
        .filter((line) => line.includes('kyc-ledger.meaning'))
      expect(log).to.have.length(1)
      const { until, known, told } = follower()
      const users = Array.from({ length: 6 }, newUser)
      const expected: Record<string, string> = {}
      for (const [index, user] of users.entries()) {
        const [taking, telling] = index % 2 === 0 ? [first, second] : [second, first]
        await taking.deliver(request(user))
        await until(telling, user, 'pending')
        const changed = users[Math.max(0, index - 2)] ?? user
        await telling.deliver(validation(changed))
        await until(index % 3 === 0 ? taking : telling, changed, 'validated')
        expected[user] ??= 'pending'
        expected[changed] = 'validated'
      }
      expect(Object.fromEntries(users.map((user) => [user, known.get(user)]))).to.deep.equal(expected)
      // Few come twice.
      if (known.size === users.length) expect(told()).to.be.lessThan(40)
      for (const node of nodes) await node.stop()
      await server.close()
    })
  })

twoNodes('the protocol double', async () => {
  const double = await startEventStoreDb()
  return { url: double.connectionString, close: () => double.stop() }
})

describe('changes by which version', () => {
  it('are told is for the newer of two that serve: an older one that starts meanwhile takes nothing of it', async () => {
    const server = await startEventStoreDb()
    const env = { EVENT_STORE: server.connectionString }
    const node = await readyHere(newDirectory(), env)
    const user = newUser()
    await node.deliver(request(user))
    const [told] = await eventually('it is told', async () => {
      const lines = await linesOf(node)
      return lines.length > 0 ? lines : null
    })
    const store = right(await openEsdbEventStore({ connectionString: server.connectionString })())
    const now = () => fromMilliseconds(Date.now())
    const records = () => server.events().filter(({ type }) => type === 'kyc-ledger.meaning').length
    await recordMeaning(store, KYC_STATUS.version - 1, now)
    await eventually('it records itself again', () => (records() === 3 ? true : null))
    const again = await eventually('he is told again', async () => {
      const response = await node.get(`/changes?after=${told?.id}`)
      const text = await response.text()
      return response.status === 200 && text !== '' ? text : null
    })
    expect((JSON.parse(again) as Line).subject).to.equal(user)
    await recordMeaning(store, KYC_STATUS.version + 1, now)
    await eventually('a newer one tells', async () => ((await node.get('/changes')).status === 503 ? true : null))
    await expectProblem(await node.get('/changes'), 503, 'other-meaning')
    expect(records()).to.equal(4)
    await store.close()
    await node.stop()
    await server.stop()
  })
})

const { EVENTSTORE_TEST_URL: realServer } = process.env
if (realServer === undefined)
  console.log('EVENTSTORE_TEST_URL is not set: changes of two nodes were not followed with a real EventStoreDB')
else twoNodes('a real EventStoreDB', async () => ({ url: realServer, close: async () => undefined }))
