import { readdirSync } from 'node:fs'
import { expect } from 'chai'
import { type Ended, kyc } from '../support/kyc.ts'
import { newDirectory, type Service, startService } from '../support/service.ts'
import { badlySigned, newUser, request, signed, unsigned, validation } from '../support/webhookBuilders.ts'

const NEW_SECRET = 'the secret that the provider has changed to'

describe("the operator's journal", function () {
  this.timeout(30_000)

  const directory = newDirectory()
  let service: Service
  const user = newUser()
  const body = signed(validation(user), NEW_SECRET)

  const command = (...words: readonly string[]): Promise<Ended> =>
    kyc(directory, ['journal', ...words], { KYC_URL: service.url })
  const listed = async (): Promise<readonly string[]> => {
    const { code, stdout } = await command()
    expect(code).to.equal(0)
    return stdout.trimEnd().split('\n')
  }

  before(async () => {
    service = await startService(directory)
    for (const [text, status] of [
      ['not JSON', 400],
      ['[]', 400],
      ['{"Type":"SubscriptionConfirmation","Token":"abc"}', 200],
      [unsigned(request(user)), 503],
      [badlySigned(request(user)), 503],
      [body, 503],
    ] as const) {
      expect((await service.post(text)).status).to.equal(status)
    }
  })
  after(() => service.stop())

  it('lists what was not appended, newest first, with its reason and without its content', async () => {
    const lines = await listed()
    const reasons = lines.map((line) => line.trim().split(/ {2,}/))
    expect(reasons.map(([id, , reason]) => [id, reason])).to.deep.equal([
      ['6', 'signature'],
      ['5', 'signature'],
      ['4', 'signature'],
      ['3', 'no-payload'],
      ['2', 'not-a-webhook'],
      ['1', 'not-json'],
    ])
    for (const [, receivedAt = '', , size] of reasons) {
      expect(Date.now() - Date.parse(receivedAt)).to.be.within(0, 30_000)
      expect(size).to.match(/^\d+ bytes$/)
    }
    expect(lines.join()).to.not.include('Oak')
    expect(await command('list')).to.include({ code: 0, stdout: `${lines.join('\n')}\n` })
  })

  it('shows one as it was received', async () => {
    const { code, stdout } = await command('show', '6')
    expect(code).to.equal(0)
    const [head = '', ...rest] = stdout.split('\n')
    expect(head)
      .to.include('signature')
      .and.to.include(`${Buffer.byteLength(body)} bytes`)
    expect(rest.join('\n')).to.equal(body)
    expect((await command('show', '3')).stdout).to.include('SubscriptionConfirmation')
  })

  it('says what it does not know', async () => {
    for (const words of [['show'], ['show', '7'], ['show', '0'], ['show', 'x'], ['resubmit', '7']]) {
      const ended = await command(...words)
      expect(ended.code, words.join(' ')).to.equal(1)
      expect(ended.stderr).to.equal('no such delivery in the journal\n')
    }
    expect((await command('burn', '1')).code).to.equal(2)
    const elsewhere = await kyc(newDirectory(), ['journal'])
    expect(elsewhere.code).to.equal(1)
    expect(elsewhere.stderr).to.include('there is no journal')
    expect(readdirSync(directory)).to.include('journal.db')
  })

  it('submits one again: refused while the secret is wrong, taken once it is mended', async () => {
    const refused = await command('resubmit', '6')
    expect(refused.code).to.equal(1)
    expect(refused.stdout).to.match(/^503 /)
    expect(await listed()).to.have.length(7)

    await service.stop()
    service = await startService(directory, { TREEZOR_WEBHOOK_SECRET: `development,${NEW_SECRET}` })
    const taken = await command('resubmit', '6')
    expect(taken.code, taken.stderr).to.equal(0)
    expect(taken.stdout).to.match(/^200 /).and.to.include('"outcome":"appended"')
    await service.ready()
    const path = `/users/${user}/kyc?minPosition=${JSON.parse(taken.stdout.slice(4)).events[0].position}`
    expect(await (await service.get(path)).json()).to.include({ status: 'validated' })

    const again = await command('resubmit', '7')
    expect(again.code).to.equal(0)
    expect(again.stdout).to.include('"outcome":"duplicate"')
    expect((await command('resubmit', '5')).code).to.equal(1)
    expect((await command('resubmit', '1')).stdout).to.match(/^400 /)
  })

  it('does not submit half a delivery, of which more was received than kept', async () => {
    const large = badlySigned(request(newUser(), {}, { kycReviewComment: 'x'.repeat(70_000) }))
    expect((await service.post(large)).status).to.equal(503)
    const [newest = ''] = await listed()
    const id = newest.trim().split(' ')[0] ?? ''
    const before = await listed()
    const ended = await command('resubmit', id)
    expect(ended.code).to.equal(1)
    expect(ended.stderr).to.include('only its first 65536 were kept')
    expect(await listed()).to.deep.equal(before)
  })

  it('is read while the service does not run, and submits nothing to nobody', async () => {
    await service.stop()
    expect(await listed()).to.have.length.greaterThan(6)
    const ended = await command('resubmit', '6')
    expect(ended.code).to.equal(1)
    expect(ended.stderr).to.equal('the service does not answer; start it, or set KYC_URL to where it listens\n')
    service = await startService(directory)
  })
})
