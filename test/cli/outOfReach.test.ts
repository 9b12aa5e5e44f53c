import { expect } from 'chai'
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { kyc, startKyc } from '../support/service/kyc.ts'
import { startService } from '../support/service/service.ts'
import { newUser, request } from '../support/webhooks/webhookBuilders.ts'

describe('a command whose event store is out of reach', () => {
  let double: EventStoreDb
  before(async () => {
    double = await startEventStoreDb()
  })
  after(() => double.stop())

  it('waits for it, says so, and goes on: replay', async () => {
    const env = { EVENT_STORE: double.connectionString }
    const service = await startService(newDirectory(), env)
    await service.ready()
    await service.deliver(request(newUser()))
    await service.stop()
    await double.stop()
    const replay = startKyc(service.directory, ['replay'], env)
    while (!replay.stderr().includes('waiting for the event store: '))
      await new Promise((resolve) => setTimeout(resolve, 20))
    await double.restart()
    const { code, stderr } = await replay.ended
    expect(code, stderr).to.equal(0)
  })

  it('ends with a sentence and an exit code, and no stack, when it has waited for a minute: replay and copy', async () => {
    await double.stop()
    const directory = newDirectory()
    const commands = [['replay'], ['copy', '--from', double.connectionString, '--to', `sqlite:${directory}/events.db`]]
    const ended = await Promise.all(
      commands.map((words) => kyc(directory, words, { EVENT_STORE: double.connectionString })),
    )
    for (const { code, stderr } of ended) {
      expect(code).to.equal(1)
      expect(stderr).to.contain('the event store cannot be reached')
      expect(stderr).not.to.match(/^\s+at /m)
    }
  })
})
