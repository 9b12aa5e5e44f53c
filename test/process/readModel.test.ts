import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { preparedUser, prepareLog } from '../support/logs/preparedLog.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { itLong } from '../support/rounds.ts'
import { expectProblem } from '../support/service/answers.ts'
import { type OwnService, readyHere, serveHere, startService } from '../support/service/service.ts'
import { newUser, refusal, request, signed, users, validation } from '../support/webhooks/webhookBuilders.ts'

const fileOf = ({ directory }: OwnService): string => join(directory, 'read-model.db')

/** Has a read model begin with nothing at the next start, and nothing written to it until what is given back was called. */
const heldAtNothing = (file: string): (() => void) => {
  const db = new Database(file)
  db.exec('UPDATE checkpoint SET position = NULL')
  db.exec('BEGIN IMMEDIATE')
  return () => {
    db.exec('ROLLBACK')
    db.close()
  }
}

const answerOf = async (service: OwnService, path: string) => {
  const response = await service.get(path)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

describe('the read model', () => {
  describe('can be thrown away', () => {
    const everybody = Array.from({ length: 20 }, newUser)
    let service: OwnService
    let bodies: readonly string[]

    const answers = async (): Promise<readonly string[]> => {
      await service.ready()
      return Promise.all(everybody.map((user) => service.kycBody(user)))
    }
    const restartedAfter = async (change: () => void): Promise<void> => {
      await service.stop()
      change()
      service = await serveHere(service.directory)
    }

    before(async () => {
      service = await serveHere(newDirectory())
      for (const user of everybody) await service.deliver(validation(user))
      await service.deliver(users(everybody.map((userId) => ({ userId, kycReview: '6' }))))
      for (const user of everybody.slice(10)) await service.deliver(refusal(user))
      bodies = await answers()
    })
    after(() => service.stop())

    it('as a file, and is rebuilt from the log at the next start', async () => {
      await restartedAfter(() => {
        for (const suffix of ['', '-wal', '-shm']) rmSync(fileOf(service) + suffix, { force: true })
      })
      expect(await answers()).to.deep.equal(bodies)
      expect(existsSync(fileOf(service))).to.equal(true)
    })

    it('by another version of the projection, which rebuilds all of it', async () => {
      await restartedAfter(() => {
        const db = new Database(fileOf(service))
        db.exec('UPDATE checkpoint SET version = 0')
        db.exec(`UPDATE kyc_status SET body = '{"status":"what a former version wrote"}'`)
        db.close()
      })
      expect(await answers()).to.deep.equal(bodies)
    })

    it('row by row, when the checkpoint says that none has been written', async () => {
      await restartedAfter(() => {
        const db = new Database(fileOf(service))
        db.exec('UPDATE checkpoint SET position = NULL')
        db.exec('DELETE FROM kyc_status')
        db.close()
      })
      expect(await answers()).to.deep.equal(bodies)
    })

    it('and is the same when its rows are older than the log', async () => {
      const one = everybody[0] ?? ''
      await service.stop()
      const without = await startService(service.directory)
      await without.deliver(request(one))
      await without.kill()
      service = await readyHere(service.directory)
      expect(await service.kyc(one)).to.include({ status: 'pending', events: 3 })
    })
  })

  describe('of a log it has not caught up with', () => {
    const USERS = 100
    const EVENTS = 20
    /** So many that it takes its time to come to the end of them. */
    const MANY = 100

    it('tells of each user from the log as it will when it is ready, and lists nobody', async () => {
      const directory = newDirectory()
      const before = await readyHere(directory)
      await before.stop()
      const end = await prepareLog(directory, USERS, EVENTS)
      const release = heldAtNothing(fileOf(before))
      const service = await serveHere(directory)
      const [first, last, nobody] = [preparedUser(0), preparedUser(USERS - 1), newUser()]
      const told = async (user: string) => {
        const { status, headers, text } = await answerOf(service, `/users/${user}/kyc?minPosition=${end}`)
        return { status, etag: headers.get('etag'), position: headers.get('kyc-position'), text }
      }
      const toldOfAll = async () => {
        const [one, other] = [await told(first), await told(last)]
        await expectProblem(await service.get(`/users/${nobody}/kyc`), 404)
        return [one, other]
      }
      const early: unknown[] = []
      while (early.length < 3) {
        const ready = await service.get('/health/ready')
        expect(ready.status).to.equal(503)
        expect((await ready.json()) as object).to.include({ readModel: 'catching up' })
        for (const path of ['/users', '/changes', `/users/${first}/retention`]) {
          await expectProblem(await service.get(path), 503)
        }
        early.push(await toldOfAll())
      }
      release()
      await service.ready()
      for (const answers of early) expect(answers).to.deep.equal(await toldOfAll())
      expect(await service.kyc(first)).to.include({ status: 'validated', events: EVENTS, revision: EVENTS - 1 })
      expect((await told(last)).position).to.equal(end)
      await service.stop()
    })

    it('tells of each user who has events from the log of a server, and of no other', async () => {
      const log = await startEventStoreDb()
      const env = { EVENT_STORE: log.connectionString }
      const before = await serveHere(newDirectory(), env)
      const user = newUser()
      await before.ready()
      await before.deliver(request(user))
      await before.stop()
      const other = await readyHere(newDirectory(), env)
      const { events } = await other.deliver(validation(user))
      await other.projected()
      const told = await answerOf(other, `/users/${user}/kyc`)
      await other.stop()
      const release = heldAtNothing(fileOf(before))
      const service = await serveHere(before.directory, env)
      const position = events[0]?.position ?? ''
      const path = `/users/${user}/kyc?minPosition=${position}`
      const early = await eventually('the log is joined', async () => {
        const answer = await answerOf(service, path)
        return answer.status === 200 ? answer : null
      })
      expect((await service.get('/health/ready')).status).to.equal(503)
      expect(early.text).to.equal(told.text)
      expect((early.headers.get('kyc-position') ?? '') >= position).to.equal(true)
      await expectProblem(await service.get(`/users/${newUser()}/kyc`), 503, 'read-model-behind')
      release()
      await service.ready()
      expect((await answerOf(service, path)).text).to.equal(early.text)
      await service.stop()
      await log.stop()
    })

    it('says which position it cannot answer for yet', async () => {
      const directory = newDirectory()
      const before = await readyHere(directory)
      await before.stop()
      const end = await prepareLog(directory, 1, 1)
      const release = heldAtNothing(fileOf(before))
      const service = await serveHere(directory)
      const after = (BigInt(`0x${end}`) + 1n).toString(16).padStart(end.length, '0')
      const path = `/users/${preparedUser(0)}/kyc?minPosition=`
      await expectProblem(await service.get(path + after), 503, 'position-not-reached')
      expect((await service.get(path + end)).status).to.equal(200)
      release()
      await service.stop()
    })

    it('is waited for where it stands already: it may know more of a user than his stream shows by now', async () => {
      const before = await serveHere(newDirectory())
      const user = newUser()
      await before.deliver(request(user))
      await before.projected()
      await before.stop()
      const db = new Database(fileOf(before))
      db.exec('BEGIN IMMEDIATE')
      const service = await serveHere(before.directory)
      // Taken once the log is joined.
      await service.deliver(validation(user))
      await expectProblem(await service.get(`/users/${user}/kyc`), 503, 'read-model-behind')
      db.exec('ROLLBACK')
      db.close()
      await service.ready()
      expect(await service.kyc(user)).to.include({ status: 'validated' })
      await service.stop()
    })

    it('goes on where it was when it was killed on the way, while deliveries are taken', async () => {
      const directory = newDirectory()
      await prepareLog(directory, USERS, MANY)
      let service = await startService(directory)
      const user = preparedUser(USERS - 1)
      const webhook = refusal(user, { createdAt: 17494724399020 })
      let kills = 0
      for (; kills < 2; kills++) {
        expect((await service.deliver(webhook)).outcome).to.equal(kills === 0 ? 'appended' : 'duplicate')
        expect((await service.get('/health/live')).status).to.equal(200)
        // On a busy machine it may have come to the end before it was asked: it is killed once whatever it says.
        if (kills > 0 && (await service.get('/health/ready')).status === 200) break
        await service.kill()
        service = await startService(directory)
      }
      expect(kills).to.be.greaterThan(0)
      await service.ready()
      expect(await service.kyc(user)).to.include({ status: 'refused', events: MANY + 1 })
      expect(await service.kyc(preparedUser(0))).to.include({ status: 'validated', events: MANY })
      await service.stop()
    })
  })

  it('that trails what was appended for seconds makes the service not ready, until it has come so far', async () => {
    const service = await readyHere(newDirectory())
    const db = new Database(fileOf(service))
    db.exec('BEGIN IMMEDIATE')
    const { events } = await service.deliver(request(newUser()))
    const trailing = await eventually('it is not ready', async () => {
      const response = await service.get('/health/ready')
      const health = (await response.json()) as { readonly readModel: string; readonly position: string }
      return response.status === 200 ? null : health
    })
    expect(trailing.readModel).to.equal('behind')
    expect((trailing.position ?? '') < (events[0]?.position ?? '')).to.equal(true)
    expect(await (await service.get('/metrics')).text()).to.include('kyc_read_model_caught_up 0')
    const failed = await eventually('it is started again', async () => {
      const { readModel } = (await (await service.get('/health/ready')).json()) as { readonly readModel: string }
      return readModel === 'behind' ? null : readModel
    })
    expect(failed).to.equal('catching up')
    await expectProblem(await service.get('/users'), 503)
    db.exec('ROLLBACK')
    db.close()
    await service.ready()
    await service.stop()
  })

  describe('under steady load', () => {
    itLong('leaves the service ready, however long ago it started', async () => {
      const service = await readyHere(newDirectory())
      await service.deliver(request(newUser()))
      // Longer than the read model may trail the log: what was appended before must not count any more.
      await sleep(2500)
      const statuses = new Set<number>()
      const everybody = Array.from({ length: 20 }, newUser)
      for (let i = 0; i < 20; i++) {
        const load = everybody.map((user) => service.post(signed(request(user, {}, { userTag: `${i}` }))))
        const ready = Array.from({ length: 5 }, () => service.get('/health/ready'))
        for (const response of await Promise.all(ready)) statuses.add(response.status)
        await Promise.all(load)
      }
      expect([...statuses]).to.deep.equal([200])
      await service.stop()
    })
  })
})
