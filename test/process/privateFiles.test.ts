import { chmodSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { kyc } from '../support/service/kyc.ts'
import { type Service, startService } from '../support/service/service.ts'
import { spawnService } from '../support/service/serviceProcess.ts'
import { badlySigned, newUser, request } from '../support/webhooks/webhookBuilders.ts'

/** The files of a directory that anybody but their owner could read or write. */
const open = (directory: string): readonly string[] =>
  readdirSync(directory).filter((name) => (statSync(join(directory, name)).mode & 0o077) !== 0)

const used = async (directory: string): Promise<Service> => {
  const service = await startService(directory)
  await service.ready()
  const user = newUser()
  await service.deliver(request(user))
  await service.post(badlySigned(request(user)))
  await service.kyc(user)
  return service
}

describe('the files of the service', () => {
  it('are for its own user alone, all of them, while it runs and after a replay', async () => {
    const service = await used(newDirectory())
    expect(readdirSync(service.directory)).to.include.members([
      'events.db',
      'events.db-wal',
      'events.db-shm',
      'events.db-lock',
      'journal.db',
      'journal.db-wal',
      'read-model.db',
      'read-model.db-wal',
    ])
    expect(open(service.directory)).to.deep.equal([])
    expect((await kyc(service.directory, ['replay'])).code).to.equal(0)
    expect(readdirSync(service.directory)).to.include('read-model.current')
    expect(open(service.directory)).to.deep.equal([])
    await service.stop()
  })

  it('become so where a former release left them open', async () => {
    const service = await used(newDirectory())
    await service.kill()
    for (const name of readdirSync(service.directory)) chmodSync(join(service.directory, name), 0o644)
    const next = await used(service.directory)
    expect(open(service.directory)).to.deep.equal([])
    await next.stop()
  })

  it('are files: a directory that is named as the log is refused, and stays as it was', async () => {
    const directory = newDirectory()
    chmodSync(directory, 0o755)
    const refused = spawnService(newDirectory(), { EVENT_STORE: `sqlite:${directory}` })
    expect((await refused.exited).code).to.equal(1)
    expect(refused.stdout()).to.include(`cannot open the event log ${directory}`)
    expect(statSync(directory).mode & 0o777).to.equal(0o755)
  })
})
