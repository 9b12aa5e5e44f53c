import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { freePort } from '../support/freePort.ts'
import { damagePage, pagesOf } from '../support/logs/damagedLog.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually, untilTrue } from '../support/patience.ts'
import { expectProblem } from '../support/service/answers.ts'
import { own } from '../support/service/children.ts'
import { type OwnService, readyHere, serveHere, startService } from '../support/service/service.ts'
import { spawnService } from '../support/service/serviceProcess.ts'
import { badlySigned, newUser, request, signed, validation } from '../support/webhooks/webhookBuilders.ts'

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname

/** A directory with a log of one event, of a service that has been stopped. */
const served = async (): Promise<{ readonly directory: string; readonly user: string }> => {
  const directory = newDirectory()
  const service = await serveHere(directory)
  const user = newUser()
  await service.deliver(request(user))
  expect(await service.kyc(user)).to.include({ status: 'pending' })
  await service.stop()
  return { directory, user }
}

describe('a service whose output cannot be written', () => {
  it('goes on answering, and stops when it is told to', async function () {
    if (!existsSync('/dev/full')) return this.skip()
    const port = await freePort()
    const full = openSync('/dev/full', 'w')
    const env = { ...process.env, PORT: String(port), DATA_DIR: newDirectory(), LOG_LEVEL: 'info' }
    const child = own(spawn(process.execPath, [MAIN], { env, stdio: ['ignore', full, 'ignore'] }))
    closeSync(full)
    const url = `http://127.0.0.1:${port}`
    await untilTrue('ready', async () => (await fetch(`${url}/health/ready`).catch(() => null))?.ok === true)
    const post = (body: string) => fetch(`${url}/webhooks/treezor`, { method: 'POST', body })
    expect((await post(badlySigned(request(newUser())))).status).to.equal(503)
    expect((await post(signed(request(newUser())))).status).to.equal(200)
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await exited).to.deep.equal([0, null])
  })
})

describe('a log that is lost', () => {
  for (const [how, lose] of [
    ['emptied', (file: string) => truncateSync(file, 0)],
    ['deleted', (file: string) => rmSync(file)],
  ] as const) {
    it(`(${how}) is not replaced by a new one: the service says so and does not start`, async () => {
      const { directory } = await served()
      lose(join(directory, 'events.db'))
      const child = spawnService(directory)
      expect((await child.exited).code).to.equal(1)
      expect(child.stdout()).to.include('the event log').and.include('is empty or missing, but')
      // Not even an empty one is made where it was looked for.
      if (how === 'deleted') expect(existsSync(join(directory, 'events.db'))).to.equal(false)
    })
  }

  it('under the service is not appended to: what would be gone with the process is not acknowledged', async () => {
    const directory = newDirectory()
    const service = await startService(directory)
    await service.deliver(request(newUser()))
    rmSync(join(directory, 'events.db'))
    expect((await service.post(signed(request(newUser())))).status).to.equal(503)
    await service.kill()
  })
})

describe('a damaged read model', () => {
  it('is made anew from the log at the next start', async () => {
    const { directory, user } = await served()
    writeFileSync(join(directory, 'read-model.db'), 'no database at all, but long enough to be looked at '.repeat(100))
    const service: OwnService = await serveHere(directory)
    await service.ready()
    expect(await service.kyc(user)).to.include({ status: 'pending' })
    await service.stop()
  })

  it('of which a page is damaged is made anew as soon as a read comes upon it', async () => {
    const directory = newDirectory()
    const everybody = Array.from({ length: 60 }, newUser)
    const first = await serveHere(directory)
    for (const user of everybody) await first.deliver(request(user))
    await first.ready()
    await first.stop()
    const file = join(directory, 'read-model.db')
    const db = new Database(file)
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.close()
    damagePage(file, pagesOf(file, 'kyc_status', 'leaf')[1] ?? 0)

    const service = await readyHere(directory)
    const answers = await Promise.all(everybody.map((user) => service.get(`/users/${user}/kyc`)))
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused).to.not.have.length(0)
    for (const response of refused) await expectProblem(response, 503, 'read-model-behind')
    await service.says('a page of the read model is damaged')
    await service.says(file)
    await eventually('it is made anew', () => (service.stdout().includes('is damaged and is made anew') ? true : null))
    await service.ready()
    for (const user of everybody) expect(await service.kyc(user)).to.include({ status: 'pending' })
    expect((await service.deliver(validation(everybody[0] ?? ''))).outcome).to.equal('appended')
    await service.stop()
  })
})
