import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { openEsdbEventStore } from '../../src/eventStore/esdb/esdbEventStore.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { readIdentity } from '../../src/ledger/logIdentity.ts'
import { isOfLog } from '../../src/readModel/database/schema.ts'
import { checkpointOf } from '../../src/readModel/database/snapshot.ts'
import { openReadModelWriter } from '../../src/readModel/database/writer.ts'
import { currentReadModel, removeReadModel } from '../../src/readModel/file.ts'
import { runProjection } from '../../src/readModel/projection/runProjection.ts'
import { upTo } from '../../src/replay/upTo.ts'
import { takeWriterLock } from '../../src/sqlite/writerLock.ts'
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { newEvents, newStream } from '../support/events/newEvents.ts'
import { readingLog, recordAsFound, writingLog } from '../support/logs/logs.ts'
import { preparedUser, prepareLog } from '../support/logs/preparedLog.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { inBatchesOf } from '../support/pipeline/projecting.ts'
import { right } from '../support/right.ts'
import { CRASH_ROUNDS } from '../support/rounds.ts'
import { startKyc } from '../support/service/kyc.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere, serveHere } from '../support/service/service.ts'
import { at, document, newUser, refusal, request, validation } from '../support/webhooks/webhookBuilders.ts'
import { writtenOnce } from '../support/writtenOnce.ts'

const USERS = 100
const EVENTS = 10
const everybody = Array.from({ length: USERS }, (_, index) => preparedUser(index))
const somebody = (): string => everybody[Math.floor(Math.random() * USERS)] ?? ''
/** Later than all that the prepared log holds. */
const LATER = 17494724399020

const readModels = (directory: string): readonly string[] =>
  readdirSync(directory).filter((name) => /^read-model.*\.db$/.test(name))

const takenOver = (service: OwnService): Promise<true> =>
  eventually('the rebuilt read model has taken over', async () => {
    const left = readModels(service.directory)
    const current = currentReadModel(service.directory)
    return left.length === 1 && existsSync(current) && service.stdout().includes('taken over') ? true : null
  })

const bodiesOf = (service: OwnService): Promise<readonly string[]> =>
  Promise.all(everybody.map((user) => service.kycBody(user)))

/** Changes the read model in use behind everybody's back. */
/** Changes one row as a fault of the disk would: what counts the rows as they are written hears nothing of it. */
const changeOne = (db: Database.Database, change: string, ...parameters: readonly string[]): void => {
  const triggers = db
    .prepare<[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    .all()
  db.transaction(() => {
    for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`)
    expect(db.prepare(change).run(...parameters).changes, change).to.equal(1)
    for (const { sql } of triggers) db.exec(sql)
  }).immediate()
}

const corrupt = (directory: string, change: string, user: string): void => {
  const db = new Database(currentReadModel(directory), { timeout: 5000 })
  changeOne(db, `UPDATE kyc_status SET ${change} WHERE user_id = ?`, user)
  db.close()
}

const PAGE = 4096

/** Overwrites pages of a database, counted from 1 as SQLite does. */
const damage = (file: string, pages: readonly number[]): void => {
  const descriptor = openSync(file, 'r+')
  for (const page of pages) writeSync(descriptor, Buffer.alloc(PAGE, 0x5a), 0, PAGE, (page - 1) * PAGE)
  closeSync(descriptor)
}

/** The log in batches of one event, of which it holds no more than so many. */
const firstBatches = (count: number, store: EventStore): EventStore => ({
  ...store,
  async *follow(after, signal) {
    let batches = 0
    for await (const batch of inBatchesOf(1, store).follow(after, signal)) {
      yield batch
      if (++batches === count) return
    }
  },
})

describe('a replay', () => {
  describe('beside a running service', () => {
    const directory = newDirectory()
    let service: OwnService
    before(async () => {
      await prepareLog(directory, USERS, EVENTS)
      service = await readyHere(directory)
    })
    after(() => service.stop())

    it('with --dry-run compares, and leaves everything as it is', async () => {
      const held = (): readonly string[] => readdirSync(directory).filter((name) => !name.startsWith('replay-lock'))
      const before = held()
      const ended = await kycHere(directory, ['replay', '--dry-run'])
      expect(ended.code, ended.stderr).to.equal(0)
      expect(ended.stdout).to.include('the rebuilt read model is the same, row by row')
      expect(held()).to.have.members(before)
      expect(existsSync(join(directory, 'read-model.current'))).to.equal(false)
    })

    it('takes the place of what is served, while nobody who reads or delivers notices', async () => {
      const bodies = await bodiesOf(service)
      const [busy, ...others] = [newUser(), newUser(), newUser()]
      await service.deliver(request(busy))
      const statuses = new Map<string, number>()
      const paths = (): readonly string[] => [
        `/users/${somebody()}/kyc`,
        `/users/${somebody()}/kyc?asOf=2024-06-27T07:14:05Z`,
        `/users/${somebody()}/kyc?knownAt=${new Date().toISOString()}`,
        `/users/${somebody()}/kyc/history`,
        '/users?status=validated&limit=3',
        '/users?anomaly=echo',
        '/health/ready',
      ]
      let going = true
      let asked = 0
      const poll = async (): Promise<void> => {
        while (going) {
          for (const path of paths()) {
            const response = await service.get(path)
            await response.arrayBuffer()
            asked += 1
            if (response.status !== 200) statuses.set(`${response.status} ${path}`, (statuses.get(path) ?? 0) + 1)
          }
        }
      }
      /** Each delivery can be read at once from its position on, whichever read model answers. */
      const deliver = async (): Promise<number> => {
        for (let n = 1; ; n++) {
          if (!going) return n
          await service.deliver(request(busy, {}, { userTag: String(n) }))
          const status = await service.kyc(busy)
          expect(status.events).to.equal(n + 1)
        }
      }
      const work = Promise.all([deliver(), poll(), poll()])
      try {
        for (let round = 0; round < 2; round++) {
          const previous = currentReadModel(directory)
          const ended = await kycHere(directory, ['replay'])
          expect(ended.code, ended.stderr).to.equal(0)
          expect(ended.stdout).to.include('the rebuilt read model is the same, row by row')
          expect(currentReadModel(directory)).to.not.equal(previous)
          await takenOver(service)
          expect(existsSync(previous)).to.equal(false)
        }
      } finally {
        going = false
      }
      const [delivered] = await work
      expect([...statuses]).to.deep.equal([])
      // However slow the machine is: a few in each round.
      expect(asked).to.be.greaterThan(20)
      expect(delivered).to.be.greaterThan(4)
      expect(await bodiesOf(service)).to.deep.equal(bodies)
      for (const user of others) {
        await service.deliver(validation(user))
        expect(await service.kyc(user)).to.include({ status: 'validated' })
      }
    })

    it('is taken up as well when another one has hardly been', async () => {
      for (let n = 0; n < 2; n++) expect((await kycHere(directory, ['replay'])).code).to.equal(0)
      await takenOver(service)
      const user = newUser()
      await service.deliver(request(user))
      expect(await service.kyc(user)).to.include({ status: 'pending' })
      const db = new Database(currentReadModel(directory), { readonly: true })
      expect(db.prepare('SELECT status FROM kyc_status WHERE user_id = ?').pluck().get(user)).to.equal('pending')
      db.close()
    })

    it('tells of every row that is not what the log says, and mends it', async () => {
      const changes = [
        `body = '{"status":"validated","verified":true}', etag = '"made up"'`,
        `body = '{"status":"validated","verified":true}'`,
        `status = 'refused'`,
        `next_review_date = '2001-01-01'`,
        `anomalies = '["echo"]'`,
        `revision = 0`,
      ]
      const users = everybody.slice(10, 10 + changes.length)
      const bodies = await bodiesOf(service)
      for (const [index, user] of users.entries()) corrupt(directory, changes[index] ?? '', user)

      const dry = await kycHere(directory, ['replay', '--dry-run'])
      expect(dry.code, dry.stderr).to.equal(1)
      const previous = currentReadModel(directory)
      const ended = await kycHere(directory, ['replay'])
      expect(ended.code, ended.stderr).to.equal(0)
      for (const { stdout } of [dry, ended]) {
        for (const user of users) expect(stdout).to.include(`user ${user}: served `)
        expect(stdout).to.include(`${changes.length} rows differ`)
      }
      await takenOver(service)
      expect(currentReadModel(directory)).to.not.equal(previous)
      expect(await bodiesOf(service)).to.deep.equal(bodies)
      for (const user of users) {
        await service.deliver(refusal(user, { createdAt: LATER }))
        expect(await service.kyc(user)).to.include({ status: 'refused' })
      }
      expect((await kycHere(directory, ['replay', '--dry-run'])).code).to.equal(0)
    })

    it('mends one of which pages are damaged, though it cannot be compared', async () => {
      const bodies = await bodiesOf(service)
      const previous = currentReadModel(directory)
      const db = new Database(previous, { timeout: 5000 })
      db.pragma('wal_checkpoint(TRUNCATE)')
      const pages = Array.from({ length: Number(db.pragma('page_count', { simple: true })) }, (_, index) => index + 1)
      db.close()
      damage(
        previous,
        pages.filter((page) => page > 10 && page % 3 === 0),
      )
      const ended = await kycHere(directory, ['replay'])
      expect(ended.code, ended.stderr).to.equal(0)
      expect(ended.stderr).to.include('the read model in use cannot be read, and so not be compared: ')
      expect(ended.stdout).to.include('there is no read model that the rebuilt one can be compared with')
      await takenOver(service)
      expect(currentReadModel(directory)).to.not.equal(previous)
      expect(await bodiesOf(service)).to.deep.equal(bodies)
      expect((await kycHere(directory, ['replay', '--dry-run'])).stdout).to.include('the same, row by row')
    })

    it('tells of a row too many and of one that is missing', async () => {
      const user = somebody()
      const db = new Database(currentReadModel(directory), { timeout: 5000 })
      db.prepare("UPDATE kyc_status SET user_id = '1' WHERE user_id = ?").run(user)
      db.close()
      const ended = await kycHere(directory, ['replay'])
      expect(ended.stdout).to.include('user 1: ').and.to.include(`user ${user}: served no row`)
      await takenOver(service)
      expect((await service.get('/users/1/kyc')).status).to.equal(404)
      expect((await service.get(`/users/${user}/kyc`)).status).to.equal(200)
    })

    it('killed at any moment leaves what is served, and the next one succeeds', async () => {
      const user = somebody()
      const took = performance.now()
      expect((await kycHere(directory, ['replay', '--dry-run'])).code).to.equal(0)
      const duration = performance.now() - took
      for (let round = 0; round < CRASH_ROUNDS; round++) {
        const replay = startKyc(directory, ['replay'])
        await sleep(Math.random() * duration * 1.1)
        replay.kill()
        await replay.ended
        expect((await service.get(`/users/${user}/kyc`)).status).to.equal(200)
        expect(existsSync(currentReadModel(directory))).to.equal(true)
      }
      const ended = await kycHere(directory, ['replay'])
      expect(ended.code, ended.stderr).to.equal(0)
      expect(ended.stdout).to.include('the rebuilt read model is the same, row by row')
      await takenOver(service)
      const another = newUser()
      await service.deliver(request(another))
      expect(await service.kyc(another)).to.include({ status: 'pending' })
      expect(readdirSync(directory).filter((name) => name.startsWith('read-model.current'))).to.have.length(1)
    })

    it('is alone: of two at once one gives way', async () => {
      const both = await Promise.all([
        kycHere(directory, ['replay', '--dry-run']),
        kycHere(directory, ['replay', '--dry-run']),
      ])
      expect(both.some(({ code }) => code === 0)).to.equal(true)
      for (const { code, stderr } of both) if (code !== 0) expect(stderr).to.include('another replay is running')

      const lock = takeWriterLock(join(directory, 'replay'))
      const refused = await kycHere(directory, ['replay'])
      lock?.release()
      expect(refused.code).to.equal(1)
      expect(refused.stderr).to.equal('another replay is running\n')
    })
  })

  describe('without a service', () => {
    it('rebuilds the read model that the next start of the service serves', async () => {
      const directory = newDirectory()
      const service = await serveHere(directory)
      const [user, owner] = [newUser(), newUser()]
      await service.deliver(validation(user))
      await service.deliver(document('create', owner, {}, { documentId: `1${owner}` }))
      await service.deliver(document('cancel', '0', {}, { documentId: `1${owner}` }))
      const bodies = [await service.kycBody(user), await service.kycBody(owner)]
      await service.stop()

      expect((await kycHere(directory, ['replay'])).stdout).to.include('the same, row by row')
      expect(readModels(directory)).to.have.length(2)
      const again = await readyHere(directory)
      expect([await again.kycBody(user), await again.kycBody(owner)]).to.deep.equal(bodies)
      await again.deliver(refusal(user))
      expect(await again.kyc(user)).to.include({ status: 'refused' })
      await again.stop()
      expect((await kycHere(directory, ['replay'])).code).to.equal(0)
      expect(readModels(directory)).to.have.length(2)
    })

    /** A log that fills every table, served once; the service has ended. */
    const prepareTables = writtenOnce(async () => {
      const directory = newDirectory()
      const [owner, other, unread] = [newUser(), newUser(), newUser()]
      const ofNobody = { webhook: 'user.update', object_payload: { users: [{ userId: unread }] } }
      await writingLog(directory, (store) => recordAsFound(store, null, ofNobody))
      const service = await serveHere(directory)
      for (const webhook of [
        document('create', owner, {}, { documentId: 'known' }),
        document('cancel', '0', {}, { documentId: 'known' }),
        document('cancel', '0', {}, { documentId: 'unknown' }),
        validation(other),
      ]) {
        await service.deliver(webhook)
      }
      await service.kyc(other)
      await service.stop()
      return { directory, owner, other, unread }
    })

    it('tells of every row of every table that is not what the log says', async () => {
      const { directory, owner, other, unread } = await prepareTables()
      const file = currentReadModel(directory)
      const served = new Database(file)
      const untouched = served.serialize()
      const all = served.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()
      // Who is due goes by the policy of a service, when answers changed, and how what events say is kept, by how the log came to it.
      const tables = all.filter(isOfLog)
      expect(all.length - tables.length).to.equal(5)
      served.close()
      const changes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
        checkpoint: {
          [`UPDATE checkpoint SET last_event_position = NULL`]: 'checkpoint kyc-status: served a row; rebuilt a row',
        },
        kyc_status: {
          [`UPDATE kyc_status SET retention = '{}' WHERE user_id = '${other}'`]: `user ${other}: served validated, revision 0; rebuilt validated, revision 0`,
          [`UPDATE kyc_status SET revision = 7 WHERE user_id = '${owner}'`]: `user ${owner}: served none, revision 7; rebuilt none, revision 0`,
          [`DELETE FROM kyc_status WHERE user_id = '${other}'`]: `user ${other}: served no row; rebuilt validated, revision 0`,
        },
        user_anomaly: {
          [`DELETE FROM user_anomaly WHERE kind = 'user-unknown' AND user_id = '${owner}'`]: `user_anomaly user-unknown ${owner}: served no row; rebuilt a row`,
          [`INSERT INTO user_anomaly VALUES ('echo', '${other}')`]: `user_anomaly echo ${other}: served a row; rebuilt no row`,
        },
        user_drift: {
          [`INSERT INTO user_drift VALUES ('pending-long', 1, '${other}')`]: `user_drift pending-long 1 ${other}: served a row; rebuilt no row`,
        },
        document_owner: {
          'DELETE FROM document_owner': `document_owner known ${owner}: served no row; rebuilt a row`,
          [`INSERT INTO document_owner VALUES ('unknown', '${other}')`]: `document_owner unknown ${other}: served a row; rebuilt no row`,
        },
        orphan: {
          'DELETE FROM orphan WHERE revision = 1': 'orphan known 1: served no row; rebuilt a row',
          [`INSERT INTO orphan VALUES ('unknown', 1)`]: 'orphan unknown 1: served a row; rebuilt no row',
        },
        named_user: {
          'DELETE FROM named_user': `named_user ${unread} 0: served no row; rebuilt a row`,
          [`INSERT INTO named_user VALUES ('${other}', 0)`]: `named_user ${other} 0: served a row; rebuilt no row`,
        },
        hold: {
          [`INSERT INTO hold VALUES (0, '${other}', 'legal', 0, 'a case', 1)`]: 'hold 0: served a row; rebuilt no row',
        },
        unattributed: {
          'DELETE FROM unattributed': 'unattributed 2: served no row; rebuilt a row',
          [`UPDATE unattributed SET detail = ''`]: 'unattributed 2: served a row; rebuilt a row',
        },
        whole_about: {
          [`INSERT INTO whole_about VALUES ('${other}', 'x')`]: `whole_about ${other} x: served a row; rebuilt no row`,
        },
        erased_user: {
          [`INSERT INTO erased_user VALUES ('${other}', '', 0, 0)`]: `erased_user ${other}: served a row; rebuilt no row`,
        },
        tally: {
          [`UPDATE tally SET n = 7 WHERE of = 'status' AND word = 'validated'`]:
            'tally status validated: served a row; rebuilt a row',
        },
      }
      expect(Object.keys(changes)).to.have.members(tables)
      expect((await kycHere(directory, ['replay', '--dry-run'])).stdout).to.include('the same, row by row')
      // At once what concerns different tables; the checkpoint by itself, since it says how far all others go.
      const { checkpoint, ...others } = changes
      const rounds = [Object.entries(checkpoint ?? {})]
      const most = Math.max(...Object.values(others).map((ofTable) => Object.keys(ofTable).length))
      for (let n = 0; n < most; n++) {
        rounds.push(Object.values(others).flatMap((ofTable) => Object.entries(ofTable).slice(n, n + 1)))
      }
      expect(rounds.flat()).to.have.length(Object.values(changes).flatMap(Object.keys).length)
      for (const round of rounds) {
        writeFileSync(file, untouched)
        const db = new Database(file)
        for (const [change] of round) changeOne(db, change)
        db.close()
        const { stdout, code } = await kycHere(directory, ['replay', '--dry-run'])
        const said = stdout.trim().split('\n')
        expect(said.slice(0, -1)).to.have.members(round.map(([, told]) => told))
        expect(said.at(-1)).to.equal(`${round.length} rows differ`)
        expect(code).to.equal(1)
      }
    })

    it('takes one that is damaged, in whichever table, for one that cannot be compared', async () => {
      const { directory } = await prepareTables()
      const file = currentReadModel(directory)
      const served = new Database(file)
      const untouched = served.serialize()
      const roots = served
        .prepare<[], { name: string; rootpage: number }>(
          "SELECT name, rootpage FROM sqlite_schema WHERE type = 'table'",
        )
        .all()
        .filter(({ name }) => isOfLog(name))
      served.close()
      expect(roots).to.have.length(12)
      for (const { name, rootpage } of roots) {
        writeFileSync(file, untouched)
        damage(file, [rootpage])
        const damaged = readFileSync(file)
        const dry = await kycHere(directory, ['replay', '--dry-run'])
        expect(dry.stderr, name).to.include(
          'the read model in use cannot be read, and so not be compared: database disk image is malformed\n',
        )
        expect(dry.stdout, name).to.include('there is no read model that the rebuilt one can be compared with')
        expect(dry.code, name).to.equal(1)
        expect(readFileSync(file).equals(damaged), name).to.equal(true)
        expect(readModels(directory), name).to.have.length(1)
      }
      expect((await kycHere(directory, ['replay'])).code).to.equal(0)
      expect((await kycHere(directory, ['replay', '--dry-run'])).stdout).to.include('the same, row by row')
    })

    it('tells of a row that has missed the newest event', async () => {
      const directory = newDirectory()
      const service = await serveHere(directory)
      const user = newUser()
      const rowsOf = (db: Database.Database) => db.prepare('SELECT * FROM kyc_status').get() as Record<string, unknown>
      await service.deliver(request(user))
      await service.kyc(user)
      const db = new Database(currentReadModel(directory), { timeout: 5000 })
      const { revision, status, etag, body, anomalies } = rowsOf(db)
      await service.deliver(validation(user))
      await service.kyc(user)
      await service.stop()
      db.prepare('UPDATE kyc_status SET revision = ?, status = ?, etag = ?, body = ?, anomalies = ?').run(
        ...[revision, status, etag, body, anomalies],
      )
      db.close()
      const { stdout } = await kycHere(directory, ['replay', '--dry-run'])
      expect(stdout).to.include(`user ${user}: served pending, revision 0; rebuilt validated, revision 1\n`)
    })

    it('takes for right what a late event made the service read ahead of its checkpoint', async () => {
      const service = await serveHere()
      const { directory } = service
      const user = newUser()
      let readUntil = ''
      const day = (n: number): number => at(`2025-01-0${n}T00:00:00Z`)
      for (const webhook of [
        document('cancel', '0', { createdAt: day(4) }, { documentId: 'later' }),
        validation(user, { createdAt: day(3) }),
        request(user, { createdAt: day(2) }),
        document('create', user, { createdAt: day(1) }, { documentId: 'later' }),
        request(user, { createdAt: day(5) }),
      ]) {
        readUntil = (await service.deliver(webhook)).events[0]?.position ?? ''
      }
      await service.deliver(validation(user, { createdAt: day(6) }))
      await service.stop()
      const file = currentReadModel(directory)
      removeReadModel(file)
      await readingLog(directory, async (store) => {
        const model = openReadModelWriter(file)
        model.belongTo((await readIdentity(store)) ?? expect.fail('the log has no identity'))
        // The first event gives the log its identity.
        await runProjection(
          firstBatches(4, upTo(store, readUntil)),
          model,
          new AbortController().signal,
          () => undefined,
        )
        expect((model.lastEventPosition() ?? '') < readUntil).to.equal(true)
        expect(model.furthestEvent()).to.include({ stream: `kyc-${user}`, position: readUntil })
        model.close()
      })
      const db = new Database(file, { readonly: true })
      expect(db.prepare('SELECT revision FROM kyc_status').pluck().get()).to.equal(3)
      expect(db.prepare('SELECT count(*) FROM unattributed').pluck().get()).to.equal(0)
      db.close()
      const { stdout, code } = await kycHere(directory, ['replay', '--dry-run'])
      expect(stdout).to.include('no row differs as far as the read model in use goes')
      expect(code).to.equal(1)
    })

    it('of one that has stopped before the end of the log never says that it is the same, and mends it', async () => {
      const service = await serveHere()
      const { directory } = service
      const user = newUser()
      await service.deliver(request(user))
      await service.kyc(user)
      await service.stop()
      const aside = join(newDirectory(), 'read-model.db')
      const stopped = new Database(currentReadModel(directory))
      await stopped.backup(aside)
      stopped.close()
      const next = await serveHere(directory)
      await next.deliver(validation(user))
      await next.kyc(user)
      await next.stop()
      removeReadModel(currentReadModel(directory))
      copyFileSync(aside, currentReadModel(directory))
      const before = await kycHere(directory, ['replay', '--dry-run'])
      expect(before.stdout).to.not.include('is the same')
      expect(before.stdout).to.match(/the read model in use ends at position \d+, the log at \d+/)
      expect(before.code).to.equal(1)
      expect((await kycHere(directory, ['replay'])).code).to.equal(0)
      const after = await kycHere(directory, ['replay', '--dry-run'])
      expect(after.stdout).to.include('the rebuilt read model is the same, row by row')
      expect(after.code).to.equal(0)
    })

    it('makes one where there is none', async () => {
      const directory = newDirectory()
      await prepareLog(directory, 3, 2)
      const ended = await kycHere(directory, ['replay'])
      expect(ended.code, ended.stderr).to.equal(0)
      const service = await readyHere(directory)
      expect(await service.kyc(preparedUser(0))).to.include({ status: 'validated', events: 2 })
      await service.stop()
    })

    it('needs neither secret nor keys, wherever the service listens', async () => {
      const directory = newDirectory()
      await prepareLog(directory, 1, 2)
      const ended = await kycHere(directory, ['replay'], { HOST: '0.0.0.0', API_KEYS: 'not one', PORT: 'x' })
      expect(ended.code, ended.stderr).to.equal(0)
      expect(readModels(directory)).to.have.length(1)
    })

    it('of an empty log does nothing', async () => {
      const directory = newDirectory()
      await prepareLog(directory, 0, 0)
      const ended = await kycHere(directory, ['replay'])
      expect(ended).to.include({ code: 0, stdout: 'the log is empty: nothing to replay\n', stderr: '' })
      expect(readModels(directory)).to.deep.equal([])
    })

    it('of a log that was lost, or is another, empty one, leaves the read model in use', async () => {
      const directory = newDirectory()
      const empty = newDirectory()
      await prepareLog(directory, 3, 2)
      await prepareLog(empty, 0, 0)
      expect((await kycHere(directory, ['replay'])).code).to.equal(0)
      const served = currentReadModel(directory)
      const before = readFileSync(served)
      for (const words of [['replay', '--dry-run'], ['replay']]) {
        const file = join(empty, 'events.db')
        const ended = await kycHere(directory, words, { EVENT_STORE: `sqlite:${file}` })
        expect(ended).to.include({ code: 1, stdout: '' })
        expect(ended.stderr).to.include(`the event log ${file} is empty or missing, but ${directory} belongs to one`)
        expect(currentReadModel(directory)).to.equal(served)
        expect(readFileSync(served).equals(before)).to.equal(true)
        expect(readModels(directory)).to.have.length(1)
      }
      expect((await kycHere(directory, ['replay', '--dry-run'])).stdout).to.include('the same, row by row')
    })

    it('of a log that does not hold what the read model has seen names what is missing, and changes nothing', async () => {
      for (const [users, eventsEach, missing] of [
        [2, 4, 'missing at least 4 events of 1 users: kyc-700002 from revision 0 to 3'],
        [
          9,
          2,
          'missing at least 6 events of 3 users: kyc-700000 from revision 2 to 3, kyc-700001 from revision 2 to 3',
        ],
      ] as const) {
        const directory = newDirectory()
        const other = newDirectory()
        await prepareLog(directory, 3, 4)
        await prepareLog(other, users, eventsEach)
        expect((await kycHere(directory, ['replay'])).code).to.equal(0)
        const served = currentReadModel(directory)
        const before = readFileSync(served)
        const env = { EVENT_STORE: `sqlite:${join(other, 'events.db')}` }
        for (const words of [['replay', '--dry-run'], ['replay']]) {
          const ended = await kycHere(directory, words, env)
          expect(ended.code).to.equal(1)
          expect(ended.stderr)
            .to.include(`kyc-${preparedUser(2)}, revision 3 `)
            .and.to.include(missing)
        }
        expect(currentReadModel(directory)).to.equal(served)
        expect(readFileSync(served).equals(before)).to.equal(true)
        expect(readModels(directory)).to.have.length(1)
      }
    })

    it('of another log than the one its directory belongs to is refused', async () => {
      const [service, stranger] = await Promise.all([serveHere(), serveHere()])
      for (const one of [service, stranger]) {
        const user = newUser()
        await one.deliver(request(user))
        await one.kyc(user)
        await one.stop()
      }
      const env = { EVENT_STORE: `sqlite:${join(stranger.directory, 'events.db')}` }
      const ended = await kycHere(service.directory, ['replay'], env)
      expect(ended.code).to.equal(1)
      expect(ended.stderr).to.match(/is the log [0-9a-f-]{36}, but .* belongs to the log [0-9a-f-]{36}/)
      expect(readModels(service.directory)).to.have.length(1)
    })

    it('says what is missing', async () => {
      const directory = newDirectory()
      const noLog = await kycHere(directory, ['replay'])
      expect(noLog.code).to.equal(1)
      expect(noLog.stderr).to.include('there is no such file')
      const noDirectory = await kycHere(join(directory, 'elsewhere'), ['replay'])
      expect(noDirectory.code).to.equal(2)
      expect(noDirectory.stderr).to.include('there is no directory')
      expect(existsSync(join(directory, 'elsewhere'))).to.equal(false)
      const mistyped = await kycHere(directory, ['replay', '--dryrun'])
      expect(mistyped.code).to.equal(2)
      expect(mistyped.stderr).to.include('usage')
      expect((await kycHere(directory, ['replay'], { EVENT_STORE: 'mysql:here' })).code).to.equal(2)
      expect((await kycHere(directory, ['replya'])).code).to.equal(2)
    })

    it('rebuilds one whose file is no read model at all', async () => {
      const directory = newDirectory()
      await prepareLog(directory, 3, 2)
      for (const text of ['', 'this is no database, by any stretch of the imagination '.repeat(200)]) {
        rmSync(join(directory, 'read-model.current'), { force: true })
        writeFileSync(join(directory, 'read-model.db'), text)
        const ended = await kycHere(directory, ['replay'])
        expect(ended.code, ended.stderr).to.equal(0)
        const service = await readyHere(directory)
        expect(await service.kyc(preparedUser(2))).to.include({ status: 'validated' })
        await service.stop()
      }
    })
  })

  describe('of a log in EventStoreDB', () => {
    let server: EventStoreDb
    let service: OwnService
    let env: { readonly EVENT_STORE: string }
    beforeEach(async () => {
      server = await startEventStoreDb()
      env = { EVENT_STORE: server.connectionString }
    })
    afterEach(async () => {
      await service.stop()
      await server.stop()
    })

    it('waits for a node that does not show the last event for a moment', async () => {
      service = await readyHere(newDirectory(), env)
      const user = newUser()
      for (const webhook of [request(user), validation(user)]) await service.deliver(webhook)
      await service.kyc(user)
      await service.stop()
      const { replay } = await server.faults.during('read', 'behind', async () => {
        const replay = startKyc(service.directory, ['replay', '--dry-run'], env)
        await sleep(2000)
        return { replay }
      })
      const { stdout, stderr, code } = await replay.ended
      expect(stderr).to.not.include('does not hold')
      expect(stdout).to.include('the same, row by row')
      expect(code).to.equal(0)
    })

    it('that holds hardly more than events of others shows no half words', async () => {
      const elsewhere = { connectionString: server.connectionString, streamPrefix: 'other-' }
      const others = right(await openEsdbEventStore(elsewhere)())
      for (let i = 0; i < 10; i += 1) right(await others.append(newStream(), 'no-stream', newEvents(100))())
      await others.close()
      service = await readyHere(newDirectory(), env)
      await eventually('the read model has come past them', () => checkpointOf(currentReadModel(service.directory)))
      await service.stop()
      const { stdout, stderr, code } = await kycHere(service.directory, ['replay'], env)
      expect(code, stderr).to.equal(0)
      expect(stdout).to.include('the same, row by row')
      expect(stderr)
        .to.match(/100% \| 2 events \| \d+ events\/s \| +0s left/)
        .and.to.not.match(/[A-Z]+s left/)
    })
  })
})
