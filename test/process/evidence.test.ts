import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { leafOf } from '../../src/evidence/record.ts'
import { readAccessEvent } from '../../src/ledger/accessEvent.ts'
import { parseVerifierKey } from '../../src/tlog/keys.ts'
import { parseProof } from '../../src/tlog/proof.ts'
import { verifyCheckpoint } from '../../src/tlog/verifyCheckpoint.ts'
import { isIncluded } from '../../src/tlog/verifyProof.ts'
import { buildGo } from '../support/goChecker.ts'
import { alterEvent, textsOf } from '../support/logs/alteredLog.ts'
import { readingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { right } from '../support/right.ts'
import { membersOf, written } from '../support/seals/archive.ts'
import { answered, expectProblem, okText } from '../support/service/answers.ts'
import { ENVIRONMENT } from '../support/service/environment.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { serveHere, sharedProcess, startService } from '../support/service/service.ts'
import { newUser, request, SECRET, validation } from '../support/webhooks/webhookBuilders.ts'

const KEYS = { auditor: 'key-of-the-auditor', monitor: 'key-of-the-monitor', shop: 'key-of-the-shop' }
const SCOPES = { auditor: 'audit:read', monitor: 'seal:read', shop: 'kyc:read' } as const
const API_KEYS = Object.entries(KEYS)
  .map(
    ([name, key]) => `${name}:${SCOPES[name as keyof typeof SCOPES]}:${createHash('sha256').update(key).digest('hex')}`,
  )
  .join(',')
const COMMANDS = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const VERIFIER = fileURLToPath(new URL('../../src/evidence/verify.go', import.meta.url))

describe('a running service', () => {
  const service = sharedProcess({ API_KEYS, TREEZOR_WEBHOOK_SECRET: SECRET, SEAL_EVERY: '1' })
  const user = newUser()
  const as = (who: keyof typeof KEYS, path: string): Promise<Response> =>
    service().get(path, { authorization: `Bearer ${KEYS[who]}` })
  let file: string
  let keys: readonly string[]

  before(async () => {
    // As large as one may be, or a little less.
    await service().deliver(request(user, {}, { comment: 'x'.repeat(1_000_000) }))
    await service().deliver(validation(user))
    // Asked for at once: it waits until the newest event is sealed.
    const env = { ...ENVIRONMENT, KYC_URL: service().url, KYC_API_KEY: KEYS.auditor }
    const { status, stdout, stderr } = spawnSync(process.execPath, [COMMANDS, 'evidence', user], {
      env,
      maxBuffer: 16 * 1024 * 1024,
    })
    expect(status, stderr.toString()).to.equal(0)
    file = written(stdout)
    keys = (await okText(await as('monitor', '/seals/keys'))).trimEnd().split('\n')
  })

  it('gives evidence of a user that is good for two verifiers', async () => {
    expect(membersOf(file).filter(({ name }) => name.endsWith('.record'))).to.have.length(2)
    const words = ['verify', file, ...keys.flatMap((key) => ['--key', key])]
    const verified = await kycHere(newDirectory(), words, { TREEZOR_WEBHOOK_SECRET: SECRET })
    expect(verified.code, verified.stdout).to.equal(0)
    expect(verified.stdout).to.include('checked: 2 payloads are signed by the provider')
    const verifier = buildGo(VERIFIER)
    if (verifier === null) return
    const { status, stdout } = spawnSync(verifier, ['-key', keys[0] ?? '', file], { encoding: 'utf8' })
    expect(status, stdout).to.equal(0)
  }).timeout(120_000)

  it('has recorded who looked, before', async () => {
    const accesses = await readingLog(service().directory, (store) => Array.fromAsync(store.readStream('kyc-access')))
    const told = accesses.map(readAccessEvent).map((access) => access && [access.key, access.read, access.userId])
    expect(told).to.deep.equal([['auditor', 'evidence', user]])
  })

  it('gives the proof of an event over its newest checkpoint', async () => {
    const response = await answered(() => as('auditor', `/users/${user}/events/1/proof`))
    const { index, inclusion, checkpoint } = right(parseProof(await okText(response)))
    const head = right(verifyCheckpoint(checkpoint, keys.map(parseVerifierKey).map(right))).checkpoint
    const [, event] = await readingLog(service().directory, (store) => Array.fromAsync(store.readStream(`kyc-${user}`)))
    expect(isIncluded(leafOf(event ?? expect.fail()), index, head, inclusion)).to.equal(true)
  })

  it('tells monitors what they follow, and nobody what his key does not open', async () => {
    const [, size = '0'] = (await okText(await as('monitor', '/checkpoint'))).split('\n')
    await okText(await as('monitor', `/tile/0/000.p/${size}`))
    await okText(await as('monitor', `/seals/consistency?from=1&to=${size}`))
    const seals = ['/checkpoint', `/tile/0/000.p/${size}`, '/seals/keys', '/seals/consistency?from=1&to=1']
    const persons = [`/users/${user}/evidence`, `/users/${user}/events/0/proof`, '/unattributed/events/0/proof']
    for (const path of seals) {
      for (const who of ['auditor', 'shop'] as const) await expectProblem(await as(who, path), 403, 'missing-scope')
      await expectProblem(await service().get(path), 401, 'no-api-key')
    }
    for (const path of persons) {
      for (const who of ['monitor', 'shop'] as const) await expectProblem(await as(who, path), 403, 'missing-scope')
      await expectProblem(await service().get(path), 401, 'no-api-key')
    }
  })

  it('answers methods that these paths do not know, and says which they do', async () => {
    for (const path of [
      '/checkpoint',
      '/tile/0/000',
      '/seals/keys',
      '/seals/consistency',
      `/users/${user}/evidence`,
      `/users/${user}/events/0/proof`,
      '/unattributed/events/0/proof',
    ]) {
      const response = await fetch(service().url + path, { method: 'POST' })
      expect(response.headers.get('allow'), path).to.equal('GET, HEAD')
      await expectProblem(response, 405, 'method-not-allowed')
    }
  })

  it('refuses what is asked of it wrongly, in words', async () => {
    const asked = (words: readonly string[], env = {}) => kycHere(newDirectory(), ['evidence', ...words], env)
    const [none, twice, nobody, silent] = await Promise.all([
      asked([]),
      asked(['1', '2']),
      asked([newUser()], { KYC_URL: service().url, KYC_API_KEY: KEYS.auditor }),
      asked([user], { KYC_URL: 'http://127.0.0.1:1' }),
    ])
    expect([none.code, twice.code, nobody.code, silent.code]).to.deep.equal([2, 2, 1, 1])
    expect(nobody.stderr).to.include('404').and.include('unknown-user')
    expect(silent.stderr).to.include('the service does not answer')
    expect([none, twice, nobody, silent].map(({ stdout }) => stdout)).to.deep.equal(['', '', '', ''])
  })
})

describe('a service over a log in which somebody has altered a sealed event', () => {
  for (const [what, loses, kind, told] of [
    ['while it runs', false, 'sealed-otherwise', 'revision 1: the log was sealed with another event in its place'],
    ['and has thrown its tree away', true, 'not-sealed', 'and none is made: '],
  ] as const) {
    it(`${what}, gives no evidence of its user, and says why`, async () => {
      const directory = newDirectory()
      const user = newUser()
      const before = await serveHere(directory, { SEAL_EVERY: '1' })
      await before.deliver(request(user))
      await before.deliver(validation(user))
      await okText(await answered(() => before.get(`/users/${user}/events/1/proof`)))
      // What was altered while none ran is found when it starts, and the tree made anew.
      if (loses) await before.stop()
      const file = join(directory, 'events.db')
      const { metadata = '' } = textsOf(file, `kyc-${user}`)[1] ?? {}
      alterEvent(file, `kyc-${user}`, 1, { metadata: metadata.replace('"recordedAt":"20', '"recordedAt":"19') })
      if (loses) rmSync(join(directory, 'tree'), { recursive: true })

      const service = loses ? await serveHere(directory, { SEAL_EVERY: '1' }) : before
      const refused = (path: string, ...reasons: readonly string[]): Promise<string> =>
        eventually('an answer about the altered event', async () => {
          const text = await (await service.get(`/users/${user}/${path}`)).text()
          return reasons.some((reason) => text.includes(reason)) ? JSON.parse(text).type : null
        })
      expect(await refused('events/1/proof', told)).to.equal(`/problems/${kind}`)
      // Also as soon as the service has seen for itself that the log is another one.
      await refused('evidence', told, 'and none is made: ')
      await service.stop()
    })
  }
})

if (process.env['KYC_LARGE'] === '1') {
  describe('a service with little memory', () => {
    it('gives evidence of a user whose events take more than all of it', async () => {
      const user = newUser()
      const service = await startService(newDirectory(), { SEAL_EVERY: '1', NODE_OPTIONS: '--max-old-space-size=160' })
      const events = 240
      for (let index = 0; index < events; index++) {
        await service.deliver(request(user, {}, { comment: `${index}${'x'.repeat(1_000_000)}` }))
      }
      await okText(await answered(() => service.get(`/users/${user}/events/${events - 1}/proof`)))
      const response = await answered(() => service.get(`/users/${user}/evidence`))
      const file = written(Buffer.from(await response.arrayBuffer()))
      const key = (await okText(await service.get('/seals/keys'))).split('\n')[0] ?? ''
      const { code, stdout } = await kycHere(newDirectory(), ['verify', file, '--key', key])
      expect(code, stdout).to.equal(0)
      expect(stdout).to.include(`revision 0 to ${events - 1}, none is missing between them`)
      await service.stop()
    }).timeout(1_800_000)
  })
}
