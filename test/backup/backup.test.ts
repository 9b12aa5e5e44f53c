import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { damagePage, pagesOf, TREES } from '../support/logs/damagedLog.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { kyc } from '../support/service/kyc.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere, refusedHere, serveHere, startService } from '../support/service/service.ts'
import { badlySigned, newUser, refusal, request, signed, validation } from '../support/webhooks/webhookBuilders.ts'
import { writtenOnce } from '../support/writtenOnce.ts'

const LOG_FILES = ['events.db', 'events.db-wal', 'events.db-shm']

/** A service with a user who was validated, and one refused delivery in its journal. */
const servedBy = async <A extends OwnService>(
  start: (directory: string) => Promise<A>,
): Promise<{ readonly service: A; readonly user: string }> => {
  const service = await start(newDirectory())
  const user = newUser()
  await service.deliver(request(user))
  await service.deliver(validation(user))
  await service.post(badlySigned(request(user)))
  expect(await service.kyc(user)).to.include({ status: 'validated' })
  return { service, user }
}

const served = () => servedBy((directory) => serveHere(directory))
const servedByProcess = () => servedBy((directory) => startService(directory))

/** The same, and the service has ended. */
const servedOnce = writtenOnce(async () => {
  const { service, user } = await served()
  await service.stop()
  return { directory: service.directory, user }
})

const removeLog = (directory: string): void => {
  for (const name of LOG_FILES) rmSync(join(directory, name), { force: true })
}

describe('kyc backup and restore', () => {
  it('bring log and journal back as they stood while the service ran', async () => {
    const { service, user } = await servedByProcess()
    const stored = await service.events(user)
    const to = join(newDirectory(), 'monday')
    const made = await kyc(service.directory, ['backup', to])
    expect(made, made.stderr).to.include({ code: 0 })
    expect(made.stdout).to.match(/^backed up and looked through: \d+ events, the last at position \d{16}.*; 1 refused/)
    expect(readdirSync(to).sort()).to.deep.equal(['backup.json', 'events.db', 'journal.db'])
    expect(readdirSync(to).filter((name) => (statSync(join(to, name)).mode & 0o077) !== 0)).to.deep.equal([])

    await service.deliver(request(newUser()))
    await service.kill()
    const elsewhere = newDirectory()
    const restored = await kyc(elsewhere, ['restore', to])
    expect(restored, restored.stderr).to.include({ code: 0 })
    expect(readdirSync(elsewhere).filter((name) => (statSync(join(elsewhere, name)).mode & 0o077) !== 0)).to.be.empty

    const next = await readyHere(elsewhere)
    expect(await next.events(user)).to.deep.equal(stored)
    expect(await next.kyc(user)).to.include({ status: 'validated' })
    expect(next.journal()).to.have.length(1)
    await next.deliver(refusal(user))
    expect(await next.kyc(user)).to.include({ status: 'refused' })
    await next.stop()
  })

  it('hold what a service had acknowledged that was killed, its write-ahead log included', async () => {
    const { service, user } = await servedByProcess()
    await service.kill()
    expect(statSync(join(service.directory, 'events.db-wal')).size).to.be.greaterThan(0)
    const to = join(newDirectory(), 'killed')
    expect((await kycHere(service.directory, ['backup', to])).code).to.equal(0)
    removeLog(service.directory)
    expect((await kycHere(service.directory, ['restore', to])).code).to.equal(0)
    const next = await readyHere(service.directory)
    expect(await next.events(user)).to.have.length(2)
    await next.stop()
  })

  it('are not led astray by what a killed service left beside the log: it goes aside, whole', async () => {
    const { service, user } = await servedByProcess()
    const to = join(newDirectory(), 'early')
    expect((await kycHere(service.directory, ['backup', to])).code).to.equal(0)
    const late = newUser()
    for (let i = 0; i < 50; i++) await service.deliver(request(late, {}, { userTag: `${i}` }))
    await service.kill()
    for (const name of readdirSync(service.directory).filter((one) => one.startsWith('read-model'))) {
      rmSync(join(service.directory, name))
    }

    const restored = await kycHere(service.directory, ['restore', to])
    expect(restored, restored.stderr).to.include({ code: 0 })
    const aside =
      /what stood there before is kept in (.*events\.db\.before-.*): nothing/.exec(restored.stdout)?.[1] ?? ''
    const next = await startService(service.directory)
    await next.ready()
    expect(await next.events(user)).to.have.length(2)
    expect((await next.get(`/users/${late}/kyc`)).status).to.equal(404)
    await next.deliver(refusal(user))
    await next.kill()
    const later = await readyHere(service.directory)
    expect(await later.kyc(user)).to.include({ status: 'refused', events: 3 })
    await later.stop()

    const before = newDirectory()
    for (const suffix of ['', '-wal']) copyFileSync(aside + suffix, join(before, `events.db${suffix}`))
    const former = await serveHere(before)
    expect(await former.events(late)).to.have.length(50)
    await former.stop()
  })

  it('say what is missing where the read model has seen more than the backup holds', async () => {
    const { service } = await served()
    const to = join(newDirectory(), 'early')
    await kycHere(service.directory, ['backup', to])
    await service.deliver(request(newUser()))
    await service.ready()
    await service.stop()
    const restored = await kycHere(service.directory, ['restore', to])
    expect(restored.code).to.equal(0)
    expect(restored.stdout).to.match(/the read model has seen the log up to position \d+, the backup ends at \d+/)
    expect(restored.stdout).to.include('--accept-lost-events')
    expect(await refusedHere(service.directory)).to.include('does not hold the last event that the read model')
  })

  it('are refused over a running service, and leave everything as it is', async () => {
    const { service, user } = await served()
    const to = join(newDirectory(), 'early')
    await kycHere(service.directory, ['backup', to])
    const before = readdirSync(service.directory).sort()
    const restored = await kycHere(service.directory, ['restore', to])
    expect(restored).to.include({
      code: 1,
      stderr: 'not restored: the service is running, or a replay; stop it first\n',
    })
    expect(readdirSync(service.directory).sort()).to.deep.equal(before)
    await service.deliver(refusal(user))
    expect(await service.kyc(user)).to.include({ status: 'refused' })
    await service.stop()
  })

  it('are refused in a directory that belongs to another log', async () => {
    const { directory } = await servedOnce()
    const to = join(newDirectory(), 'of-this')
    await kycHere(directory, ['backup', to])
    const { service: other, user } = await served()
    await other.stop()
    const restored = await kycHere(other.directory, ['restore', to])
    expect(restored.code).to.equal(1)
    expect(restored.stderr).to.match(
      /it is the log [0-9a-f-]{36}, but .* belongs to the log [0-9a-f-]{36}: check DATA_DIR/,
    )
    const again = await readyHere(other.directory)
    expect(await again.events(user)).to.have.length(2)
    await again.stop()
  })

  it('leave the journal alone when told to', async () => {
    const { service } = await served()
    const to = join(newDirectory(), 'log')
    expect((await kycHere(service.directory, ['backup', to, '--log-only'])).code).to.equal(0)
    expect(readdirSync(to).sort()).to.deep.equal(['backup.json', 'events.db'])
    const both = join(newDirectory(), 'both')
    await kycHere(service.directory, ['backup', both])
    await service.post(badlySigned(request(newUser())))
    await service.stop()
    expect((await kycHere(service.directory, ['restore', both, '--log-only'])).code).to.equal(0)
    const next = await serveHere(service.directory)
    expect(next.journal()).to.have.length(2)
    await next.stop()
  })

  it('take a database that was made by other means', async () => {
    const { directory, user } = await servedOnce()
    const file = join(newDirectory(), 'by-hand.db')
    copyFileSync(join(directory, 'events.db'), file)
    const elsewhere = newDirectory()
    expect((await kycHere(elsewhere, ['restore', file])).code).to.equal(0)
    const next = await readyHere(elsewhere)
    expect(await next.kyc(user)).to.include({ status: 'validated' })
    await next.stop()
  })

  it('refuse what is damaged, was never finished or holds something else, and touch nothing', async () => {
    const { directory } = await servedOnce()
    const parent = newDirectory()
    const to = join(parent, 'good')
    await kycHere(directory, ['backup', to])
    const before = readFileSync(join(directory, 'events.db'))

    const copyOf = (name: string): string => {
      const copy = join(parent, name)
      mkdirSync(copy)
      for (const file of readdirSync(to)) copyFileSync(join(to, file), join(copy, file))
      return copy
    }
    const damaged = copyOf('damaged')
    const bytes = readFileSync(join(damaged, 'events.db'))
    writeFileSync(join(damaged, 'events.db'), bytes.fill(0x5a, 8192))
    const unfinished = copyOf('unfinished')
    rmSync(join(unfinished, 'backup.json'))
    const other = copyOf('other')
    const manifest = JSON.parse(readFileSync(join(other, 'backup.json'), 'utf8')) as { log: { events: number } }
    manifest.log.events += 1
    writeFileSync(join(other, 'backup.json'), JSON.stringify(manifest))
    for (const [from, reason] of [
      [damaged, /damaged\/events\.db: it is damaged/],
      [unfinished, /is no backup, or one that was not finished/],
      [other, /it holds \d+ events of the log .*, where \d+ of .* were backed up/],
      [join(parent, 'none'), /there is nothing at/],
    ] as const) {
      const refused = await kycHere(directory, ['restore', from])
      expect(refused.code, from).to.equal(1)
      expect(refused.stderr, from).to.match(reason)
    }
    expect(readFileSync(join(directory, 'events.db')).equals(before)).to.equal(true)
    expect(readdirSync(directory).filter((name) => /before|restoring/.test(name))).to.be.empty
    const mistyped = join(parent, 'mistyped')
    expect((await kycHere(mistyped, ['restore', join(parent, 'none')])).code).to.equal(1)
    expect(existsSync(mistyped)).to.equal(false)
  })

  describe('of a log with many users', () => {
    const many = writtenOnce(async () => {
      const { service, user } = await served()
      for (let i = 0; i < 100; i++) await service.deliver(request(newUser()))
      await service.stop()
      return { directory: service.directory, user }
    })

    it('refuse a damaged one: what is backed up is whole', async () => {
      const { directory } = await many()
      const log = join(directory, 'events.db')
      const bytes = readFileSync(log)
      writeFileSync(log, bytes.fill(0x5a, bytes.length - 8192))
      const to = join(newDirectory(), 'damaged')
      const made = await kycHere(directory, ['backup', to])
      expect(made.code).to.equal(1)
      expect(made.stderr).to.match(/^not backed up: .*events\.db: it is damaged/)
      expect(existsSync(to) || existsSync(`${to}.unfinished`)).to.equal(false)
    })

    for (const tree of [TREES.byRevision, TREES.byEventId]) {
      it(`mend one of which only an index is damaged (${tree}): its events are whole`, async () => {
        const { directory, user } = await many()
        const log = join(directory, 'events.db')
        damagePage(log, pagesOf(log, tree, 'leaf')[0] ?? 0)
        const to = join(newDirectory(), 'mended')
        const made = await kycHere(directory, ['backup', to])
        expect(made, made.stderr).to.include({ code: 0 })
        expect((await kycHere(directory, ['restore', to])).code).to.equal(0)
        const next = await readyHere(directory)
        expect(await next.events(user)).to.have.length(2)
        expect((await next.deliver(refusal(user))).outcome).to.equal('appended')
        await next.stop()
      })
    }
  })

  it('do not take a directory that holds something, nor a store that is no file', async () => {
    const { service } = await served()
    const to = newDirectory()
    writeFileSync(join(to, 'something'), '')
    const made = await kycHere(service.directory, ['backup', to])
    expect(made.code).to.equal(2)
    expect(made.stderr).to.include('is not empty')
    const esdb = await kycHere(service.directory, ['backup', join(to, 'x')], {
      EVENT_STORE: 'esdb://127.0.0.1:1?tls=false',
    })
    expect(esdb.code).to.equal(2)
    expect(esdb.stderr).to.include('EventStoreDB has a backup of its own')
    expect((await service.post(signed(request(newUser())))).status).to.equal(200)
    await service.stop()
  })
})
