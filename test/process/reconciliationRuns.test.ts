import { createHash } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { completed, KEYS, requestAndConfirm, withPolicy } from '../support/erasures/erasing.ts'
import { startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually, untilTrue } from '../support/patience.ts'
import { asked, linesIn, reconcile } from '../support/reconciling/reconciling.ts'
import { expectProblem, okText } from '../support/service/answers.ts'
import { startHere } from '../support/service/inProcess.ts'
import { type AskedService, type Service, serviceAt, startService } from '../support/service/service.ts'
import type { Env } from '../support/service/serviceProcess.ts'
import { notJson, silence, status } from '../support/treezorApi/faults.ts'
import { type TreezorApi, treezorApi } from '../support/treezorApi/treezorApi.ts'
import { on, request, signed, validation } from '../support/webhooks/webhookBuilders.ts'

const FIRST = 4_000_000
const USERS = 12
const REFUSED = { kycReview: 3, kycLevel: 4 }

/** Users of whom no webhook came that says what the provider does: each is asked about by himself. */
const drifting = (provider: TreezorApi): readonly string[] =>
  Array.from({ length: USERS }, (_, index) => {
    const user = String(FIRST + index)
    provider.setUser(user, REFUSED)
    return user
  })

/** What stands open at the end of a test, however that ended. */
const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** A service in this process. */
const here = async (env: Env, directory = newDirectory()): Promise<AskedService> => {
  const service = await startHere(directory, env)
  open.push(service.stop)
  const there = serviceAt(service.url)
  await there.ready()
  return there
}

const providerHere = async (): Promise<TreezorApi> => {
  const provider = await treezorApi()
  open.push(provider.close)
  return provider
}

/** Begins a sweep, and waits until the provider is silent about the user of this place. */
const sweepUpTo = async (provider: TreezorApi, url: string, place: number): Promise<AbortController> => {
  provider.fault('user', silence, { skip: place })
  const before = provider.heardOf('user').length
  const leaving = new AbortController()
  const response = await eventually('the run before is over', async () => {
    const begun = await asked(url, { kind: 'sweep' }, { signal: leaving.signal })
    return begun.status === 409 ? null : begun
  })
  expect(response.status).to.equal(200)
  await untilTrue('the provider is silent', () => provider.heardOf('user').length === before + place + 1)
  provider.clearFaults()
  return leaving
}

/** Asks for a sweep until no other run is in the way. */
const sweepOn = ({ url }: AskedService) =>
  eventually('the sweep that was broken off is over', async () => {
    const response = await asked(url, { kind: 'sweep' })
    if (response.status === 200) return linesIn(await okText(response)).filter(({ type }) => type !== 'progress')
    await expectProblem(response, 409, 'reconciliation-under-way')
    return null
  })

describe('a sweep', () => {
  let provider: TreezorApi
  let users: readonly string[]
  beforeEach(async () => {
    provider = await providerHere()
    users = drifting(provider)
  })

  it('goes on where it was when who asked hangs up, when the service is told to stop, and after kill -9', async () => {
    const directory = newDirectory()
    const start = async (): Promise<Service> => {
      const service = await startService(directory, provider.environment)
      await service.ready()
      return service
    }
    const first = await start()
    const leaving = await sweepUpTo(provider, first.url, 2)
    expect((await asked(first.url, { kind: 'suspects' })).status).to.equal(409)
    leaving.abort()
    await sweepUpTo(provider, first.url, 3)
    expect(await first.stop()).to.deep.equal({ code: 0, signal: null })

    const second = await start()
    await sweepUpTo(provider, second.url, 2)
    await second.kill()

    const third = await start()
    const lines = await reconcile(third, { kind: 'sweep' })
    expect(lines.map(({ userId }) => userId)).to.deep.equal([...users.slice(7), undefined])
    expect(lines.at(-1)).to.include({ outcome: 'complete', checked: USERS - 7, through: users.at(-1) })
    for (const user of users) expect(await third.events(user)).to.have.length(1)
    expect((await reconcile(third, { kind: 'sweep' })).at(-1)).to.include({ checked: USERS, recorded: 0 })
    await third.stop()
  })

  it('asks one by one about users of the log whom no page shows; and believes that they are gone only a provider that knows others of them', async () => {
    const service = await here(provider.environment)
    const hidden = Array.from({ length: 11 }, (_, index) => String(100 + index))
    // Nobody ever asked for a review of him: that he is known there, and not here, shows nothing.
    provider.setUser('98', { kycReview: 0, kycLevel: 0 })
    for (const user of hidden) await service.deliver(validation(user, on(2)))
    await service.kyc('100')
    const refused = await reconcile(service, { kind: 'sweep' })
    expect(refused.at(-1)).to.include({ outcome: 'failed', recorded: 0 })
    expect(refused.at(-1)?.reason).to.include('is TREEZOR_API_URL of the right environment?')

    await service.deliver(validation('99', on(2)))
    await service.kyc('99')
    provider.setUser('99', { kycReview: 2, kycLevel: 2 })
    const lines = await reconcile(service, { kind: 'sweep' })
    const gone = lines.filter(({ knownToProvider }) => knownToProvider === false)
    expect(gone.map(({ userId, status }) => [userId, status?.after])).to.deep.equal(
      hidden.slice(0, 10).map((user) => [user, 'unknown']),
    )
    expect(lines.at(-1)).to.include({ outcome: 'failed', recorded: 10 + USERS })
    await expectProblem(await service.get('/users/98/kyc'), 404, 'unknown-user')
  })
})

describe('a provider that says of everybody who is verified that he is not', () => {
  it('has so many lose it and no more, unless they are named', async () => {
    const provider = await providerHere()
    const service = await here(provider.environment)
    const users = Array.from({ length: 40 }, (_, index) => String(5_000_000 + index))
    for (const user of users) {
      await service.deliver(validation(user, on(2)))
      // As if it did not follow the life cycle that validated them.
      provider.setUser(user, { kycReview: 0, kycLevel: 0 })
    }
    await service.projected()
    const dry = await reconcile(service, { kind: 'sweep', dryRun: true })
    expect(dry.at(-1)).to.include({ outcome: 'complete', recorded: 40 })
    const lines = await reconcile(service, { kind: 'sweep' })
    // Of the first 25, who are known there as well, a tenth more.
    expect(lines.at(-1)).to.include({ outcome: 'failed', recorded: 27 })
    expect(lines.at(-1)?.reason).to.include('too many verified users')
    expect((await service.kyc(users[26] ?? '')).verified).to.equal(false)
    expect((await service.kyc(users[27] ?? '')).verified).to.equal(true)
    const named = await reconcile(service, { kind: 'users', users: users.slice(27) })
    expect(named.at(-1)).to.include({ outcome: 'complete', recorded: 13 })
  })
})

describe('an erased user', () => {
  it('is not asked about, and nothing is recorded of him, though a page shows him', async () => {
    const provider = await providerHere()
    const [gone = '', other = ''] = drifting(provider)
    const ops = `ops:journal:write:${createHash('sha256').update('ops').digest('hex')}`
    const env = { ...withPolicy(), ...provider.environment, API_KEYS: `${KEYS.API_KEYS},${ops}` }
    const directory = newDirectory()
    const service = await here(env, directory)
    await service.post(signed(request(gone, on(1))))
    await completed(service, gone, await requestAndConfirm(service, gone, { authority: 'an order' }))
    const headers = { authorization: 'Bearer ops' }
    await expectProblem(await asked(service.url, { kind: 'sweep' }), 401, 'no-api-key')
    for (const body of [{ kind: 'sweep' }, { kind: 'users', users: [gone] }]) {
      const text = await okText(await asked(service.url, body, { headers }))
      expect(linesIn(text).filter(({ userId }) => userId === gone)).to.deep.equal([])
      expect(linesIn(text).at(-1)).to.include({ outcome: 'complete' })
    }
    expect(provider.heardOf('user').some(({ path }) => path.endsWith(gone))).to.equal(false)
    expect(provider.heardOf('user').some(({ path }) => path.endsWith(other))).to.equal(true)
    await open.pop()?.()
    const kept = new Database(join(directory, 'reconciliation.db'), { readonly: true })
    const noted = kept.prepare('SELECT user_id FROM checked').pluck().all()
    kept.close()
    expect(noted).to.include(other).and.to.not.include(gone)
  })
})

describe('a provider that wants to be left alone for a year', () => {
  it('is asked about nobody else', async () => {
    const provider = await providerHere()
    const users = drifting(provider)
    const service = await here(provider.environment)
    provider.fault('user', status(429, { 'retry-after': '31536000' }))
    const lines = await reconcile(service, { kind: 'users', users })
    expect(lines.map(({ type, userId }) => [type, userId])).to.deep.equal([
      ['failed', users[0]],
      ['sum', undefined],
    ])
    expect(lines.at(-1)).to.include({ outcome: 'failed', failed: 1 })
    expect(provider.heardOf('user')).to.have.length(1)
  })
})

describe('a user', () => {
  it('whose answer cannot be read was not compared, by what is told of him next', async () => {
    const provider = await providerHere()
    const [user = ''] = drifting(provider)
    const service = await here(provider.environment)
    const ask = () => reconcile(service, { kind: 'users', users: [user] })
    provider.fault('user', notJson)
    expect((await ask())[0]).to.include({ type: 'failed', userId: user })
    expect((await ask())[0]).to.include({ type: 'recorded', lastComparedAt: null })
    provider.setUser(user, { kycReview: 1, kycLevel: 0 })
    expect((await ask())[0]?.lastComparedAt).to.be.a('string')
  })
})

// The log is a double's: a sweep goes through all users of it, and nobody else may have any there.
describe('a sweep on two nodes in front of one server', () => {
  it('is at one of them at a time, and the other goes on with what that has left', async () => {
    const provider = await providerHere()
    const log = await startEventStoreDb()
    open.push(log.stop)
    const users = drifting(provider)
    const env = { ...provider.environment, EVENT_STORE: log.connectionString }
    const nodes = await Promise.all([here(env), here(env)])
    const [one, other] = nodes
    const leaving = await sweepUpTo(provider, one.url, 4)
    const refused = await expectProblem(await asked(other.url, { kind: 'suspects' }), 409, 'reconciliation-under-way')
    expect(refused).to.include('a run (sweep) is under way on another node')
    expect(await reconcile(other, { kind: 'users', users: [users.at(-1)] })).to.have.length(2)
    leaving.abort()
    const lines = await sweepOn(other)
    expect(lines.map(({ userId }) => userId)).to.deep.equal([...users.slice(4, -1), undefined])
  })
})

describe('RECONCILE_EVERY', () => {
  it('asks about suspects and goes through everybody by itself, and gives way to whoever asks', async () => {
    const provider = await providerHere()
    const users = drifting(provider)
    const env = { ...provider.environment, RECONCILE_EVERY: 'PT2S' }
    const service = await here(env)
    for (const user of users) {
      await eventually(`${user} is recorded`, async () => ((await service.events(user)).length > 0 ? true : null))
    }
    provider.setUser(users[0] ?? '', { kycReview: 1, kycLevel: 0 })
    await eventually('the next sweep', async () => ((await service.events(users[0] ?? '')).length > 1 ? true : null))
    const metrics = await (await service.get('/metrics')).text()
    const metric = (name: string): number =>
      Number(
        metrics
          .split('\n')
          .find((line) => line.startsWith(`kyc_reconciliation_${name} `))
          ?.split(' ')[1],
      )
    expect(metric('period_seconds')).to.equal(2)
    const now = Date.now() / 1000
    for (const name of ['scheduled_timestamp_seconds', 'last_complete_timestamp_seconds{work="sweep"}'])
      expect(metric(name), name).to.be.within(now - 3600, now + 1)
    provider.fault('users', silence)
    const silent = provider.heardOf('users').length
    await untilTrue('the schedule waits for the provider', () => provider.heardOf('users').length > silent)
    const lines = await reconcile(service, { kind: 'suspects' })
    expect(lines.at(-1)).to.include({ outcome: 'complete' })
  })
})
