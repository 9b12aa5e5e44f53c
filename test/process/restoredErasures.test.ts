import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { UserId } from '../../domain/identifiers.ts'
import { applyErasures } from '../../src/backup/applyErasures.ts'
import { systemClock } from '../../src/clock/clock.ts'
import { readErased } from '../../src/ledger/erased.ts'
import { GROUND } from '../support/erasures/recordErased.ts'
import { eventsOf, readingLog, writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere, refusedHere } from '../support/service/service.ts'
import { badlySigned, newUser, request, validation } from '../support/webhooks/webhookBuilders.ts'

const EVERY_SECOND = { SEAL_EVERY: '1' }

const started = async (directory: string, acceptLostEvents = false): Promise<OwnService> => {
  const service = await readyHere(directory, EVERY_SECOND, { acceptLostEvents })
  return service
}

const refused = (directory: string): Promise<string> => refusedHere(directory, EVERY_SECOND, { acceptLostEvents: true })

/** The newest checkpoint, once it covers all of the log, and what it is checked with. */
const sealed = async (service: OwnService, size: number): Promise<string> =>
  eventually('a checkpoint over all of the log', async () => {
    const text = await (await service.get('/checkpoint')).text()
    return Number(text.split('\n')[1]) >= size ? text : null
  })

const done = async (directory: string, ...words: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await kycHere(directory, words, EVERY_SECOND)
  expect(code, stdout + stderr).to.equal(0)
  return stdout
}

const members = (archive: Buffer, name: RegExp): readonly string[] => archive.toString('latin1').match(name) ?? []

describe('a backup that was made before an erasure', () => {
  it('is not served before those are erased again, whatever else is accepted; then all is as after the erasure', async () => {
    const directory = newDirectory()
    const [gone, other] = [newUser(), newUser()]
    const first = await started(directory)
    for (const user of [gone, other]) {
      await first.deliver(request(user))
      await first.deliver(validation(user))
    }
    // The journal of the backup holds something of him, too.
    expect((await first.post(badlySigned(request(gone)))).status).to.equal(503)
    await sealed(first, 5)
    const evidence = Buffer.from(await (await first.get(`/users/${other}/evidence`)).arrayBuffer())
    const [key = ''] = (await (await first.get('/seals/keys')).text()).split('\n')
    await first.stop()
    const [backup, file, list] = ['backup', 'evidence.tar', 'erasures'].map((name) => join(newDirectory(), name)) as [
      string,
      string,
      string,
    ]
    await done(directory, 'backup', backup)
    writeFileSync(file, evidence)

    // As a service erases him.
    const erasedAt = '2026-01-01T00:00:00.000Z'
    const users = [{ userId: gone as UserId, erasedAt, erasure: 0, ground: GROUND }]
    await writingLog(directory, (store) => applyErasures(store, { origin: 'log', users }, systemClock))
    const second = await started(directory)
    const size = (await readingLog(directory, eventsOf)).filter(({ stream }) => stream !== 'kyc-seals').length + 2
    expect(await sealed(second, size)).to.match(/^[-0-9a-f]{36}\n\d+\n[^\n]+\nerased 1\n\n/)
    const later = Buffer.from(await (await second.get(`/users/${other}/evidence`)).arrayBuffer())
    expect((await second.get(`/users/${gone}/kyc`)).status).to.equal(410)
    expect((await second.get(`/users/${gone}/evidence`)).status).to.equal(410)
    await eventually('the journal has forgotten him', () => (second.journal().length === 0 ? true : null))
    await second.stop()
    const records = /^[0-9a-f]{64} {2}events\/kyc-\d+\/\d{8}\.record$/gm
    expect(members(later, records)).to.deep.equal(members(evidence, records)).and.to.have.length(2)
    writeFileSync(`${file}.later`, later)
    for (const one of [file, `${file}.later`]) await done(directory, 'verify', one, '--key', key)
    expect(await done(directory, 'verify', '--key', key)).to.contain('erased: 1 users, 2 events')
    writeFileSync(list, await done(directory, 'erasures', 'export'))
    expect(readFileSync(join(directory, 'sealed', 'erasures'), 'utf8').split('\n\n')[0]).to.equal(
      readFileSync(list, 'utf8').split('\n\n')[0],
    )

    const restored = await done(directory, 'restore', backup)
    expect(restored).to.contain('run "erasures apply" first').and.to.contain('Legal holds placed since are gone')
    expect(await readingLog(directory, async (store) => (await readErased(store)).users.size)).to.equal(0)
    const why = await refused(directory)
    expect(why).to.contain('knows of 0 erased users, and 1 were erased, as the list ')
    expect(why).to.contain('npm run kyc -- erasures apply')
    const shorter = await kycHere(directory, ['erasures', 'export'], EVERY_SECOND)
    expect([shorter.code, shorter.stdout]).to.deep.equal([1, ''])
    expect(shorter.stderr).to.contain('names 1 erased users whom this log has again')
    rmSync(join(directory, 'sealed', 'erasures'))
    expect(await refused(directory)).to.contain('1 were erased, as the last checkpoint')

    const forged = readFileSync(list, 'utf8').replace(gone, '4711')
    writeFileSync(`${list}.forged`, forged)
    const { code, stderr } = await kycHere(directory, ['erasures', 'apply', `${list}.forged`])
    expect({ code, stderr }).to.have.property('code', 1)
    expect(stderr).to.contain('its lines are not those that were signed')
    expect(await done(directory, 'erasures', 'apply', list)).to.contain('1 users were erased again, with 2 events')
    expect(await done(directory, 'erasures', 'apply', list)).to.contain('0 users were erased again, with 0 events')

    const third = await started(directory, true)
    expect((await third.get(`/users/${gone}/kyc`)).status).to.equal(410)
    expect(await third.kyc(other)).to.include({ status: 'validated' })
    await eventually('the journal that came back has forgotten him again', () =>
      third.journal().length === 0 ? true : null,
    )
    await third.stop()
    await done(directory, 'verify')
  })
})
