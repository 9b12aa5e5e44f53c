import { readdirSync } from 'node:fs'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { answered } from '../support/service/answers.ts'
import type { Done } from '../support/service/kyc.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere, serveHere } from '../support/service/service.ts'
import { badlySigned, newUser, request, signed, unsigned, validation } from '../support/webhooks/webhookBuilders.ts'

const NEW_SECRET = 'the secret that the provider has changed to'

describe("the operator's journal", () => {
  const directory = newDirectory()
  let service: OwnService
  const user = newUser()
  const body = signed(validation(user), NEW_SECRET)

  const command = (...words: readonly string[]): Promise<Done> =>
    kycHere(directory, ['journal', ...words], { KYC_URL: service.url })
  const listed = async (): Promise<readonly string[]> => {
    const { code, stdout } = await command()
    expect(code).to.equal(0)
    return stdout.trimEnd().split('\n')
  }

  before(async () => {
    service = await serveHere(directory)
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
    for (const words of [
      ['show', '7'],
      ['resubmit', '7'],
    ]) {
      const ended = await command(...words)
      expect(ended.code, words.join(' ')).to.equal(1)
      expect(ended.stderr).to.equal('no such delivery in the journal\n')
    }
    const elsewhere = await kycHere(newDirectory(), ['journal'])
    expect(elsewhere.code).to.equal(1)
    expect(elsewhere.stderr).to.include('there is no journal')
    expect(readdirSync(directory)).to.include('journal.db')
  })

  it('does nothing that was not asked for in full: it says how it is asked', async () => {
    const before = await listed()
    for (const words of [
      ['burn', '1'],
      ['list', '1'],
      ['show'],
      ['show', '0'],
      ['show', 'x'],
      ['show', '1', '2'],
      ['show', '6', '--open'],
      ['resubmit'],
      ['resubmit', '--since', '2026-03-01'],
      ['resubmit', '6', '--reason', 'signature'],
      ['resubmit', '--reason', 'signature', '--limit', '1'],
      ['resubmit', '--reason', 'signature', '--before', '5'],
      ['--raw'],
      ['--frobnicate'],
    ]) {
      const { code, stdout, stderr } = await command(...words)
      expect(code, words.join(' ')).to.equal(2)
      expect(stdout, words.join(' ')).to.equal('')
      expect(stderr, words.join(' ')).to.match(
        /^(usage: |an id is a whole number\nusage: |Unknown option '--frobnicate'\nusage: )/,
      )
    }
    expect(await listed()).to.deep.equal(before)
  })

  it('submits one again: refused while the secret is wrong, taken once it is mended', async () => {
    const refused = await command('resubmit', '6')
    expect(refused.code).to.equal(1)
    expect(refused.stdout).to.match(/^503 /)
    expect(await listed()).to.have.length(6)

    await service.stop()
    service = await serveHere(directory, { TREEZOR_WEBHOOK_SECRET: `development,${NEW_SECRET}` })
    const taken = await command('resubmit', '6')
    expect(taken.code, taken.stderr).to.equal(0)
    expect(taken.stdout).to.match(/^200 /).and.to.include('"outcome":"appended"')
    await service.ready()
    const path = `/users/${user}/kyc?minPosition=${JSON.parse(taken.stdout.slice(4)).events[0].position}`
    expect(await (await answered(() => service.get(path))).json()).to.include({ status: 'validated' })

    const again = await command('resubmit', '6')
    expect(again.code).to.equal(0)
    expect(again.stdout).to.include('"outcome":"duplicate"')
    expect((await command('resubmit', '5')).code).to.equal(1)
    expect((await command('resubmit', '1')).stdout).to.match(/^400 /)
  })

  it('marks what is done, and has no more entries for what was submitted again', async () => {
    const lines = await listed()
    expect(lines).to.have.length(6)
    expect(lines[0]).to.match(/^ +6 .* appended \d{4}-\d\d-\d\dT[\d:.]+Z$/)
    for (const line of lines.slice(1)) expect(line).to.match(/ bytes$/)
    const open = await command('--open')
    expect(open.stdout).to.equal(`${lines.slice(1).join('\n')}\n`)
  })

  it('counts what the provider sends again, and marks it when that is taken', async () => {
    const webhook = request(newUser())
    const text = signed(webhook, 'another secret')
    for (const _ of [1, 2, 3]) expect((await service.post(text)).status).to.equal(503)
    const [newest = ''] = await listed()
    expect(newest).to.match(/ {2}signature .* 3 times, last \d{4}-[\d-]+T[\d:.]+Z$/)
    await service.stop()
    service = await serveHere(directory, { TREEZOR_WEBHOOK_SECRET: `development,${NEW_SECRET},another secret` })
    expect((await service.post(text)).status).to.equal(200)
    expect((await listed())[0]).to.match(/ 3 times, .* appended \S+Z$/)
    expect((await service.post(text)).status).to.equal(200)
    expect((await listed())[0]).to.match(/ 3 times, .* appended \S+Z$/)
  })

  it('lists in pages, and filters by reason and by time', async () => {
    const all = await listed()
    const first = await command('--limit', '4')
    expect(first.stdout).to.equal(`${all.slice(0, 4).join('\n')}\n`)
    const [, before = ''] = /--before (\d+)/.exec(first.stderr) ?? []
    const second = await command('list', '--limit', '4', '--before', before)
    expect(second.stdout).to.equal(`${all.slice(4).join('\n')}\n`)
    expect(second.stderr).to.equal('')

    const ofReason = await command('--reason', 'not-json')
    expect(ofReason.stdout.trim()).to.match(/^1 .* not-json .*bytes$/)
    const now = new Date().toISOString()
    expect((await command('--since', now)).stdout).to.equal('')
    expect((await command('--since', now.slice(0, 10), '--reason', 'signature')).stdout).to.include('signature')
    for (const words of [
      ['--reason', 'boredom'],
      ['--since', 'yesterday'],
      ['--before', 'x'],
      ['--limit', '0'],
      ['--colour'],
      ['resubmit', '1', '2'],
    ]) {
      expect((await command(...words)).code, words.join(' ')).to.equal(2)
    }
  })

  it('submits all of a kind again that are not done, in the order in which they came', async () => {
    const secret = 'a third secret'
    const people = Array.from({ length: 3 }, newUser)
    for (const person of people) {
      expect((await service.post(signed(request(person), secret))).status).to.equal(503)
      expect((await service.post(signed(validation(person), secret))).status).to.equal(503)
    }
    const lastRefused = new Date().toISOString()
    await service.stop()
    service = await readyHere(directory, { TREEZOR_WEBHOOK_SECRET: `development,${secret}` })
    const ended = await command('resubmit', '--reason', 'signature')
    // Two are forged, and stay.
    expect(ended.code).to.equal(1)
    expect(ended.stderr).to.equal('6 of 8 were taken\n')
    const answers = ended.stdout.trimEnd().split('\n')
    const ids = answers.map((line) => Number(line.split(' ')[0]))
    expect(ids).to.have.length(8)
    expect(ids).to.deep.equal(ids.toSorted((a, b) => a - b))
    expect(answers.slice(0, 2).every((line) => / 503 /.test(line))).to.equal(true)
    for (const person of people) {
      const events = await service.events(person)
      expect(events.map(({ type }) => type)).to.deep.equal(['user.kycrequest', 'user.kycreview'])
    }
    expect((await command('--reason', 'signature', '--open')).stdout.trimEnd().split('\n')).to.have.length(2)
    const none = await command('resubmit', '--reason', 'signature', '--since', lastRefused)
    expect(none).to.include({ code: 0, stdout: '', stderr: '0 of 0 were taken\n' })
  })

  it('shows nothing that a terminal would obey', async () => {
    const hostile = '\x1b]0;owned\x07\x1b[2Jline\r\nover\u202etxt.exe\u0085\u2028end\t.'
    expect((await service.post(hostile, { 'content-type': 'text/\u009bplain' })).status).to.equal(400)
    const [newest = ''] = await listed()
    const id = newest.trim().split(' ')[0] ?? ''
    const shown = await command('show', id)
    expect(shown.stdout).to.match(/text\/\\u009bplain\n/)
    expect(shown.stdout.slice(shown.stdout.indexOf('\n') + 1)).to.equal(
      '\\u001b]0;owned\\u0007\\u001b[2Jline\\u000d\nover\\u202etxt.exe\\u0085\\u2028end\t.',
    )
    expect((await command('show', id, '--raw')).stdout).to.equal(hostile)
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
    service = await serveHere(directory)
  })
})
