import { hash } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { freePort } from '../support/freePort.ts'
import { newDirectory } from '../support/newDirectory.ts'
import type { KycStatus } from '../support/service/answers.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { sharedService } from '../support/service/service.ts'
import { newUser } from '../support/webhooks/webhookBuilders.ts'

describe('kyc send', () => {
  const directory = newDirectory()
  const service = sharedService()
  const send = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    kycHere(directory, ['send', ...words], { PORT: new URL(service().url).port, ...env })

  it('delivers a documented webhook, says where it stands, and that it was known the second time', async () => {
    const first = await send(['user.kycreview'])
    expect([first.code, first.stdout, first.stderr]).to.deep.equal([0, 'appended: kyc-6461762 @ 0\n', ''])
    const second = await send(['user.kycreview'])
    expect([second.code, second.stdout]).to.deep.equal([0, 'duplicate, it was known already: kyc-6461762 @ 0\n'])
  })

  it('delivers it about another user, also where the documented one has no id', async () => {
    const user = newUser()
    expect((await send(['kycreview.result', '--user', user])).stdout).to.equal(`appended: kyc-${user} @ 0\n`)
    const { code, stdout, stderr } = await send(['document.create', '--user', user])
    expect([code, stdout]).to.deep.equal([0, `appended: kyc-${user} @ 1\n`])
    expect(stderr).to.include('has no id that can be one')
  })

  it('delivers what a file holds, and nothing where the file holds no webhook', async () => {
    const user = newUser()
    const file = join(directory, 'webhook.json')
    writeFileSync(file, '{"webhook":"user.kycreview","object_payload":{"users":[{"userId":"1","kycReview":"2"}]}}')
    expect((await send([file, '--user', user])).stdout).to.equal(`appended: kyc-${user} @ 0\n`)
    writeFileSync(file, '{"users":[{"userId":"1","lastname":"Oak"}]}')
    const { code, stderr } = await send([file])
    expect(code).to.equal(1)
    expect(stderr).to.include('it is no webhook').and.not.include('Oak')
    expect((await send(['no-such-file'])).stderr).to.include('neither a documented webhook')
  })

  it('names the documented webhooks and the lives', async () => {
    const { stdout } = await send(['--list'])
    const lines = stdout.trimEnd().split('\n')
    expect(lines.filter((line) => line.startsWith('--flow '))).to.have.length(6)
    expect(lines.filter((line) => !line.startsWith('--flow '))).to.have.length(19)
  })

  it('ends with 1 where it is not taken: another secret, nobody there, no such service', async () => {
    const secret = 'not-the-secret-7f3a'
    const wrong = await send(['user.kycreview', '--secret', secret])
    expect(wrong.code).to.equal(1)
    expect(wrong.stderr).to.include('/problems/not-verified').and.include('another secret').and.not.include(secret)
    const port = await freePort()
    const other = createServer((_req, res) => res.end('{"hello":"world"}')).listen(port, '127.0.0.1')
    await once(other, 'listening')
    expect((await send(['user.kycreview', '--to', `http://127.0.0.1:${port}`])).stderr).to.include('is not the service')
    other.close()
    for (const words of [['user.kycreview'], ['--flow', 'onboarding']]) {
      const gone = await send([...words, '--to', `http://127.0.0.1:${port}/webhooks/treezor`])
      expect([gone.code, gone.stdout]).to.deep.equal([1, ''])
      expect(gone.stderr).to.include('does not answer')
    }
  })

  it('sends nothing where it might be taken for real: another machine, or a secret that is not everybody’s', async () => {
    const secret = 'a-real-one-19c2'
    let asked = 0
    const other = createServer((_req, res) => {
      asked += 1
      res.writeHead(307, { location: `${service().url}/webhooks/treezor` }).end()
    }).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const to = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    for (const address of ['http://192.0.2.1', 'https://kyc.example.com', 'http://127.0.0.1.example.com'])
      for (const words of [['user.kycreview'], ['--flow', 'onboarding']]) {
        const { code, stderr } = await send([...words, '--to', address])
        expect(code).to.equal(2)
        expect(stderr).to.match(/not one of this machine: .*--real\n$/)
      }
    expect((await send(['user.kycreview'], { KYC_URL: 'https://kyc.example.com' })).code).to.equal(2)
    const { code, stdout, stderr } = await send(['qes.created', '--to', to], { TREEZOR_WEBHOOK_SECRET: secret })
    expect([code, stdout, asked]).to.deep.equal([2, '', 0])
    expect(stderr).to.include('--real').and.not.include(secret)

    const real = await send(['qes.created', '--to', to, '--real'], { TREEZOR_WEBHOOK_SECRET: secret })
    expect([real.code, asked]).to.deep.equal([1, 1])
    // Where it is led on to nothing is sent.
    expect(real.stderr).to.include('refused: 307').and.not.include(secret)
    other.close()
  })

  const lives: readonly (readonly [string, readonly string[], string])[] = [
    ['onboarding', ['none', 'none', 'none', 'pending', 'validated'], 'lifecycle'],
    ['refused', ['none', 'none', 'none', 'pending', 'refused'], 'legacy'],
    ['periodic-review', ['pending', 'validated', 'pending', 'validated'], 'legacy'],
    ['qes', ['none', 'none', 'none', 'pending', 'validated'], 'lifecycle'],
    ['video', ['none', 'none', 'none', 'pending', 'validated'], 'lifecycle'],
  ]
  for (const [flow, statuses, governedBy] of lives)
    it(`tells a life webhook by webhook, and what the service says of the user: ${flow}`, async () => {
      const { code, stdout, stderr } = await send(['--flow', flow, '--pause', '0'])
      expect([code, stderr]).to.deep.equal([0, ''])
      expect([...stdout.matchAll(/-> (\w+)/g)].map(([, status]) => status)).to.deep.equal(statuses)
      const user = /\/users\/(\d+)/.exec(stdout)?.[1] ?? ''
      const status = await service().json<KycStatus>(`/users/${user}/kyc`)
      expect(status).to.include({ status: statuses.at(-1), governedBy, events: statuses.length })
      expect(status.anomalies).to.deep.equal([])
      expect((await service().events(user)).map(({ data }) => data['webhook_id'])).to.satisfy(
        (ids: readonly string[]) => new Set(ids).size === statuses.length,
      )
    })

  it('tells of somebody who is validated again in the same words, which is held back', async () => {
    const user = newUser()
    const { code, stdout } = await send(['--flow', 'validated-again', '--user', user, '--pause', '0'])
    const statuses = [...stdout.matchAll(/-> (\w+)/g)].map(([, status]) => status)
    expect([code, ...statuses]).to.deep.equal([0, 'pending', 'validated', 'refused', 'refused'])
    const { heldBack } = await service().json<KycStatus>(`/users/${user}/kyc`)
    expect(heldBack.map(({ revision, why }) => [revision, why])).to.deep.equal([[3, 'echo']])
  })

  it('tells it of the user who is asked for, with pauses between, and again of the same one', async () => {
    const user = newUser()
    const begun = performance.now()
    await send(['--flow', 'periodic-review', '--user', user, '--pause', '0.2'])
    expect(performance.now() - begun).to.be.greaterThan(600)
    expect((await send(['--flow', 'qes', '--user', user, '--pause', '0'])).code).to.equal(0)
    expect(await service().json<KycStatus>(`/users/${user}/kyc`)).to.include({ status: 'validated', events: 9 })
  })

  it('ends with 2 where it is not understood, and says which word is to blame', async () => {
    for (const [words, blamed] of [
      [[], 'usage: send'],
      [['user.kycreview', 'qes.created'], 'usage: send'],
      [['user.kycreview', '--flow', 'qes'], 'usage: send'],
      [['--flow', 'constructor'], '--flow: one of'],
      [['--flow', 'qes', '--pause', '-1'], 'usage: send'],
      [['--flow', 'qes', '--pause', 'soon'], '--pause'],
      [['--flow', 'qes', '--user', '9007199254740993'], '--user'],
      [['qes.created', '--user', '042'], '--user'],
      [['qes.created', '--secret', ''], '--secret'],
      [['qes.created', '--to', 'ftp://127.0.0.1'], '--to'],
      [['qes.created', '--to', 'http://name:word@127.0.0.1'], '--to'],
    ] as const) {
      const { code, stdout, stderr } = await send(words)
      expect([code, stdout], words.join(' ')).to.deep.equal([2, ''])
      expect(stderr, words.join(' ')).to.include(blamed)
    }
  })
})

describe('kyc send, to a service with keys', () => {
  const key = 'the key of a reader'.replaceAll(' ', '-')
  const service = sharedService({ API_KEYS: `reader:kyc:read:${hash('sha256', key, 'hex')}` })
  const play = (env: Readonly<Record<string, string>>) =>
    kycHere(newDirectory(), ['send', '--flow', 'refused', '--pause', '0'], { KYC_URL: service().url, ...env })

  it('tells the status with a key, and without one what to set', async () => {
    expect((await play({ KYC_API_KEY: key })).stdout).to.include('-> refused')
    const { code, stdout } = await play({})
    expect(code).to.equal(0)
    expect(stdout.match(/-> not told: set KYC_API_KEY/g)).to.have.length(5)
  })
})
