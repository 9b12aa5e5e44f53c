import { copyFileSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { EventStoreDBClient } from '@eventstore/db-client'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { type LogIdentity, readIdentity } from '../../src/ledger/logIdentity.ts'
import { startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { readingLog } from '../support/logs/logs.ts'
import { preparedUser, prepareLog } from '../support/logs/preparedLog.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { itLong } from '../support/rounds.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere, serveHere, startService } from '../support/service/service.ts'
import { spawnService } from '../support/service/serviceProcess.ts'
import { newUser, refusal, request, unsigned, validation } from '../support/webhooks/webhookBuilders.ts'
import { writtenOnce } from '../support/writtenOnce.ts'

const logIn = (directory: string): string => `sqlite:${join(directory, 'events.db')}`

const identityOf = (directory: string): Promise<LogIdentity | null> => readingLog(directory, readIdentity)

/** Starts a process that has to refuse its log; gives the one line that says why. */
const refusedByProcess = async (directory: string, env: Readonly<Record<string, string>> = {}): Promise<string> => {
  const child = spawnService(directory, env)
  expect(await child.exited, child.stdout()).to.deep.equal({ code: 1, signal: null })
  const fatal = child
    .stdout()
    .split('\n')
    .filter((line) => line.includes('"level":60'))
  expect(fatal).to.have.length(1)
  return (JSON.parse(fatal[0] ?? '{}') as { readonly msg: string }).msg
}

/** Why a service refuses its log. */
const refused = async (directory: string, env: Readonly<Record<string, string>> = {}): Promise<string> => {
  const served = await serveHere(directory, env).catch((error: Error) => error)
  if (served instanceof Error) return served.message
  throw new Error('it is served')
}

const removeReadModels = (directory: string): void => {
  for (const name of readdirSync(directory)) if (name.startsWith('read-model')) rmSync(join(directory, name))
}

/** A stopped service whose log and read model hold one validated user. */
const newlyServed = async (): Promise<{ readonly directory: string; readonly user: string }> => {
  const service = await readyHere()
  const user = newUser()
  await service.deliver(validation(user))
  expect(await service.kyc(user)).to.include({ status: 'validated' })
  await service.post(unsigned(request(newUser())))
  await service.stop()
  return { directory: service.directory, user }
}

const served = writtenOnce(newlyServed)

describe('the identity of a log', () => {
  it('is made at the first start, once, and noted by read model and journal', async () => {
    const { directory } = await served()
    const identity = await identityOf(directory)
    expect(identity?.logId).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(identity).to.include({ generation: 0, losses: 0 })
    const noted = { log_id: identity?.logId, generation: 0 }
    for (const [file, table] of [
      ['read-model.db', 'checkpoint'],
      ['journal.db', 'log'],
    ] as const) {
      const db = new Database(join(directory, file), { readonly: true })
      expect(db.prepare(`SELECT log_id, generation FROM ${table}`).get()).to.deep.equal(noted)
      db.close()
    }
    const again = await readyHere(directory)
    await again.stop()
    expect(await identityOf(directory)).to.deep.equal(identity)
  })

  it('is given to a log of a former release at its first start, behind the events that it holds', async () => {
    const directory = newDirectory()
    await prepareLog(directory, 3, 2)
    expect(await identityOf(directory)).to.equal(null)
    const service = await readyHere(directory)
    expect(await service.kyc(preparedUser(2))).to.include({ status: 'validated', events: 2 })
    await service.stop()
    expect(await identityOf(directory)).to.include({ generation: 0 })
  })

  it('is one and the same for two nodes that start at once in front of one empty log', async () => {
    const server = await startEventStoreDb()
    const env = { EVENT_STORE: server.connectionString }
    const nodes = await Promise.all(Array.from({ length: 3 }, () => startService(newDirectory(), env)))
    await Promise.all(nodes.map((node) => node.ready()))
    const own = server.events().filter(({ stream }) => stream === 'kyc-log')
    expect(own.map(({ type }) => type)).to.deep.equal(['kyc-ledger.log-created', 'kyc-ledger.meaning'])
    for (const node of nodes) expect(await node.stop()).to.deep.equal({ code: 0, signal: null })
    await server.stop()
  })

  it('is waited for, with what to do, where somebody cut its stream: what else it records is not to be missed', async () => {
    const server = await startEventStoreDb()
    const env = { EVENT_STORE: server.connectionString }
    const before = await readyHere(newDirectory(), env)
    await before.stop()
    const words = ['clock', '--accept', '--none', '--author', 'ops', '--reason', 'a test']
    expect((await kycHere(before.directory, words, env)).code).to.equal(0)
    const client = EventStoreDBClient.connectionString`${server.connectionString}`
    await client.setStreamMetadata('kyc-log', { maxCount: 1 })
    const service = await serveHere(before.directory, env)
    await eventually('it says so', () =>
      service.stdout().includes('take $maxCount, $maxAge and $tb off') ? true : null,
    )
    expect((await service.get('/health/ready')).status).to.equal(503)
    await client.setStreamMetadata('kyc-log', {})
    await service.ready()
    await service.stop()
    await client.dispose()
    await server.stop()
  })

  it('counts as an event of nobody: no user is listed for it', async () => {
    const service = await readyHere()
    const { users } = (await (await service.get('/users')).json()) as { readonly users: readonly unknown[] }
    expect(users).to.deep.equal([])
    expect(await (await service.get('/metrics')).text()).to.match(/^kyc_unattributed_total 0$/m)
    await service.stop()
  })
})

describe('a data directory', () => {
  it('is served by one process: a second one, of another log, is refused while the first goes on answering', async () => {
    const first = await startService()
    await first.ready()
    const user = newUser()
    await first.deliver(request(user))
    const second = newDirectory()
    await prepareLog(second, 3, 2)
    expect(await refusedByProcess(first.directory, { EVENT_STORE: logIn(second) })).to.include(
      `another process serves from ${first.directory}`,
    )
    expect((await first.get(`/users/${preparedUser(0)}/kyc`)).status).to.equal(404)
    await first.deliver(validation(user))
    expect(await first.kyc(user)).to.include({ status: 'validated' })
    expect((await kycHere(first.directory, ['replay', '--dry-run'])).code).to.equal(0)
    expect((await kycHere(first.directory, ['journal'])).code).to.equal(0)
    await first.kill()

    const again = await readyHere(first.directory)
    expect(await again.kyc(user)).to.include({ status: 'validated' })
    await again.stop()
  })

  it('belongs to its log: another one is refused, by name, and none of its users is answered for', async () => {
    const [own, other] = [await served(), await newlyServed()]
    const [ownId, otherId] = [await identityOf(own.directory), await identityOf(other.directory)]
    expect(ownId?.logId).to.not.equal(otherId?.logId)
    const env = { EVENT_STORE: logIn(other.directory) }
    const why = await refusedByProcess(own.directory, env)
    expect(why)
      .to.include(join(other.directory, 'events.db'))
      .and.include(`is the log ${otherId?.logId}`)
      .and.include(`belongs to the log ${ownId?.logId}`)
    // The journal alone says so as well.
    removeReadModels(own.directory)
    expect(await refused(own.directory, env)).to.include(`belongs to the log ${ownId?.logId}`)

    renameSync(join(own.directory, 'journal.db'), join(own.directory, 'journal-before.db'))
    const service = await readyHere(own.directory, env)
    expect((await service.get(`/users/${own.user}/kyc`)).status).to.equal(404)
    expect(await service.kyc(other.user)).to.include({ status: 'validated' })
    await service.stop()
  })

  it('belongs to its log: where another release or application left one without identity, that is refused', async () => {
    const own = await served()
    const other = newDirectory()
    await prepareLog(other, 3, 2)
    expect(await refused(own.directory, { EVENT_STORE: logIn(other) })).to.include('has no identity, but')
    expect(await identityOf(other)).to.equal(null)
  })

  for (const [what, dropReadModel] of [
    ['', false],
    [', of which nothing but the journal knows', true],
  ] as const) {
    it(`is not given a new log under a mistyped path${what}`, async () => {
      const { directory } = await served()
      if (dropReadModel) removeReadModels(directory)
      const mistyped = join(directory, 'evnets.db')
      expect(await refused(directory, { EVENT_STORE: `sqlite:${mistyped}` })).to.include(
        `${mistyped} is empty or missing, but ${directory} belongs to one`,
      )
      expect(existsSync(mistyped)).to.equal(false)
      const empty = newDirectory()
      await prepareLog(empty, 0, 0)
      expect(await refused(directory, { EVENT_STORE: logIn(empty) })).to.include('is empty or missing')
      expect(await identityOf(empty)).to.equal(null)
    })
  }
})

describe('a log that lost its tail', () => {
  /** A service that was killed after it had validated and refused a user, and whose write-ahead log is gone. */
  const cutShort = writtenOnce(async () => {
    const { directory, user } = await served()
    const service = await startService(directory)
    await service.ready()
    await service.deliver(refusal(user))
    expect(await service.kyc(user)).to.include({ status: 'refused', revision: 1 })
    await service.kill()
    for (const suffix of ['-wal', '-shm']) rmSync(join(directory, `events.db${suffix}`))
    return { directory, user }
  })

  const accepted = async (directory: string): Promise<OwnService> => {
    const service = await readyHere(directory, {}, { acceptLostEvents: true })
    return service
  }

  it('is refused, with what is missing, as often as it is tried; restored, it is served', async () => {
    const { directory, user } = await served()
    const service = await startService(directory)
    await service.ready()
    await service.deliver(refusal(user))
    await service.kyc(user)
    await service.kill()
    const wal = join(directory, 'events.db-wal')
    renameSync(wal, `${wal}.aside`)
    rmSync(join(directory, 'events.db-shm'))
    for (let i = 0; i < 2; i++) {
      expect(await refused(directory))
        .to.include(`kyc-${user}, revision 1 `)
        .and.include(`missing at least 1 events of 1 users: kyc-${user} from revision 1 to 1`)
        .and.include('--accept-lost-events')
    }
    for (const suffix of ['-wal', '-shm']) rmSync(join(directory, `events.db${suffix}`), { force: true })
    renameSync(`${wal}.aside`, wal)
    const again = await readyHere(directory)
    expect(await again.kyc(user)).to.include({ status: 'refused' })
    await again.stop()
  })

  it('is served as it is when that is accepted, which the log records with what was known', async () => {
    const { directory, user } = await cutShort()
    const service = await accepted(directory)
    expect(await service.kyc(user)).to.include({ status: 'validated', revision: 0 })
    await service.says('which is recorded in the log')
    await service.stop()

    expect(await identityOf(directory)).to.include({ losses: 1 })
    const [record] = await readingLog(directory, (store) => Array.fromAsync(store.readStream('kyc-log', { from: 2 })))
    expect(record?.type).to.equal('kyc-ledger.events-lost-accepted')
    expect(JSON.parse(record?.metadata ?? '')).to.include({ origin: 'kyc-ledger', format: 3 })
    const said = JSON.parse(record?.data ?? '')
    expect(said.lastSeen).to.include({ stream: `kyc-${user}`, revision: 1 })
    expect(said.missing).to.deep.equal([{ stream: `kyc-${user}`, first: 1, last: 1 }])

    // Nothing is missing any more: the option is needed once, and leaves no second record.
    const again = await accepted(directory)
    expect(await again.kyc(user)).to.include({ status: 'validated' })
    await again.stop()
    const plain = await readyHere(directory)
    await plain.stop()
    expect(await identityOf(directory)).to.include({ losses: 1 })
  })

  it('is refused as well when it has grown again since, without what the read model has seen', async () => {
    const { directory, user } = await cutShort()
    const elsewhere = newDirectory()
    copyFileSync(join(directory, 'events.db'), join(elsewhere, 'events.db'))
    const grown = await readyHere(elsewhere)
    for (let i = 0; i < 5; i++) await grown.deliver(request(newUser()))
    await grown.deliver(request(user, {}, { userTag: 'another' }))
    await grown.stop()
    expect(await refused(directory, { EVENT_STORE: logIn(elsewhere) })).to.include(`kyc-${user}, revision 1 `)
  })

  it('is told where its last event came again and took the place that was lost: what was accepted counts', async () => {
    const { directory, user } = await served()
    copyFileSync(join(directory, 'events.db'), join(directory, 'cut.db'))
    const service = await serveHere(directory)
    await service.deliver(refusal(user))
    const last = validation(newUser())
    await service.deliver(last)
    expect(await service.kyc(user)).to.include({ status: 'refused' })
    await service.stop()

    const env = { EVENT_STORE: `sqlite:${join(directory, 'cut.db')}` }
    const elsewhere = newDirectory()
    for (const name of ['read-model.db', 'journal.db']) copyFileSync(join(directory, name), join(elsewhere, name))
    const accepting = await serveHere(elsewhere, env, { acceptLostEvents: true })
    const again = await accepting.deliver(last)
    await accepting.stop()
    expect(again.events[0]?.revision).to.equal(0)
    const plain = await readyHere(directory, env)
    expect(await plain.kyc(user)).to.include({ status: 'validated', revision: 0 })
    await plain.stop()
  })
})

describe('a log that is copied', function () {
  this.timeout(240_000)

  itLong('is served from either store in turn, whatever was recorded last, and loses nothing by it', async () => {
    const server = await startEventStoreDb()
    const { directory, user } = await served()
    const stores = [logIn(directory), server.connectionString] as const
    for (const [turn, [from, to]] of [stores, stores.toReversed(), stores, stores.toReversed()].entries()) {
      const copied = await kycHere(directory, ['copy', '--from', from ?? '', '--to', to ?? ''])
      expect(copied.code, copied.stderr).to.equal(0)
      const service = await readyHere(directory, { EVENT_STORE: to ?? '' })
      // Where nothing else came, the record of the copy is the last event that was seen.
      if (turn === 2) await service.deliver(refusal(user))
      expect(await service.kyc(user)).to.include({ status: turn < 2 ? 'validated' : 'refused' })
      await service.stop()
    }
    await server.stop()
  })
})
