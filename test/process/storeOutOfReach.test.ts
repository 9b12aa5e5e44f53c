import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, renameSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { expectProblem } from '../support/service/answers.ts'
import { ENVIRONMENT } from '../support/service/environment.ts'
import { type OwnService, type Service, serveHere, startService } from '../support/service/service.ts'
import { spawnService } from '../support/service/serviceProcess.ts'
import { newUser, request, signed, unsigned, validation } from '../support/webhooks/webhookBuilders.ts'

const KYC = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** Lets no file of a running process grow beyond so many bytes, as a full disk would; Linux only. */
const limitFiles = ({ pid }: Service, bytes: number | 'unlimited'): void => {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`], { stdio: 'ignore' })
}

interface Health {
  readonly status: number
  readonly eventStore: string
  readonly journal: string
}

const health = async (service: OwnService): Promise<Health> => {
  const response = await service.get('/health/ready')
  return { ...((await response.json()) as Omit<Health, 'status'>), status: response.status }
}

/** Waits until health says so; nothing is delivered meanwhile. */
const healthBecomes = (service: OwnService, wanted: Health): Promise<Health> =>
  eventually(JSON.stringify(wanted), async () => {
    const now = await health(service)
    return Object.entries(wanted).every(([key, value]) => now[key as keyof Health] === value) ? now : null
  })

const READY = { status: 200, eventStore: 'up', journal: 'up' }
const CANNOT_APPEND = { status: 503, eventStore: 'down', journal: 'up' }
const CANNOT_KEEP = { status: 503, eventStore: 'up', journal: 'down' }

/** A line of the log is at most a moment behind what health says. */
const isTold = (service: OwnService, text: string): Promise<true> =>
  eventually(`a line with: ${text}`, () => (service.stdout().includes(text) ? true : null))

describe('a store out of reach', () => {
  let service: Service
  before(async function () {
    try {
      execFileSync('prlimit', ['--version'], { stdio: 'ignore' })
    } catch {
      this.skip()
    }
    service = await startService(newDirectory())
    await service.ready()
  })
  after(async () => {
    await service?.stop()
  })

  it('makes deliveries fail with 503 and Retry-After until it can be written again', async () => {
    const known = request(newUser())
    const standing = await service.deliver(known)
    limitFiles(service, statSync(join(service.directory, 'events.db-wal')).size)

    const users = Array.from({ length: 5 }, newUser)
    const webhooks = users.map((user) => request(user))
    for (const webhook of webhooks) {
      const response = await service.post(signed(webhook))
      expect(response.headers.get('retry-after')).to.match(/^\d+$/)
      await expectProblem(response, 503)
    }
    expect(await health(service)).to.include(CANNOT_APPEND)
    await isTold(service, 'not ready: event store down')
    await isTold(service, 'event store: disk I/O error')
    expect(await (await service.get('/metrics')).text()).to.include('kyc_event_store_up 0')
    // What stands in the log needs no write, and proves none.
    expect(await service.deliver(known)).to.deep.equal({ outcome: 'duplicate', events: standing.events })

    expect(await health(service)).to.include(CANNOT_APPEND)

    limitFiles(service, 'unlimited')
    await healthBecomes(service, READY)
    for (const webhook of webhooks) expect((await service.deliver(webhook)).outcome).to.equal('appended')
    for (const user of users) expect(await service.events(user)).to.have.length(1)
    expect(await service.kyc(users[0] ?? '')).to.include({ status: 'pending', events: 1 })
  })

  it('makes a delivery fail with 503 and Retry-After that can be neither appended nor kept', async () => {
    expect((await service.post(unsigned(request(newUser())))).status).to.equal(503)
    const before = service.journal().length
    limitFiles(service, statSync(join(service.directory, 'journal.db-wal')).size)
    for (const body of ['no JSON', '{"SubscribeURL":"x"}', unsigned(request(newUser()))]) {
      const response = await service.post(body)
      expect(response.headers.get('retry-after'), body).to.match(/^\d+$/)
      await expectProblem(response, 503)
    }
    expect(await health(service)).to.include(CANNOT_KEEP)
    await isTold(service, 'journal: disk I/O error')
    expect(await (await service.get('/metrics')).text()).to.include('kyc_journal_up 0')
    limitFiles(service, 'unlimited')
    expect(service.journal()).to.have.length(before)
    await healthBecomes(service, READY)
    await expectProblem(await service.post('no JSON'), 400)
    expect(service.journal()).to.have.length(before + 1)
  })
})

describe('files that are taken from a running service', () => {
  const aside = (file: string) => ({
    take: () => renameSync(file, `${file}.aside`),
    putBack: () => renameSync(`${file}.aside`, file),
  })
  for (const [name, told, wanted] of [
    ['events.db', 'the file of the event log was removed or replaced under the service', CANNOT_APPEND],
    ['events.db-wal', 'the file of the event log was removed or replaced under the service', CANNOT_APPEND],
    ['journal.db', 'the file of the journal was removed or replaced under the service', CANNOT_KEEP],
  ] as const) {
    it(`(${name}) make it not ready though nothing is delivered, until they are back`, async () => {
      const service = await serveHere(newDirectory())
      const [before, after] = [newUser(), newUser()]
      await service.deliver(request(before))
      await service.ready()
      const file = aside(join(service.directory, name))
      file.take()
      await healthBecomes(service, wanted)
      await isTold(service, told)
      const kind = wanted === CANNOT_KEEP ? unsigned(request(after)) : signed(request(after))
      expect((await service.post(kind)).status).to.equal(503)
      file.putBack()
      await healthBecomes(service, READY)
      await service.deliver(request(after))
      expect(await service.kyc(before)).to.include({ status: 'pending' })
      expect(await service.kyc(after)).to.include({ status: 'pending' })
      await service.stop()
    })
  }

  for (const [name, wanted] of [
    ['events.db', CANNOT_APPEND],
    ['events.db-wal', CANNOT_APPEND],
    ['journal.db', CANNOT_KEEP],
  ] as const) {
    it(`and cut (${name}) make it not ready: nothing more is acknowledged that would stand behind a hole`, async () => {
      const service = await startService(newDirectory())
      await service.deliver(request(newUser()))
      await service.post(unsigned(request(newUser())))
      await service.ready()
      truncateSync(join(service.directory, name), 100)
      await healthBecomes(service, wanted)
      await isTold(service, 'was cut under the service')
      const webhook = request(newUser())
      expect((await service.post(wanted === CANNOT_KEEP ? unsigned(webhook) : signed(webhook))).status).to.equal(503)
      await service.kill()
    })
  }
})

describe('a log that is read-only', () => {
  /** Root may write what it likes, unless it gives that right away. Linux only. */
  const BOUND = ['setpriv', '--inh-caps=-all', '--bounding-set=-all']

  before(function () {
    try {
      execFileSync('setpriv', [...BOUND.slice(1), 'true'], { stdio: 'ignore' })
    } catch {
      this.skip()
    }
  })

  it('is refused at the start, with what to do, as a journal is, and the next start works as ever', async () => {
    const user = newUser()
    let service = await startService(newDirectory(), {}, BOUND)
    await service.deliver(request(user))
    await service.stop()
    for (const name of ['events.db', 'journal.db']) {
      const file = join(service.directory, name)
      chmodSync(file, 0o444)
      const refused = spawnService(service.directory, {}, BOUND)
      expect((await refused.exited).code).to.equal(1)
      expect(refused.stdout()).to.match(
        /may not write to \S+, which is of uid \d+ with mode 0444: give that right back/,
      )
      chmodSync(file, 0o600)
    }

    service = await startService(service.directory, {}, BOUND)
    await service.ready()
    expect((await service.deliver(validation(user))).outcome).to.equal('appended')
    expect(await service.kyc(user)).to.include({ status: 'validated' })
    await service.stop()
  })

  it('is not called missing where it is there and may not be read', async () => {
    const directory = newDirectory()
    const service = await serveHere(directory)
    await service.stop()
    const verify = (): string => {
      const [setpriv = '', ...words] = BOUND
      const env = { ...ENVIRONMENT, DATA_DIR: directory }
      return spawnSync(setpriv, [...words, process.execPath, KYC, 'verify'], { env, encoding: 'utf8' }).stderr
    }
    chmodSync(join(directory, 'events.db'), 0o000)
    expect(verify()).to.contain('this user may not read it').and.not.contain('no such file')
    chmodSync(directory, 0o000)
    expect(verify()).to.contain('this user may not read it')
    chmodSync(directory, 0o700)
    renameSync(join(directory, 'events.db'), join(directory, 'elsewhere.db'))
    expect(verify()).to.contain('there is no such file')
  })

  it('is written again after a release that left read-only files beside it', async () => {
    let service = await startService(newDirectory(), {}, BOUND)
    await service.deliver(request(newUser()))
    await service.kill()
    for (const suffix of ['-wal', '-shm']) chmodSync(join(service.directory, `events.db${suffix}`), 0o444)
    service = await startService(service.directory, {}, BOUND)
    await service.ready()
    expect((await service.deliver(request(newUser()))).outcome).to.equal('appended')
    await service.stop()
  })
})
