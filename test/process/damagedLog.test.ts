import { copyFileSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { damagePage, pagesOf, streamsLost, TREES } from '../support/logs/damagedLog.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { itLong } from '../support/rounds.ts'
import { expectProblem, type KycStatus } from '../support/service/answers.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere, serveHere, startService } from '../support/service/service.ts'
import { document, newUser, request, signed, validation } from '../support/webhooks/webhookBuilders.ts'

const READ_MODEL = 'read-model.db'

describe('a service whose log has a damaged page', () => {
  const everybody = Array.from({ length: 60 }, newUser)
  let whole: string
  let backup: string
  before(async () => {
    const service = await serveHere(newDirectory())
    whole = service.directory
    for (const user of everybody) {
      await service.deliver(request(user))
      await service.deliver(validation(user))
    }
    expect(await service.kyc(everybody.at(-1) ?? '')).to.include({ status: 'validated' })
    await service.stop()
    backup = join(newDirectory(), 'whole')
    expect((await kycHere(whole, ['backup', backup])).code).to.equal(0)
  })

  /** A copy of the directory, the page of its log that holds the events of some users, and these users. */
  const copied = (at = 0.5) => {
    const directory = newDirectory()
    for (const name of readdirSync(whole)) copyFileSync(join(whole, name), join(directory, name))
    const log = join(directory, 'events.db')
    const pages = pagesOf(log, TREES.events, 'leaf')
    const page = pages.at(at === 0.5 ? pages.length / 2 : at) ?? 0
    const damage = (): readonly string[] => {
      damagePage(log, page)
      return streamsLost(join(whole, 'events.db'), log)
        .filter((stream) => stream !== 'kyc-log')
        .map((stream) => stream.slice('kyc-'.length))
    }
    return { directory, log, page, damage }
  }

  const statusOf = (service: OwnService, user: string, query = ''): Promise<KycStatus> =>
    service.json(`/users/${user}/kyc${query}`)
  const kindsOf = (status: KycStatus): readonly string[] => status.anomalies.map(({ kind }) => kind)

  const expectOnlyTheseLost = async (service: OwnService, lost: readonly string[]): Promise<void> => {
    for (const user of everybody) {
      const now = await statusOf(service, user)
      const then = await statusOf(service, user, '?asOf=2100-01-01T00:00:00Z')
      if (lost.includes(user)) {
        for (const status of [now, then]) {
          expect(status).to.include({ status: 'unknown', verified: false })
          expect(kindsOf(status)).to.deep.equal(['history-damaged'])
        }
        await expectProblem(await service.get(`/users/${user}/kyc/history`), 503, 'history-damaged')
        // Where the page does not hold his last event, it is the record of the reading that fails first.
        await expectProblem(await service.get(`/users/${user}/events`), 503, '(history-damaged|access-not-recorded)')
      } else {
        for (const status of [now, then]) expect(status).to.include({ status: 'validated', events: 2 })
        // Nothing is written to a damaged log: not that somebody reads these events, either.
        if (lost.length === 0) expect(await service.events(user)).to.have.length(2)
        else await expectProblem(await service.get(`/users/${user}/events`), 503, 'access-not-recorded')
      }
    }
    const listed = await (await service.get('/users?anomaly=history-damaged')).json()
    expect((listed as { users: { userId: string }[] }).users.map(({ userId }) => userId)).to.deep.equal(lost.toSorted())
  }
  const expectStopped = async (service: OwnService): Promise<void> => {
    expect((await service.get('/health/ready')).status).to.equal(503)
    expect((await service.post(signed(request(newUser())))).status).to.equal(503)
  }
  const told = (service: OwnService, text: string): Promise<true> =>
    eventually(`a line with: ${text}`, () => (service.stdout().includes(text) ? true : null))

  for (const [which, at] of [
    ['in the middle', 0.5],
    ['the first, where the log says which it is', 0],
    ['the last, with the last event that was projected', -1],
  ] as const) {
    const test = at === 0.5 ? it : itLong
    test(`(${which}) leaves the read model alone: who lies there is unknown, nobody else, nothing is appended`, async () => {
      const { directory, log, page, damage } = copied(at)
      const lost = damage()
      const readModel = statSync(join(directory, READ_MODEL)).ino
      const service = await startService(directory)
      await eventually('it reads', async () => ((await service.get('/users')).status === 200 ? true : null))
      expect(lost).to.have.length.within(1, 10)
      const [one = ''] = lost
      await expectProblem(await service.get(`/users/${one}/kyc/history`), 503, 'history-damaged')
      await told(service, `${log} is damaged: page ${page} (events); cannot be read whole: `)
      for (const user of lost) {
        await eventually('he is unknown', async () =>
          (await statusOf(service, user)).status === 'unknown' ? true : null,
        )
        await told(service, `"stream":"kyc-${user}","kind":"history-damaged"`)
      }
      await expectOnlyTheseLost(service, lost)
      await expectStopped(service)
      const metrics = await (await service.get('/metrics')).text()
      expect(metrics).to.include(`kyc_users_uncertain{kind="history-damaged"} ${lost.length}`)
      expect(metrics).to.include('kyc_event_store_up 0')
      expect(statSync(join(directory, READ_MODEL)).ino).to.equal(readModel)
      expect(service.stdout()).to.not.include('the projection stopped')

      // What is damaged is found again, and once it is restored all is as it was.
      await service.kill()
      const again = await serveHere(directory)
      await told(again, `${log} is damaged: page ${page} (events)`)
      await eventually('it reads', async () => ((await again.get(`/users/${one}/kyc`)).status === 200 ? true : null))
      await expectOnlyTheseLost(again, lost)
      await expectStopped(again)
      await again.stop()
      expect((await kycHere(directory, ['backup', join(newDirectory(), 'damaged')])).code).to.equal(1)
      expect((await kycHere(directory, ['restore', backup])).code).to.equal(0)
      const restored = await readyHere(directory)
      await expectOnlyTheseLost(restored, [])
      await restored.deliver(request(newUser()))
      await restored.stop()
    })
  }

  it('costs nobody who does not hear them what lies there of events that belong to nobody', async () => {
    const first = await serveHere(newDirectory())
    const [hearer = '', ...others] = everybody
    for (const user of everybody) await first.deliver(validation(user))
    await first.deliver(document('create', hearer, {}, { documentId: 'heard' }))
    const orphans = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        first.deliver(document('update', '1XXXXXX', {}, { documentId: 'heard', codeStatus: `${i}` })),
      ),
    )
    await first.kyc(hearer)
    await first.stop()
    const log = join(first.directory, 'events.db')
    damagePage(log, pagesOf(log, TREES.events, 'leaf').at(-1) ?? 0)
    expect(orphans.at(-1)?.events[0]?.stream).to.equal('kyc-unattributed')

    const service = await serveHere(first.directory)
    await eventually('it reads', async () => ((await service.get('/users')).status === 200 ? true : null))
    await eventually('he is unknown', async () =>
      (await statusOf(service, hearer)).status === 'unknown' ? true : null,
    )
    for (const query of ['', '?asOf=2100-01-01T00:00:00Z']) {
      expect(kindsOf(await statusOf(service, hearer, query))).to.deep.equal(['history-damaged'])
      for (const user of others)
        expect(await statusOf(service, user, query)).to.include({ status: 'validated', events: 1 })
    }
    await expectProblem(await service.get(`/users/${hearer}/events`), 503, 'history-damaged')
    for (const path of ['/unattributed/events', ...others.map((user) => `/users/${user}/events`)]) {
      await expectProblem(await service.get(path), 503, 'access-not-recorded')
    }
    for (const user of others) {
      expect((await service.get(`/users/${user}/kyc/history`)).status).to.equal(200)
    }
    await service.stop()
  })

  it('makes a read model of what can be read where there is none', async () => {
    const { directory, damage } = copied()
    const lost = damage()
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(directory, READ_MODEL + suffix), { force: true })
    const service = await serveHere(directory)
    await eventually('it reads', async () => ((await service.get('/users')).status === 200 ? true : null))
    await eventually('all are told', async () => (service.stdout().includes('cannot be read whole') ? true : null))
    await expectOnlyTheseLost(service, lost)
    await expectStopped(service)
    await service.stop()
  })

  it('is not replayed into use: the read model that was made before knows more', async () => {
    const { directory, damage } = copied()
    const lost = damage()
    const before = await kycHere(directory, ['replay'])
    expect(before.code).to.equal(1)
    for (const user of lost) expect(before.stderr).to.include(`kyc-${user}: history-damaged`)
    expect(before.stderr).to.include('the log is damaged: the read model in use stays')
    expect(before.stdout).to.not.include('is the same')
    expect(existsSync(join(directory, 'read-model.current'))).to.equal(false)
  })

  it('is not copied, and the command names the streams', async () => {
    const { directory, log, damage } = copied()
    const [one] = damage()
    const to = join(newDirectory(), 'copy.db')
    const copying = await kycHere(directory, ['copy', '--from', `sqlite:${log}`, '--to', `sqlite:${to}`])
    expect(copying.code).to.equal(1)
    expect(copying.stderr).to.include('not copied: the event log is damaged: ').and.include(`kyc-${one}`)
  })
})
