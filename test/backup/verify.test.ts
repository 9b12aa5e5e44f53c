import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import type { BackupTask } from '../../src/backup/asked.ts'
import { putBackBeside } from '../../src/backup/beside.ts'
import { digestOf } from '../../src/backup/digest.ts'
import { failureOf } from '../../src/backup/failure.ts'
import { expectRoom } from '../../src/backup/freeSpace.ts'
import { logContent } from '../../src/backup/logContent.ts'
import { backupAt } from '../../src/backup/manifest.ts'
import { carryOut } from '../../src/backup/task.ts'
import { currentReadModel } from '../../src/readModel/file.ts'
import { checkpointFile } from '../../src/sealing/kept.ts'
import { completed, KEYS, requestAndConfirm } from '../support/erasures/erasing.ts'
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { tampering } from '../support/logs/alteredLog.ts'
import { prepareLog } from '../support/logs/preparedLog.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import { type Done, startKyc } from '../support/service/kyc.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere, serveHere } from '../support/service/service.ts'
import { badlySigned, newUser, request, validation } from '../support/webhooks/webhookBuilders.ts'

const SEALED = { SEAL_EVERY: '1' }

/** Verifies what lies at a path, or makes it first; nothing of what was restored for that is left. */
const verify = async (directory: string, ...words: readonly string[]): Promise<Done> => {
  const temporary = newDirectory()
  const ended = await kycHere(directory, ['backup', '--verify', ...words], { TMPDIR: temporary })
  expect(readdirSync(temporary)).to.deep.equal([])
  return ended
}

const verified = ({ code, stdout, stderr }: Done): string => {
  expect(code, stdout + stderr).to.equal(0)
  expect(stdout.trim().split('\n').at(-1)).to.equal('verified: it can be restored, and holds what is served')
  return stdout
}

/** The same in this process, of what is there: which faults it has. */
const looked = async (
  directory: string,
  path: string,
  of: BackupTask['of'] = { path },
  eventStore: BackupTask['eventStore'] = { kind: 'sqlite', file: join(directory, 'events.db') },
) => {
  const outcome = await carryOut({
    eventStore,
    dataDir: directory,
    make: null,
    of,
    temporary: join(newDirectory(), 'temporary'),
    kept: null,
    patienceMs: 10_000,
  })
  expect(outcome.good === null).to.equal(outcome.faults.length > 0)
  return { told: outcome.told.join('\n'), faults: outcome.faults.map(({ failure, says }) => `${failure}: ${says}`) }
}

/** A running service with a few users. */
const served = async (env: Readonly<Record<string, string>> = SEALED) => {
  const service = await serveHere(newDirectory(), env)
  const users = [newUser(), newUser(), newUser()]
  for (const user of users) {
    await service.deliver(request(user))
    await service.deliver(validation(user))
  }
  await service.post(badlySigned(request(newUser())))
  return { service, users, to: join(newDirectory(), 'monday') }
}

const copyOf = (backup: string): string => {
  const copy = join(newDirectory(), 'copy')
  cpSync(backup, copy, { recursive: true })
  return copy
}

/** A copy of a backup in which the log is altered as somebody does who knows how: the manifest says that it is what was written. */
const altered = (backup: string, alter: (db: Database.Database) => void): string => {
  const copy = copyOf(backup)
  tampering(join(copy, 'events.db'), alter)
  const db = new Database(join(copy, 'events.db'), { readonly: true })
  const { altered: _, ...log } = logContent(db)
  db.close()
  const file = join(copy, 'backup.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { readonly files: readonly { readonly path: string }[] }
  const files = manifest.files.map(({ path }) => ({ path, ...digestOf(join(copy, path)) }))
  writeFileSync(file, JSON.stringify({ ...manifest, log, files }))
  return copy
}

describe('kyc backup --verify', () => {
  describe('beside a service', () => {
    let service: OwnService
    let users: readonly string[]
    let to: string
    let told: string
    before(async () => {
      ;({ service, users, to } = await served())
      told = verified(await verify(service.directory, to))
    })
    after(() => service.stop())

    it('makes a backup, restores it, folds it, and says what was compared', () => {
      expect(told).to.match(/^backed up: \d+ events, the last at position \d{16}, of the log [0-9a-f-]{36}\n/)
      expect(told).to.match(/\nrestored: .*; 1 refused deliveries\n/)
      expect(told).to.match(/\ntree: its \d+ leaves are the first of the running log, root \S{44}\n/)
      expect(told).to.match(/\nread model: \d+ rows folded from it are the ones in use/)
      expect(readdirSync(to)).to.include.members(['backup.json', 'verified.json', 'events.db', 'journal.db'])
      const { events } = JSON.parse(readFileSync(join(to, 'verified.json'), 'utf8')) as { readonly events: number }
      expect(told).to.include(`backed up: ${events} events`)
    })

    it('verifies it again while more is delivered, of users whom it holds and of others', async () => {
      let isDone = false
      const delivering = (async () => {
        for (let i = 0; !isDone; i++) {
          await service.deliver(request(users[i % 2] ?? '', {}, { userTag: `${i}` }))
          await service.deliver(request(newUser()))
        }
      })()
      const ended = await verify(service.directory, to).finally(() => {
        isDone = true
      })
      await delivering
      expect(verified(ended)).to.match(/; [\d,]+ events came since, of [\d,]+ users, who were folded on\n/)
    })

    it('does nothing that cannot be meant so', async () => {
      for (const words of [
        ['--verify', '--restored', 'nonsense'],
        ['--restored', 'sqlite:x'],
      ]) {
        expect((await kycHere(service.directory, ['backup', ...words])).code, words.join()).to.equal(2)
      }
    })

    it('finds a row of the read model in use that is not what is folded from it', async () => {
      const db = new Database(currentReadModel(service.directory))
      const stand = db.prepare('UPDATE kyc_status SET status = ? WHERE user_id = ?')
      stand.run('refused', users[2])
      const { faults } = await looked(service.directory, to)
      stand.run('validated', users[2])
      db.close()
      expect(faults[0]).to.match(/^differs: \d rows of the read model in use are not what is folded from the backup$/)
      expect(faults[1]).to.equal(`differs: user ${users[2]}: served refused, revision 1; rebuilt validated, revision 1`)
      expect((await looked(service.directory, to)).faults).to.deep.equal([])
    })

    it('finds a log that is not the one of which the directory keeps a checkpoint', async () => {
      await untilTrue('it is sealed', () => existsSync(checkpointFile(service.directory)))
      // The service goes on to seal, and would write its own over one that is altered.
      const kept = join(newDirectory(), 'kept')
      cpSync(service.directory, kept, { recursive: true, filter: (path) => !basename(path).includes('.db') })
      const file = checkpointFile(kept)
      const [origin, size, , ...signatures] = readFileSync(file, 'utf8').split('\n')
      writeFileSync(file, [origin, size, Buffer.alloc(32, 7).toString('base64'), ...signatures].join('\n'))
      const log = { kind: 'sqlite', file: join(service.directory, 'events.db') } as const
      expect((await looked(kept, to, { path: to }, log)).faults.join()).to.match(
        /^differs: the checkpoint over [\d,]+ events that DATA_DIR keeps is of another log$/,
      )
    })
    it('finds a single flipped bit, wherever it is', async () => {
      const flipped = copyOf(to)
      for (const name of ['events.db', 'journal.db']) {
        const bytes = readFileSync(join(flipped, name))
        bytes[bytes.length - 10] = (bytes.at(-10) ?? 0) ^ 1
        writeFileSync(join(flipped, name), bytes)
      }
      expect((await looked(service.directory, flipped)).faults).to.deep.equal(
        ['events.db', 'journal.db'].map((name) => `damaged: ${name} is not what was written`),
      )
    })

    it('finds what was altered in a file that is whole by its own word: metadata, an event taken out, the log itself', async () => {
      const stream = `kyc-${users[0]}`
      const otherTime = altered(to, (db) =>
        db.exec(
          `UPDATE events SET metadata = replace(metadata, ':"2', ':"1') WHERE stream = '${stream}' AND revision = 1`,
        ),
      )
      const shorter = altered(to, (db) => {
        const last = db.prepare<[], number>('SELECT max(position) FROM events').pluck().get() ?? 0
        const gone = db
          .prepare<[string], number>('SELECT max(position) FROM events WHERE stream = ?')
          .pluck()
          .get(stream)
        db.prepare('DELETE FROM events WHERE position = ?').run(gone)
        for (let at = (gone ?? 0) + 1; at <= last; at++)
          db.prepare('UPDATE events SET position = ? WHERE position = ?').run(at - 1, at)
        db.prepare('UPDATE used_positions SET last = ?').run(last - 1)
      })
      const another = altered(to, (db) =>
        db.exec(
          `UPDATE events SET data = json_replace(data, '$.logId', 'another') WHERE stream = 'kyc-log' AND revision = 0`,
        ),
      )
      for (const [path, fault] of [
        [otherTime, /differs: its \d+ events are not the first \d+ of the running log/],
        [shorter, /differs: its \d+ events are not the first \d+ of the running log/],
        [another, /differs: it is the log another, and [0-9a-f-]{36} is served/],
      ] as const) {
        expect((await looked(service.directory, path)).faults.join('\n')).to.match(fault)
      }
    })
  })

  it('finds what is wrong in a backup by itself, also where the same is wrong in the log that is served', async () => {
    const { service, users } = await served()
    await service.stop()
    const log = join(service.directory, 'events.db')
    tampering(log, (db) =>
      db.exec(`UPDATE events SET data = replace(data, 'kycReview', 'kycRevieW') WHERE stream = 'kyc-${users[0]}'`),
    )
    // Made by other means: one of our own would have said so.
    const copy = join(newDirectory(), 'events.db')
    cpSync(log, copy)
    const { faults } = await looked(service.directory, copy)
    expect(faults.filter((says) => says.startsWith(`damaged: kyc-${users[0]}, revision `))).to.have.length(2)
  })

  it('tells users who were erased since from faults', async () => {
    const { service, users, to } = await served(KEYS)
    expect((await kycHere(service.directory, ['backup', to])).code).to.equal(0)
    const erasure = await requestAndConfirm(service, users[0] ?? '', { authority: 'somebody' })
    await completed(service, users[0] ?? '', erasure)
    const { told, faults } = await looked(service.directory, to)
    expect(faults).to.deep.equal([])
    expect(told).to.include('erased: 1 users were erased since it was made; it holds them until it is removed')
    expect(told).to.match(/read model: \d+ rows folded from it are the ones in use; /)
    await service.stop()
  })

  it('holds a server that was restored against the running one', async () => {
    const server = await startEventStoreDb()
    const service = await readyHere(newDirectory(), { ...SEALED, EVENT_STORE: server.connectionString })
    const user = newUser()
    await service.deliver(request(user))
    await service.kyc(user)
    const restored = await startEventStoreDb({ backup: server.events() })
    await service.deliver(validation(user))
    const another = await startEventStoreDb()
    const esdb = ({ connectionString }: { readonly connectionString: string }) =>
      ({ kind: 'esdb', connectionString }) as const
    const against = (double: EventStoreDb) => looked(service.directory, '', { server: esdb(double) }, esdb(server))
    const { told, faults } = await against(restored)
    expect(faults).to.deep.equal([])
    expect(told).to.match(/; [\d,]+ events came since, of 1 users, who were folded on$/)
    expect((await against(another)).faults[0]).to.match(
      /^differs: it is the log without an identity, and \S{36} is served$/,
    )
    await service.stop()
    await Promise.all([server, restored, another].map((double) => double.stop()))
  })

  it('leaves nothing of what it restored when it is told to stop, nor half a backup', async () => {
    const directory = newDirectory()
    await prepareLog(directory, 300, 2)
    const [temporary, parent] = [newDirectory(), newDirectory()]
    const to = join(parent, 'monday')
    const running = startKyc(directory, ['backup', '--verify', to], { TMPDIR: temporary })
    await untilTrue('it has begun', () => readdirSync(temporary).length > 0)
    running.signal('SIGTERM')
    const ended = await running.ended
    expect(ended.stderr).to.include('FAULT: it was told to stop')
    expect(ended).to.include({ code: 1, signal: null })
    expect(readdirSync(temporary)).to.deep.equal([])
    expect(existsSync(`${to}.unfinished`) || existsSync(join(to, 'verified.json'))).to.equal(false)
  })

  it('asks for room before it writes anything', () => {
    const directory = newDirectory()
    expectRoom(directory, 0)
    try {
      expectRoom(directory, 2 ** 60)
      expect.fail('there is no such disk')
    } catch (error) {
      expect(failureOf(error)).to.equal('disk-full')
      expect(String(error)).to.match(/has .* left, and 1048576\.\d TiB are needed/)
    }
  })
})

describe('what a backup holds beside the log', () => {
  const LEAPS = 'clock-leaps.json'
  const PLACE = join('webhooks-out', 'shop.json')

  it('is put back where the directory lacks it, and replaces nothing: an older checkpoint least of all', async () => {
    const { service, to } = await served()
    const { directory } = service
    await service.stop()
    mkdirSync(join(directory, 'webhooks-out'))
    for (const name of [LEAPS, PLACE]) writeFileSync(join(directory, name), 'before', { mode: 0o600 })
    expect((await kycHere(directory, ['backup', to])).code).to.equal(0)
    for (const name of ['seal-key.pem', 'backups.json']) expect(existsSync(join(to, 'data', name))).to.equal(false)

    const elsewhere = newDirectory()
    const restored = await kycHere(elsewhere, ['restore', to])
    expect(restored, restored.stderr).to.include({ code: 0 })
    expect(restored.stdout).to.include('sealed/checkpoint: put back')
    for (const name of [join('sealed', 'checkpoint'), LEAPS, PLACE]) {
      expect(readFileSync(join(elsewhere, name), 'utf8')).to.equal(readFileSync(join(directory, name), 'utf8'))
      expect(statSync(join(elsewhere, name)).mode & 0o077).to.equal(0)
    }

    rmSync(join(directory, LEAPS))
    for (const name of [join('sealed', 'checkpoint'), PLACE]) writeFileSync(join(directory, name), 'newer')
    const told = putBackBeside(backupAt(to), directory)
    expect(told).to.include(`sealed/checkpoint: the one in ${directory} stays`)
    for (const name of [join('sealed', 'checkpoint'), PLACE])
      expect(readFileSync(join(directory, name), 'utf8')).to.equal('newer')
    expect(readFileSync(join(directory, LEAPS), 'utf8')).to.equal('before')

    writeFileSync(join(to, 'data', 'sealed', 'checkpoint'), 'of somebody else')
    const third = newDirectory()
    const partly = await kycHere(third, ['restore', to])
    expect(partly.code).to.equal(1)
    expect(partly.stdout).to.include('sealed/checkpoint of the backup is not what was written: it is not put back')
    expect(existsSync(join(third, 'sealed', 'checkpoint'))).to.equal(false)
  })
})
