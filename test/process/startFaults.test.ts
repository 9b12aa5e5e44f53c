import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { AUDIENCE, ISSUER } from '../support/access/issuer.ts'
import { damagePage, pagesOf } from '../support/logs/damagedLog.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { readyHere, refusedHere, serveHere, startService } from '../support/service/service.ts'
import { type Env, type ServiceProcess, spawnService } from '../support/service/serviceProcess.ts'
import { smallLog } from '../support/witness/smallLog.ts'

const isRoot = process.getuid?.() === 0
/** A user to whom modes apply. */
const NOBODY = 65_534

/** A program of the system, where it is there. */
const has = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined

const messages = (child: Pick<ServiceProcess, 'stdout'>, level: number): readonly string[] =>
  child
    .stdout()
    .split('\n')
    .filter((line) => line.includes(`"level":${level}`))
    .map((line) => {
      const { msg, reason = '' } = JSON.parse(line) as { readonly msg: string; readonly reason?: string }
      return [msg, reason].join(' ').trim()
    })

/** The one line with which a start ends; nothing but lines was written, none of them of a stack. */
const lastWord = async (child: ServiceProcess): Promise<string> => {
  const { code, signal } = await child.exited
  const told = messages(child, 60)
  expect({ code, signal, lines: told.length, stderr: child.stderr() }, child.stdout()).to.deep.equal({
    code: 1,
    signal: null,
    lines: 1,
    stderr: '',
  })
  const [line = ''] = told
  expect(line).to.not.match(/\n|^\s+at |\.ts:/)
  return line
}

/** Starts it through a shell that sets a limit first. */
const limited = (limit: string): readonly string[] => ['sh', '-c', `ulimit ${limit} && exec "$@"`, 'sh']

/** Starts it as somebody to whom modes apply. */
const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']

/** A directory of a service that has been stopped. */
const served = async (env: Env = {}): Promise<string> => {
  const service = await readyHere(newDirectory(), env)
  await service.stop()
  return service.directory
}

describe('a start that comes to nothing says which file, and what to do', () => {
  for (const name of ['events.db', 'events.db-lock', 'service-lock', 'journal.db', 'clock-leaps.json']) {
    it(`${name}: a directory where a file is expected`, async () => {
      const directory = newDirectory()
      mkdirSync(join(directory, name))
      // As a process once for all of them: each is told by the same last line.
      const said = await (name === 'events.db' ? lastWord(spawnService(directory)) : refusedHere(directory))
      expect(said).to.include(`${join(directory, name)} is a directory where a file is expected: move it aside`)
    })
  }

  it('a file where a directory is expected, above the one that is looked for', async () => {
    const file = join(newDirectory(), 'disk')
    writeFileSync(file, '')
    const said = await refusedHere(join(file, 'data'))
    expect(said).to.include(`${file} is a file where a directory is expected: move it aside`)
  })

  it('what is no database, and the page of one that makes no sense', async () => {
    const nonsense = 'this is no database, and is long enough to be seen as none'.repeat(99)
    for (const [name, todo] of [
      ['events.db', 'restore it from a backup'],
      ['journal.db', 'to start with a new one, move it aside'],
      ['service-lock', 'remove it: it holds nothing'],
    ] as const) {
      const directory = newDirectory()
      writeFileSync(join(directory, name), nonsense)
      const said = await refusedHere(directory)
      expect(said).to.include(join(directory, name)).and.include('no database').and.include(todo)
    }
    const directory = await served()
    const journal = join(directory, 'journal.db')
    const db = new Database(journal)
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.close()
    damagePage(journal, pagesOf(journal, 'deliveries_by_reason', 'leaf')[0] ?? 0)
    expect(await refusedHere(directory)).to.include(
      `${journal}: it is damaged; to start with a new one, move it aside (journal.db*)`,
    )
  })

  it('that no more files can be opened', async () => {
    for (const files of [26, 34]) {
      const child = spawnService(newDirectory(), {}, limited(`-n ${files}`))
      const { code } = await child.exited
      expect([code, child.stdout() + child.stderr()].join()).to.match(/^1,.*ulimit -n, LimitNOFILE=/s)
      expect(child.stdout() + child.stderr()).to.not.match(/^\s+at /m)
    }
  })

  it('that no file may grow so far', async () => {
    const directory = newDirectory()
    const said = await lastWord(spawnService(directory, {}, limited('-f 8')))
    expect(said).to.match(/events\.db: no file may grow beyond \d+ bytes: lift that limit \(ulimit -f/)
  })

  it('which mode and owner keep it from a file, as somebody to whom modes apply', async function () {
    if (!isRoot || !has('setpriv')) return this.skip()
    // By a process: modes are as its umask has them.
    const { directory, ready, stop } = await startService()
    await ready()
    await stop()
    const nobody = (env: Env = {}) => lastWord(spawnService(directory, env, asNobody))
    chmodSync(directory, 0o755)
    expect(await nobody()).to.match(
      new RegExp(`this process \\(uid ${NOBODY}\\) may not .*${directory}.* of uid 0 with mode 0\\d{3}: give it`),
    )
    const own = (path: string): void => chownSync(path, NOBODY, NOBODY)
    for (const path of [directory, ...readdirSync(directory).map((name) => join(directory, name))]) own(path)
    chownSync(join(directory, 'journal.db'), 0, 0)
    expect(await nobody()).to.include(`may not read ${join(directory, 'journal.db')}, which is of uid 0 with mode 0600`)
    own(join(directory, 'journal.db'))
    chmodSync(join(directory, 'events.db'), 0o400)
    expect(await nobody()).to.include(`may not write to ${join(directory, 'events.db')}`)
    chmodSync(join(directory, 'events.db'), 0o600)
    expect(await nobody({ PORT: '80' })).to.match(/port 80 of 127\.0\.0\.1: below 1024|in use/)
    const said = await lastWord(
      spawnService(join(directory, 'deeper'), { EVENT_STORE: 'sqlite:/nowhere/events.db' }, asNobody),
    )
    expect(said).to.include('may not write to /,')
  })

  it('that the disk is full, has no inodes left, or is mounted read-only', async function () {
    const disk = newDirectory()
    const mounted = (options: string): boolean =>
      isRoot && spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk], { stdio: 'ignore' }).status === 0
    if (!mounted('size=64k')) return this.skip()
    const unmount = (): void => void execFileSync('umount', [disk])
    try {
      expect(await refusedHere(disk)).to.match(/events\.db: the disk is full: make room on the file system of/)
      unmount()
      expect(mounted('size=9m,nr_inodes=5')).to.equal(true)
      expect(await refusedHere(disk)).to.match(/has no inodes left: remove files from it/)
      unmount()
      expect(mounted('size=9m')).to.equal(true)
      execFileSync('mount', ['-o', 'remount,ro', disk])
      expect(await refusedHere(disk)).to.include(`${disk} is on a file system that is mounted read-only`)
    } finally {
      unmount()
    }
  })

  it('that a file of the configuration cannot be read, all of them at once and with exit code 2', async () => {
    const directory = newDirectory()
    const child = spawnService(directory, { RETENTION_POLICY: 'absent.json', WEBHOOKS_OUT: directory })
    expect((await child.exited).code).to.equal(2)
    expect(child.stderr()).to.match(
      /^RETENTION_POLICY: the file cannot be read: there is none of that name, looked for from \//m,
    )
    expect(child.stderr()).to.match(
      /^WEBHOOKS_OUT: the file cannot be read: .* is a directory where a file is expected/m,
    )
    const secret = spawnService(directory, { WEBHOOKS_OUT: '{"secrets":["whsec_AAAA"]}' })
    expect((await secret.exited).code).to.equal(2)
    expect(secret.stderr()).to.not.include('whsec_')
  })

  it('what reads tokens, where these are taken: no service runs without it', async () => {
    const unread = `
      import { registerHooks } from 'node:module'
      registerHooks({
        load: (url, context, next) => {
          if (url.endsWith('/tokenClaims.ts')) throw Object.assign(new Error(url), { code: 'EMFILE' })
          return next(url, context)
        },
      })`
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(unread)}` }
    const tokens = { JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE, JWT_JWKS_URL: 'http://127.0.0.1:9/' }
    const child = spawnService(newDirectory(), { ...env, ...tokens })
    expect(await lastWord(child)).to.include('no more files can be opened')
    expect(child.stdout()).not.to.include('listening')
    // Where none are taken nobody needs it.
    const without = await startService(newDirectory(), env)
    await without.stop()
  })
})

describe('what a service does without is told, and it serves', () => {
  it('a read model, a tree and a sealing key that cannot be opened', async () => {
    const directory = newDirectory()
    mkdirSync(join(directory, 'read-model.db'))
    mkdirSync(join(directory, 'seal-key.pem'))
    writeFileSync(join(directory, 'tree'), '')
    const service = await serveHere(directory, { SEAL_EVERY: '1' })
    const told = (level: number): string => messages(service, level).join('\n')
    await untilTrue(
      'each is told',
      () =>
        told(50).includes(`${join(directory, 'read-model.db')} is a directory where a file is expected`) &&
        told(50).includes(`${join(directory, 'tree')} is a file where a directory is expected`),
    )
    expect((await service.get('/health/ready')).status).to.equal(503)
    rmSync(join(directory, 'tree'))
    rmSync(join(directory, 'read-model.db'), { recursive: true })
    await service.ready()
    await untilTrue('the key is told', () => told(40).includes(`${join(directory, 'seal-key.pem')} is a directory`))
    await service.stop()
  })
})

describe('a command that cannot open a file says which, and what to do', () => {
  const said = async (directory: string, words: readonly string[], env: Env = {}): Promise<string> => {
    const { code, stderr } = await kycHere(directory, words, env)
    expect(code, stderr).to.equal(1)
    expect(stderr).to.not.match(/^\s+at /m)
    return stderr
  }

  it('replay, backup, restore, journal, clock, seal-key, witness', async () => {
    const directory = await served()
    const inTheWay = join(newDirectory(), 'file')
    writeFileSync(inTheWay, '')
    const isFile = `${inTheWay} is a file where a directory is expected: move it aside`
    expect(await said(directory, ['backup', join(inTheWay, 'backup')])).to.include(isFile)
    expect(await said(directory, ['seal-key'], { SEAL_KEY_FILE: join(inTheWay, 'key.pem') })).to.include(inTheWay)
    const witness = {
      WITNESS_DIR: join(inTheWay, 'w'),
      WITNESS_NAME: 'w.example/1',
      WITNESS_LOGS: smallLog('log.example').vkey,
    }
    expect(await said(directory, ['witness'], witness)).to.include(isFile)

    mkdirSync(join(directory, 'clock-leaps.json'))
    expect(await said(directory, ['clock'])).to.include(`${join(directory, 'clock-leaps.json')} is a directory`)
    rmSync(join(directory, 'replay-lock'), { force: true })
    mkdirSync(join(directory, 'replay-lock'))
    expect(await said(directory, ['replay'])).to.include(`${join(directory, 'replay-lock')} is a directory`)
    expect(await said(directory, ['restore', directory])).to.include('is no backup')
    writeFileSync(join(directory, 'journal.db'), 'no database at all, but long enough to be looked at '.repeat(100))
    expect(await said(directory, ['journal']))
      .to.include(join(directory, 'journal.db'))
      .and.include('is no database')
    expect(existsSync(join(directory, 'events.db'))).to.equal(true)
  })

  it('a backup to a disk that is full', async function () {
    const disk = newDirectory()
    const mount = ['-t', 'tmpfs', '-o', 'size=40k', 'tmpfs', disk]
    if (!isRoot || spawnSync('mount', mount, { stdio: 'ignore' }).status !== 0) return this.skip()
    try {
      expect(await said(await served(), ['backup', join(disk, 'monday')])).to.match(/disk is full|are needed/)
    } finally {
      execFileSync('umount', [disk])
    }
  })
})
