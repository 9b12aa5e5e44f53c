import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { takeWriterLock } from '../../src/eventStore/sqlite/writerLock.ts'
import { currentReadModel } from '../../src/readModel/file.ts'
import { eventually, kyc, startKyc } from '../support/kyc.ts'
import { preparedUser, prepareLog } from '../support/preparedLog.ts'
import { newDirectory, type Service, startService } from '../support/service.ts'
import { document, newUser, refusal, request, validation } from '../support/webhookBuilders.ts'

const USERS = 100
const EVENTS = 20
const everybody = Array.from({ length: USERS }, (_, index) => preparedUser(index))
const somebody = (): string => everybody[Math.floor(Math.random() * USERS)] ?? ''
/** Later than all that the prepared log holds. */
const LATER = 17494724399020

const readModels = (directory: string): readonly string[] =>
  readdirSync(directory).filter((name) => /^read-model.*\.db$/.test(name))

const takenOver = (service: Service): Promise<true> =>
  eventually('the rebuilt read model has taken over', async () => {
    const left = readModels(service.directory)
    const current = currentReadModel(service.directory)
    return left.length === 1 && existsSync(current) && service.stdout().includes('taken over') ? true : null
  })

const bodiesOf = (service: Service): Promise<readonly string[]> =>
  Promise.all(everybody.map((user) => service.kycBody(user)))

/** Changes the read model in use behind everybody's back. */
const corrupt = (directory: string, change: string, user: string): void => {
  const db = new Database(currentReadModel(directory), { timeout: 5000 })
  expect(db.prepare(`UPDATE kyc_status SET ${change} WHERE user_id = ?`).run(user).changes).to.equal(1)
  db.close()
}

describe('a replay', function () {
  this.timeout(60_000)

  describe('beside a running service', () => {
    const directory = newDirectory()
    let service: Service
    before(async () => {
      await prepareLog(directory, USERS, EVENTS)
      service = await startService(directory)
      await service.ready()
    })
    after(() => service.stop())

    it('with --dry-run compares, and leaves everything as it is', async () => {
      const before = readdirSync(directory).toSorted()
      const ended = await kyc(directory, ['replay', '--dry-run'])
      expect(ended.code, ended.stderr).to.equal(0)
      expect(ended.stdout).to.include('the rebuilt read model is the same, row by row')
      expect(readdirSync(directory).filter((name) => !name.startsWith('replay-lock'))).to.have.members(before)
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
          const ended = await kyc(directory, ['replay'])
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
      expect(asked).to.be.greaterThan(100)
      expect(delivered).to.be.greaterThan(20)
      expect(await bodiesOf(service)).to.deep.equal(bodies)
      for (const user of others) {
        await service.deliver(validation(user))
        expect(await service.kyc(user)).to.include({ status: 'validated' })
      }
    })

    it('is taken up as well when another one has hardly been', async () => {
      for (let round = 0; round < 2; round++) {
        for (let n = 0; n < 2; n++) expect((await kyc(directory, ['replay'])).code).to.equal(0)
        await takenOver(service)
        const user = newUser()
        await service.deliver(request(user))
        expect(await service.kyc(user)).to.include({ status: 'pending' })
        const db = new Database(currentReadModel(directory), { readonly: true })
        expect(db.prepare('SELECT status FROM kyc_status WHERE user_id = ?').pluck().get(user)).to.equal('pending')
        db.close()
      }
    })

    it('tells of every row that is not what the log says, and mends it', async () => {
      const changes = [
        `body = '{"status":"validated","verified":true}', etag = '"made up"'`,
        `body = '{"status":"validated","verified":true}'`,
        `status = 'refused'`,
        `next_review_date = '2001-01-01'`,
        `anomalies = '["echo"]'`,
        `state = '{}'`,
        `state = 'not even JSON'`,
      ]
      const users = everybody.slice(10, 10 + changes.length)
      const bodies = await bodiesOf(service)
      for (const [index, user] of users.entries()) corrupt(directory, changes[index] ?? '', user)

      const dry = await kyc(directory, ['replay', '--dry-run'])
      expect(dry.code, dry.stderr).to.equal(1)
      const previous = currentReadModel(directory)
      const ended = await kyc(directory, ['replay'])
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
      expect((await kyc(directory, ['replay', '--dry-run'])).code).to.equal(0)
    })

    it('tells of a row too many and of one that is missing', async () => {
      const user = somebody()
      const db = new Database(currentReadModel(directory), { timeout: 5000 })
      db.prepare("UPDATE kyc_status SET user_id = '1' WHERE user_id = ?").run(user)
      db.close()
      const ended = await kyc(directory, ['replay'])
      expect(ended.stdout).to.include('user 1: ').and.to.include(`user ${user}: served no row`)
      await takenOver(service)
      expect((await service.get('/users/1/kyc')).status).to.equal(404)
      expect((await service.get(`/users/${user}/kyc`)).status).to.equal(200)
    })

    it('killed at any moment leaves what is served, and the next one succeeds', async () => {
      const user = somebody()
      const took = performance.now()
      expect((await kyc(directory, ['replay', '--dry-run'])).code).to.equal(0)
      const duration = performance.now() - took
      for (let round = 0; round < 10; round++) {
        const replay = startKyc(directory, ['replay'])
        await sleep(Math.random() * duration * 1.1)
        replay.kill()
        await replay.ended
        expect((await service.get(`/users/${user}/kyc`)).status).to.equal(200)
        expect(existsSync(currentReadModel(directory))).to.equal(true)
      }
      const ended = await kyc(directory, ['replay'])
      expect(ended.code, ended.stderr).to.equal(0)
      expect(ended.stdout).to.include('the rebuilt read model is the same, row by row')
      await takenOver(service)
      const another = newUser()
      await service.deliver(request(another))
      expect(await service.kyc(another)).to.include({ status: 'pending' })
      expect(readdirSync(directory).filter((name) => name.startsWith('read-model.current'))).to.have.length(1)
    })

    it('is alone: of two at once one gives way', async () => {
      const both = await Promise.all([kyc(directory, ['replay', '--dry-run']), kyc(directory, ['replay', '--dry-run'])])
      expect(both.some(({ code }) => code === 0)).to.equal(true)
      for (const { code, stderr } of both) if (code !== 0) expect(stderr).to.include('another replay is running')

      const lock = takeWriterLock(join(directory, 'replay'))
      const refused = await kyc(directory, ['replay'])
      lock?.release()
      expect(refused.code).to.equal(1)
      expect(refused.stderr).to.equal('another replay is running\n')
    })
  })

  describe('without a service', () => {
    it('rebuilds the read model that the next start of the service serves', async () => {
      const directory = newDirectory()
      const service = await startService(directory)
      const [user, owner] = [newUser(), newUser()]
      await service.deliver(validation(user))
      await service.deliver(document('create', owner, {}, { documentId: `1${owner}` }))
      await service.deliver(document('cancel', '0', {}, { documentId: `1${owner}` }))
      const bodies = [await service.kycBody(user), await service.kycBody(owner)]
      await service.stop()

      expect((await kyc(directory, ['replay'])).stdout).to.include('the same, row by row')
      expect(readModels(directory)).to.have.length(2)
      const again = await startService(directory)
      await again.ready()
      expect([await again.kycBody(user), await again.kycBody(owner)]).to.deep.equal(bodies)
      await again.deliver(refusal(user))
      expect(await again.kyc(user)).to.include({ status: 'refused' })
      await again.stop()
      expect((await kyc(directory, ['replay'])).code).to.equal(0)
      expect(readModels(directory)).to.have.length(2)
    })

    it('makes one where there is none', async () => {
      const directory = newDirectory()
      await prepareLog(directory, 3, 2)
      const ended = await kyc(directory, ['replay'])
      expect(ended.code, ended.stderr).to.equal(0)
      const service = await startService(directory)
      await service.ready()
      expect(await service.kyc(preparedUser(0))).to.include({ status: 'validated', events: 2 })
      await service.stop()
    })

    it('of an empty log does nothing', async () => {
      const directory = newDirectory()
      await prepareLog(directory, 0, 0)
      const ended = await kyc(directory, ['replay'])
      expect(ended).to.include({ code: 0, stdout: 'the log is empty: nothing to replay\n', stderr: '' })
      expect(readModels(directory)).to.deep.equal([])
    })

    it('says what is missing', async () => {
      const directory = newDirectory()
      const noLog = await kyc(directory, ['replay'])
      expect(noLog.code).to.equal(1)
      expect(noLog.stderr).to.include('there is no such file')
      const noDirectory = await kyc(join(directory, 'elsewhere'), ['replay'])
      expect(noDirectory.code).to.equal(2)
      expect(noDirectory.stderr).to.include('there is no directory')
      expect(existsSync(join(directory, 'elsewhere'))).to.equal(false)
      const mistyped = await kyc(directory, ['replay', '--dryrun'])
      expect(mistyped.code).to.equal(2)
      expect(mistyped.stderr).to.include('usage')
      expect((await kyc(directory, ['replay'], { EVENT_STORE: 'mysql:here' })).code).to.equal(2)
      expect((await kyc(directory, ['replya'])).code).to.equal(2)
    })

    it('rebuilds one whose file is no read model at all', async () => {
      const directory = newDirectory()
      await prepareLog(directory, 3, 2)
      for (const text of ['', 'this is no database, by any stretch of the imagination '.repeat(200)]) {
        rmSync(join(directory, 'read-model.current'), { force: true })
        writeFileSync(join(directory, 'read-model.db'), text)
        const ended = await kyc(directory, ['replay'])
        expect(ended.code, ended.stderr).to.equal(0)
        const service = await startService(directory)
        await service.ready()
        expect(await service.kyc(preparedUser(2))).to.include({ status: 'validated' })
        await service.stop()
      }
    })
  })
})
