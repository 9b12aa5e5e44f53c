import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { prepareFile } from '../../src/eventStore/sqlite/database.ts'
import { hearWal, watchWal } from '../../src/eventStore/sqlite/walWatch.ts'
import { openJournal } from '../../src/journal/journal.ts'
import { openReadModelWriter } from '../../src/readModel/database/writer.ts'
import { makeWalDurable } from '../../src/sqlite/makeWalDurable.ts'
import { openWitnessed } from '../../src/witness/witnessed.ts'
import { diceOf } from '../fuzz/dice.ts'
import { installed } from '../support/installed.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import { ENVIRONMENT } from '../support/service/environment.ts'
import { startService } from '../support/service/service.ts'
import { newUser, request } from '../support/webhooks/webhookBuilders.ts'
import { Disk } from './disk.ts'
import { type Fault, faultyDisk } from './shim.ts'
import { readTrace } from './trace.ts'

const compiler = installed('cc', 'gcc', 'no disk fails under a write-ahead log')
const PROCESS = fileURLToPath(new URL('walProcess.ts', import.meta.url))
/** After so many pages there is a checkpoint (`smallWal.ts`). */
const PAGES = 60

/** How each database that is kept is made. */
const MADE: Readonly<Record<string, (directory: string) => unknown>> = {
  'events.db': (directory) => prepareFile(join(directory, 'events.db')),
  'read-model.db': (directory) => openReadModelWriter(join(directory, 'read-model.db')).close(),
  'journal.db': async (directory) => (await openJournal(join(directory, 'journal.db'))).close(),
  'witness.db': (directory) => openWitnessed(directory).close(),
}

/**
 * What a process does with the database `name` of `data`, on a disk that holds `stale` and fails so: how often it wrote into the database,
 * what it said, and how many bytes of a write-ahead log are left there. Each time the disk has to hold the write-ahead log that one without faults would.
 */
const checkpointed = (name: string, place: string, stale: string, ...faults: readonly Fault[]) => {
  const [data, before] = [join(place, 'data'), join(place, 'before')]
  cpSync(data, before, { recursive: true })
  const disk = faultyDisk(compiler ?? '', data, place)
  disk.fail(...faults)
  const said = execFileSync(process.execPath, [PROCESS, name, data], { env: { ...ENVIRONMENT, ...disk.env } })
  const [lost, honest] = [new Disk(stale, diceOf(1)), new Disk(before, diceOf(1))]
  const walOn = (one: Disk, at: string): Buffer => {
    const image = join(place, at)
    rmSync(image, { recursive: true, force: true })
    mkdirSync(image)
    one.writeImage(image, null)
    const wal = join(image, `${name}-wal`)
    return existsSync(wal) ? readFileSync(wal) : Buffer.alloc(0)
  }
  const opened = new Map<number, string>()
  let [writes, isCompared] = [0, false]
  for (const call of readTrace(disk.trace)) {
    if (call._tag === 'Opened') opened.set(call.file, call.path)
    if (call._tag === 'Written' && opened.get(call.file) === name) {
      writes += 1
      // With a sync more may be on the disk.
      if (!isCompared && !walOn(lost, 'lost').equals(walOn(honest, 'honest'))) {
        throw new Error(`${name} was written by what is in memory, after ${writes} writes`)
      }
      isCompared = true
    }
    if (call._tag === 'Synced') isCompared = false
    lost.tell(call)
    honest.tell(call._tag === 'Synced' ? { ...call, error: 0 } : call)
  }
  return { said: said.toString(), writes, left: walOn(lost, 'lost').length }
}

/** Of a database whose last commit is in the write-ahead log of a process that was killed, and of that log nothing is on the disk. */
const afterFailedSync = async (name: string, ...faults: readonly Fault[]) => {
  const place = newDirectory()
  const [made, data, stale] = [join(place, 'made'), join(place, 'data'), join(place, 'stale')]
  for (const directory of [made, data]) mkdirSync(directory)
  await MADE[name]?.(made)
  const db = new Database(join(made, name))
  db.pragma('wal_autocheckpoint = 0')
  // More than is written at once. Of log and read model more pages than wait for a checkpoint, too: 1000, unless something else is said.
  const bytes = name === 'events.db' || name === 'read-model.db' ? 9_000_000 : 1_200_000
  db.exec(`CREATE TABLE large (bytes BLOB); INSERT INTO large VALUES (randomblob(${bytes}))`)
  for (const file of [name, `${name}-wal`]) cpSync(join(made, file), join(data, file))
  db.close()
  cpSync(data, stale, { recursive: true })
  truncateSync(join(stale, `${name}-wal`))
  return checkpointed(name, place, stale, ...faults)
}

/** A database with a table, and nothing in it. */
const made = (name: string) => {
  const place = newDirectory()
  const data = join(place, 'data')
  mkdirSync(data)
  const db = new Database(join(data, name))
  db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT UNIQUE)')
  db.close()
  return { place, data }
}

;(compiler === null ? describe.skip : describe)(
  'a write-ahead log of which a failed sync left nothing on the disk',
  () => {
    for (const name of Object.keys(MADE)) {
      it(`is written again before ${name} is, by whoever opens it`, async () => {
        const { said, writes } = await afterFailedSync(name)
        expect(said).to.equal('null\n')
        expect(writes).to.be.at.least(1)
      })
    }

    it('is not gone by, either, where that fails', async () => {
      const { said, writes } = await afterFailedSync('events.db', 'sync events.db-wal EIO 0 1')
      expect(said).to.match(/^failed: EIO/)
      expect(writes).to.be.at.least(1)
    })

    for (const times of [0, 1]) {
      it(`is written again where commits are not synced, and ${times} of its checkpoints could not sync it`, () => {
        const { place, data } = made('some.db')
        const { said, writes } = checkpointed('some.db', place, data, `sync some.db-wal EIO 1 ${times}`)
        expect(Number(said)).to.be.within(PAGES, 2 * PAGES)
        expect(writes).to.be.at.least(10)
      })
    }

    it('is written again where a purge could not sync it', () => {
      const { place, data } = made('purged.db')
      const { said, writes, left } = checkpointed('purged.db', place, data, 'sync purged.db-wal EIO 1 1')
      expect(said).to.equal('["disk I/O error"]\n')
      // With what was purged in it, it would come back with the power.
      expect(left).to.equal(0)
      expect(writes).to.be.at.least(1)
    })
  },
)

;(compiler === null ? describe.skip : describe)('a write-ahead log that the disk keeps out of its database', () => {
  it('is said, by a service that takes what comes, until it is moved', async () => {
    const place = newDirectory()
    const data = join(place, 'data')
    mkdirSync(data)
    const disk = faultyDisk(compiler ?? '', data, place)
    const service = await startService(data, disk.env)
    await service.ready()
    const lines = (): readonly string[] =>
      service
        .stdout()
        .split('\n')
        .filter((line) => line.includes('"ready: event store up'))
    const isTold = (line = ''): boolean => line.includes('its write-ahead log is not moved into it: ')
    disk.fail('write events.db EIO 0 -1')
    await untilTrue('it is told', async () => {
      await service.deliver(request(newUser()))
      return isTold(lines().at(-1))
    })
    expect(lines().at(-1))
      .to.include('disk I/O error (SQLITE_IOERR_WRITE)')
      .and.to.match(/"level":("warn"|40)/)
    disk.fail()
    await untilTrue('it is over', () => !isTold(lines().at(-1)))
    await service.stop()
  })
})

describe('a write-ahead log', () => {
  it('is said to be held where somebody reads and nothing can be moved, as long as he does', async () => {
    const file = join(newDirectory(), 'some.db')
    const [one, other] = [new Database(file), new Database(file)]
    one.pragma('journal_mode = WAL')
    one.pragma('wal_autocheckpoint = 10')
    one.exec('CREATE TABLE t (id INTEGER)')
    const heard = hearWal(file)
    const lookNoMore = watchWal(one, file)
    other.exec('BEGIN; SELECT * FROM t')
    const insert = one.prepare('INSERT INTO t VALUES (1)')
    for (let times = 0; times < 30; times++) insert.run()
    await untilTrue('it is told', () => heard.reason() !== null)
    expect(heard.reason()).to.equal(
      'its write-ahead log is not moved into it: whoever reads it (a backup, a copy) holds it',
    )
    other.exec('COMMIT')
    await untilTrue('it is over', () => heard.reason() === null)
    heard.close()
    lookNoMore()
    for (const db of [one, other]) db.close()
  })

  it('is not said to be held any more where whoever said so has ended and another one begins', async () => {
    const file = join(newDirectory(), 'some.db')
    const db = new Database(file)
    db.pragma('journal_mode = WAL')
    const heard = hearWal(file)
    // What a thread does that ends before anything is mended.
    const lookNoMore = watchWal(db, file)
    db.exec('BEGIN; CREATE TABLE t (id INTEGER)')
    await untilTrue('it is told', () => heard.reason() !== null)
    lookNoMore()
    db.exec('COMMIT')
    const end = watchWal(db, file)
    await untilTrue('it is over', () => heard.reason() === null)
    end()
    heard.close()
    db.close()
  })

  it('is not written over while another process may write to it', () => {
    const file = join(newDirectory(), 'some.db')
    const [one, other] = [new Database(file), new Database(file, { timeout: 0 })]
    one.pragma('journal_mode = WAL')
    one.exec('CREATE TABLE t (id INTEGER); BEGIN IMMEDIATE')
    expect(() => makeWalDurable(other, file)).to.throw('database is locked')
    one.exec('COMMIT')
    makeWalDurable(other, file)
    for (const db of [one, other]) db.close()
  })

  it('is looked after before anybody says what the pages of a new database are to be', async () => {
    const directory = newDirectory()
    for (const name of ['events.db', 'read-model.db', 'journal.db']) {
      await MADE[name]?.(directory)
      const db = new Database(join(directory, name))
      expect(db.pragma('auto_vacuum', { simple: true }), name).to.equal(2)
      db.close()
    }
  })
})
