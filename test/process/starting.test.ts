import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { readyHere, refusedHere, serveHere } from '../support/service/service.ts'
import { type ServiceProcess, spawnService } from '../support/service/serviceProcess.ts'
import { newUser, request, validation } from '../support/webhooks/webhookBuilders.ts'

/** Checks that a start failed, with one line for the operator that says `what` and no stack. */
const failedWith = async (child: ServiceProcess, ...what: readonly string[]): Promise<void> => {
  const { code, signal } = await child.exited
  expect({ code, signal }).to.deep.equal({ code: 1, signal: null })
  const fatal = child
    .stdout()
    .split('\n')
    .filter((line) => line.includes('"level":60'))
  expect(fatal).to.have.length(1)
  const { msg } = JSON.parse(fatal[0] ?? '{}') as { readonly msg: string }
  for (const words of what) expect(msg).to.include(words)
  expect(child.stderr() + msg).to.not.match(/\n\s+at /)
}

describe('a start', () => {
  it('of a second process on the same data fails, names the log and does not disturb the first', async () => {
    const first = await serveHere(newDirectory())
    const user = newUser()
    await first.deliver(request(user))
    await failedWith(spawnService(first.directory), join(first.directory, 'events.db'), 'another process')
    await first.deliver(validation(user))
    expect(await first.kyc(user)).to.include({ status: 'validated', events: 2 })
    await first.stop()
  })

  it('on a port in use fails, names the port and leaves the data free', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()))
    const port = String((other.address() as AddressInfo).port)
    try {
      const directory = newDirectory()
      await failedWith(spawnService(directory, { PORT: port }), 'in use', port)
      const service = await readyHere(directory)
      await service.stop()
    } finally {
      other.close()
    }
  })

  it('where there is no data directory says that it made one, and where', async () => {
    const directory = join(newDirectory(), 'mistyped', 'data')
    const said = { msg: 'there was no data directory: it was made, and is empty', directory }
    for (const expected of [[said], []]) {
      const service = await readyHere(directory)
      const lines = service
        .stdout()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as typeof said)
      const told = lines.filter(({ msg }) => msg === said.msg).map(({ msg, directory }) => ({ msg, directory }))
      expect(told).to.deep.equal(expected)
      await service.stop()
    }
  })

  it('with a file where the data directory should be fails', async () => {
    const file = join(newDirectory(), 'data')
    writeFileSync(file, '')
    expect(await refusedHere(file)).to.include(file)
  })

  it('with another database in place of the log fails and leaves it as it was', async () => {
    const directory = newDirectory()
    const file = join(directory, 'events.db')
    const db = new Database(file)
    db.exec('CREATE TABLE other (a)')
    db.close()
    expect(await refusedHere(directory)).to.include(file)
    const after = new Database(file, { readonly: true })
    expect(after.prepare('SELECT name FROM sqlite_schema').pluck().all()).to.deep.equal(['other'])
    after.close()
  })

  it('with something that is no database in place of the log fails', async () => {
    const directory = newDirectory()
    writeFileSync(join(directory, 'events.db'), 'this is no database, and is long enough to be seen as none'.repeat(99))
    expect(await refusedHere(directory)).to.include('events.db')
  })

  it('is ready soon with an empty log, and with one of which nothing is new', async () => {
    const first = await readyHere(newDirectory())
    const user = newUser()
    await first.deliver(request(user))
    await first.kyc(user)
    await first.stop()
    const second = await readyHere(first.directory)
    expect(await second.kyc(user)).to.include({ status: 'pending', events: 1 })
    await second.stop()
  })

  it('recognises what it took before it was stopped', async () => {
    const first = await serveHere(newDirectory())
    const user = newUser()
    const webhook = request(user)
    const taken = await first.deliver(webhook)
    await first.stop()
    const second = await serveHere(first.directory)
    expect(await second.deliver(webhook)).to.deep.equal({ outcome: 'duplicate', events: taken.events })
    await second.stop()
  })
})
