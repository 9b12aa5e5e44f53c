import { randomBytes } from 'node:crypto'
import { renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import { type OwnService, readyHere, serveHere } from '../support/service/service.ts'
import { badlySigned, newUser, refusal, request } from '../support/webhooks/webhookBuilders.ts'

const MIB = 1024 * 1024
/** How often each of a hundred bodies is sent. */
const TIMES_EACH = process.env['KYC_LARGE'] === '1' ? 100 : 25

/** How much the journal takes of the disk. */
const bytesOf = (service: OwnService): number =>
  ['journal.db', 'journal.db-wal']
    .map((name) => statSync(join(service.directory, name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0)

/** `who` sends it is his number: each source may spend only so much. */
const post = async (service: OwnService, body: Uint8Array<ArrayBuffer> | string, who = 1): Promise<number> => {
  const response = await service.post(body, { 'x-forwarded-for': `192.0.2.${who}` })
  await response.arrayBuffer()
  return response.status
}

describe('the journal of a running service', () => {
  let service: OwnService
  beforeEach(async () => {
    service = await readyHere(newDirectory(), { TRUST_PROXY: 'loopback' })
  })
  afterEach(() => service.stop())

  it('keeps one genuine delivery through thousands of one-byte bodies, which are one row each', async () => {
    const genuine = badlySigned(refusal(newUser()))
    expect(await post(service, genuine)).to.equal(503)
    for (let i = 0; i < 100 * TIMES_EACH; i += 100) {
      const statuses = await Promise.all(
        Array.from({ length: 100 }, (_, j) => post(service, Uint8Array.of((i + j) % 100), i / 100)),
      )
      expect(new Set(statuses)).to.deep.equal(new Set([400]))
    }
    const rows = service.journal(20_000)
    expect(rows).to.have.length(101)
    expect(rows.at(-1)?.body.toString()).to.equal(genuine)
    // The ten digits are JSON, if no webhook.
    const counts = new Set(rows.slice(0, -1).map(({ times }) => times))
    expect(counts).to.deep.equal(new Set([TIMES_EACH]))
  })

  it('keeps it through a flood of large ones, and does not take more of the disk than it may', async () => {
    const genuine = badlySigned(refusal(newUser()))
    expect(await post(service, genuine)).to.equal(503)
    for (let i = 0; i < 1150; i += 50) {
      const statuses = await Promise.all(
        Array.from({ length: 50 }, () => post(service, new Uint8Array(randomBytes(65_536)), i / 50)),
      )
      expect(new Set(statuses)).to.deep.equal(new Set([400]))
    }
    expect(bytesOf(service)).to.be.lessThan(96 * MIB)
    const bodies = service.journal(20_000).map(({ reason, body }) => (reason === 'signature' ? body.toString() : ''))
    expect(bodies).to.include(genuine)
    expect(bodies.length).to.be.within(900, 1100)
  })

  it('is not ready and says why while its file is gone, and takes up again when it is back', async () => {
    const file = join(service.directory, 'journal.db')
    const names = [file, `${file}-wal`, `${file}-shm`]
    for (const name of names) renameSync(name, `${name}.away`)
    const ready = async (): Promise<number> => (await service.get('/health/ready')).status
    await untilTrue('it is not ready', async () => (await ready()) === 503)
    expect(await (await service.get('/health/ready')).json()).to.include({ journal: 'down' })
    expect(await post(service, badlySigned(request(newUser())))).to.equal(503)
    expect(await (await service.get('/metrics')).text()).to.match(/^kyc_journal_up 0$/m)
    expect((await service.deliver(request(newUser()))).outcome).to.equal('appended')
    await untilTrue('it says why', () => /"level":50.*journal: .*removed or replaced/.test(service.stdout()))

    for (const name of names) renameSync(`${name}.away`, name)
    await service.ready()
    expect(await post(service, badlySigned(request(newUser())))).to.equal(503)
    expect(service.journal()).to.have.length(1)
  })
})

describe('JOURNAL_DAYS', () => {
  it('is how long a delivery stays that nobody sends again', async () => {
    const directory = newDirectory()
    const first = await serveHere(directory)
    expect(await post(first, 'no JSON')).to.equal(400)
    expect(await post(first, 'no JSON either')).to.equal(400)
    await first.stop()
    const db = new Database(join(directory, 'journal.db'))
    const age = db.prepare('UPDATE deliveries SET last_received_at = ? WHERE body = ?')
    for (const [body, days] of [
      ['no JSON', 7.1],
      ['no JSON either', 6.9],
    ] as const) {
      const at = new Date(Date.now() - days * 86_400_000).toISOString().replace('Z', '000Z')
      expect(age.run(at, Buffer.from(body)).changes).to.equal(1)
    }
    db.close()
    const service = await serveHere(directory, { JOURNAL_DAYS: '7' })
    await untilTrue('one is gone', () => service.journal().length < 2)
    expect(service.journal().map(({ body }) => body.toString())).to.deep.equal(['no JSON either'])
    await service.stop()
  })
})
