import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { startService } from '../support/service/service.ts'
import type { Env } from '../support/service/serviceProcess.ts'
import { badlySigned, newUser, request, SECRET, signed } from '../support/webhooks/webhookBuilders.ts'

interface Told {
  readonly verdict: string
  readonly findings: readonly { readonly verdict: string; readonly of: string; readonly says: string }[]
}

const isRoot = process.getuid?.() === 0
const KEY = 'a key that nobody guesses'
const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
const WELL = {
  TREEZOR_WEBHOOK_SECRET: SECRET,
  API_KEYS: `shop:kyc:read:${hash(KEY)},auditor:audit:read:${hash('auditor')}`,
}

/** What the doctor finds that is not well, each as `verdict, what: sentence`. */
const found = async (directory: string, env: Env = {}): Promise<readonly string[]> => {
  const ended = await kycHere(directory, ['doctor', '--json'], { ...WELL, ...env })
  const { verdict, findings } = JSON.parse(ended.stdout) as Told
  expect(ended.stderr).to.equal('')
  expect(ended.code).to.equal(verdict === 'fault' ? 1 : 0)
  return findings.filter((one) => one.verdict !== 'ok').map(({ verdict, of, says }) => `${verdict}, ${of}: ${says}`)
}

/** All that is in a directory, with times, modes and contents. */
const contents = (directory: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .toSorted()
      // Locks of who reads, and no more.
      .filter((name) => !name.endsWith('-shm'))
      .map((name) => {
        const [path, stat] = [join(directory, name), statSync(join(directory, name))]
        const text = stat.isFile() ? hash(readFileSync(path, 'latin1')) : ''
        return [name, [stat.mode, stat.uid, stat.size, stat.isFile() ? stat.mtimeMs : '', text].join(' ')]
      }),
  )

/** A directory of a service that took a webhook, refused another, sealed its log, and was stopped. */
const used = async (env: Env = {}): Promise<string> => {
  const directory = join(newDirectory(), 'data')
  const service = await startService(directory, { ...WELL, SEAL_EVERY: '1', ...env })
  await service.ready()
  expect((await service.post(signed(request(newUser())))).status).to.equal(200)
  await service.post(badlySigned(request(newUser())))
  await untilTrue('it is sealed', () => readdirSync(directory).includes('sealed'))
  await service.stop()
  return directory
}

describe('what the doctor looks at', () => {
  let directory: string
  before(async () => {
    directory = await used()
  })

  it('says how many deliveries wait, and changes nothing: no file is made, none is touched', async () => {
    const before = contents(directory)
    const all = await found(directory)
    expect(all.join('\n')).to.match(
      /^warning, journal: 1 deliveries that were not appended wait for somebody, the oldest since 20/m,
    )
    expect(all.filter((line) => !/^warning, (journal|backup|API keys)/.test(line))).to.deep.equal([])
    expect(contents(directory)).to.deep.equal(before)
  })

  it('looks without the right to write, as somebody else, and beside the service', async function () {
    if (!isRoot || spawnSync('setpriv', ['--version']).error !== undefined) return this.skip()
    const parent = dirname(directory)
    const nobody = 65_534
    chmodSync(parent, 0o755)
    for (const name of ['.', ...readdirSync(directory, { recursive: true, encoding: 'utf8' })])
      chownSync(join(directory, name), nobody, nobody)
    // Nobody but root may write there now; whoever owns it may read.
    const before = contents(directory)
    chmodSync(directory, 0o500)
    const script = new URL('../../src/cli/main.ts', import.meta.url).pathname
    const env = { ...WELL, DATA_DIR: directory, SEAL_EVERY: '1', PATH: process.env['PATH'] ?? '' }
    const as = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, script, 'doctor', '--json']
    const { stdout, stderr } = spawnSync('setpriv', as, { env, encoding: 'utf8' })
    const told = JSON.parse(stdout || '{}') as Told
    const faults = told.findings.filter(({ verdict }) => verdict === 'fault').map(({ says }) => says)
    expect(faults, stderr).to.have.length(1)
    expect(faults[0]).to.include(`may not write to ${directory}`)
    expect(told.findings.some(({ of, says }) => of === 'events.db' && says.startsWith('whole'))).to.equal(true)
    chmodSync(directory, 0o700)
    expect(contents(directory)).to.deep.equal(before)
    for (const name of ['.', ...readdirSync(directory, { recursive: true, encoding: 'utf8' })])
      chownSync(join(directory, name), 0, 0)
  })

  it('tells no secret, no key and no user', async () => {
    const env = { WEBHOOKS_OUT: join(directory, 'out.json') }
    const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
    writeFileSync(
      env.WEBHOOKS_OUT,
      JSON.stringify({ version: 1, endpoints: [{ name: 'crm', url: 'https://crm.example.com/h', secrets: [secret] }] }),
      { mode: 0o600 },
    )
    const { stdout } = await kycHere(directory, ['doctor'], { ...WELL, ...env })
    for (const text of [SECRET, KEY, hash(KEY), secret, 'crm.example.com']) expect(stdout).to.not.include(text)
    expect(stdout).to.not.match(/kyc-\d/)
    expect(stdout).to.match(/^ok +webhooks out +crm: nothing was sent yet/m)
  })

  it('finds weak secrets and keys, old ones, and those that nothing was signed or read with', async () => {
    const short = await found(directory, {
      TREEZOR_WEBHOOK_SECRET: `${SECRET},short`,
      API_KEYS: `shop:kyc:read:${hash('test')},auditor:audit:read:${hash('a')}`,
    })
    expect(short).to.include(
      'fault, configuration: API_KEYS: the key of shop is empty or a word that anybody tries first: make another one',
    )
    expect(short.join('\n'))
      .to.include('secret 2 has fewer than 16 bytes')
      .and.match(
        /secret 2 of TREEZOR_WEBHOOK_SECRET \(fingerprint [0-9a-f]{8}\) has matched none of the events looked at, another has/,
      )
      .and.include('auditor has audit:read and has never read')
    const other = await found(directory, { TREEZOR_WEBHOOK_SECRET: 'another one, long enough for all' })
    expect(other.join('\n')).to.match(
      /the newest event matched a secret that is not set here \(fingerprint [0-9a-f]{8}\)/,
    )
  })

  it('finds files of others, files that everybody may read, and a key that is none', async () => {
    const key = join(newDirectory(), 'key.pem')
    writeFileSync(key, 'none', { mode: 0o644 })
    const all = (await found(directory, { SEAL_KEY_FILE: key })).join('\n')
    expect(all).to.include(`fault, file modes: ${key} is 0644: everybody may get at a key or a secret`)
    expect(all).to.include(`fault, seals: nothing is sealed: ${key} is no file of keys`)
    chmodSync(join(directory, 'sealed', 'checkpoint'), 0o640)
    if (isRoot) chownSync(join(directory, 'journal.db'), 65_534, 0)
    const modes = (await found(directory)).join('\n')
    expect(modes).to.include(
      `${join(directory, 'sealed', 'checkpoint')} is 0640: others may get at personal data; it should be 0600`,
    )
    if (isRoot)
      expect(modes).to.include(
        `fault, file modes: ${join(directory, 'journal.db')} is of uid 65534, and ${directory} of uid 0`,
      )
    chmodSync(join(directory, 'sealed', 'checkpoint'), 0o600)
    if (isRoot) chownSync(join(directory, 'journal.db'), 0, 0)
  })

  it('finds a clock that leapt, and a file of leaps that is none', async () => {
    const file = join(directory, 'clock-leaps.json')
    const leap = {
      leapId: 'a',
      noticedAt: '2026-03-01T09:00:00.000Z',
      milliseconds: 3_600_000,
      since: null,
      until: null,
    }
    writeFileSync(file, JSON.stringify([leap]), { mode: 0o600 })
    expect((await found(directory)).join('\n')).to.match(
      /^fault, clock: it went forwards by 3600 s while the service ran/m,
    )
    writeFileSync(file, '{', { mode: 0o600 })
    expect((await found(directory)).join('\n')).to.match(
      /^fault, clock: cannot be looked at: .*does not hold the leaps/m,
    )
    writeFileSync(file, '[]', { mode: 0o600 })
  })

  it('finds endpoints that are off, and what those have left that are none any more', async () => {
    const out = join(directory, 'webhooks-out')
    mkdirSync(out, { mode: 0o700 })
    const standing = { failingSince: null, deliveredAt: null, down: null, off: { reason: 'gone', at: 1 } }
    const kept = { version: 1, log: 'x', after: null, told: [], waiting: [], givenUp: [], standing }
    for (const name of ['crm.json', 'old.json']) writeFileSync(join(out, name), JSON.stringify(kept), { mode: 0o600 })
    const all = (await found(directory, { WEBHOOKS_OUT: join(directory, 'out.json') })).join('\n')
    expect(all).to.match(/^fault, webhooks out: crm is off: it answered 410/m)
    expect(all).to.match(/^warning, webhooks out: old\.json in .* are of endpoints that WEBHOOKS_OUT does not name/m)
  })

  it('finds a read model of another version, a directory of another log, and a backup that is old', async () => {
    const other = await used()
    const model = new Database(join(directory, 'read-model.db'))
    model.prepare('UPDATE checkpoint SET version = 1, log_id = ?').run('another')
    model.close()
    const good = { madeAt: 1, verifiedAt: 1, events: 1, bytes: 1 }
    writeFileSync(
      join(directory, 'backups.json'),
      JSON.stringify({ last: { at: 1, seconds: 1, isGood: true }, good }),
      { mode: 0o600 },
    )
    const all = (await found(directory)).join('\n')
    expect(all).to.match(/^warning, read model: of version 1, and this release has \d+: it is made anew/m)
    expect(all).to.match(/^fault, directory: the log is [0-9a-f-]{36}, but .* belongs to another: a start is refused/m)
    expect(all).to.match(/^warning, backup: the last good one is of 1970-01-01T00:00:01\.000Z: make another one/m)
    expect((await found(other)).filter((line) => line.startsWith('fault'))).to.deep.equal([])
    utimesSync(join(other, 'events.db'), 1, 1)
  })

  it('finds that the disk is full', async function () {
    const disk = newDirectory()
    if (!isRoot || spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]).status !== 0) return this.skip()
    try {
      chmodSync(disk, 0o700)
      expect((await found(disk)).join('\n')).to.match(/^fault, disk: .* has 8\.0 MiB left: make room/m)
    } finally {
      spawnSync('umount', [disk])
    }
  })
})

describe('a start', () => {
  it('tells what the doctor finds at a look, and serves all the same', async () => {
    const directory = newDirectory()
    mkdirSync(join(directory, 'sealed'), { mode: 0o700 })
    writeFileSync(join(directory, 'sealed', 'erasures'), '', { mode: 0o644 })
    const service = await startService(directory, { ...WELL, API_KEYS: `shop:kyc:read:${hash('test')}` })
    await untilTrue('it is told', () =>
      /"level":40.*"msg":"doctor: file modes: .*erasures is 0644/.test(service.stdout()),
    )
    await service.says(/"level":50.*"msg":"doctor: configuration: API_KEYS: the key of shop is empty or/)
    await service.ready()
    await service.stop()
  })
})
