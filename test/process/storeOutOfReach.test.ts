import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { expectProblem, newDirectory, type Service, startService } from '../support/service.ts'
import { newUser, request, signed, unsigned } from '../support/webhookBuilders.ts'

/** Lets no file of a running process grow beyond so many bytes, as a full disk would; Linux only. */
const limitFiles = ({ pid }: Service, bytes: number | 'unlimited'): void => {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`], { stdio: 'ignore' })
}

describe('a store out of reach', function () {
  this.timeout(60_000)

  let service: Service
  before(async function () {
    try {
      execFileSync('prlimit', ['--version'], { stdio: 'ignore' })
    } catch {
      this.skip()
    }
    service = await startService(newDirectory())
    await service.ready()
  })
  after(async () => {
    await service?.stop()
  })

  it('makes deliveries fail with 503 and Retry-After until it can be written again', async () => {
    const known = request(newUser())
    const standing = await service.deliver(known)
    limitFiles(service, statSync(join(service.directory, 'events.db-wal')).size)

    const users = Array.from({ length: 5 }, newUser)
    const webhooks = users.map((user) => request(user))
    for (const webhook of webhooks) {
      const response = await service.post(signed(webhook))
      expect(response.headers.get('retry-after')).to.match(/^\d+$/)
      await expectProblem(response, 503)
    }
    // What stands in the log needs no write.
    expect(await service.deliver(known)).to.deep.equal({ outcome: 'duplicate', events: standing.events })

    limitFiles(service, 'unlimited')
    for (const webhook of webhooks) expect((await service.deliver(webhook)).outcome).to.equal('appended')
    for (const user of users) expect(await service.events(user)).to.have.length(1)
    expect(await service.kyc(users[0] ?? '')).to.include({ status: 'pending', events: 1 })
  })

  it('makes a delivery fail with 503 and Retry-After that can be neither appended nor kept', async () => {
    expect((await service.post(unsigned(request(newUser())))).status).to.equal(503)
    const before = service.journal().length
    limitFiles(service, statSync(join(service.directory, 'journal.db-wal')).size)
    for (const body of ['no JSON', '{"SubscribeURL":"x"}', unsigned(request(newUser()))]) {
      const response = await service.post(body)
      expect(response.headers.get('retry-after'), body).to.match(/^\d+$/)
      await expectProblem(response, 503)
    }
    limitFiles(service, 'unlimited')
    expect(service.journal()).to.have.length(before)
    await expectProblem(await service.post('no JSON'), 400)
    expect(service.journal()).to.have.length(before + 1)
  })
})
