import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { userId } from '../support/events/storedEvents.ts'
import { recordAsFound, writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import type { Done } from '../support/service/kyc.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere, startService } from '../support/service/service.ts'
import { at, document, newUser, request, SECRET, users } from '../support/webhooks/webhookBuilders.ts'

const SET_CLOCK = new URL('../fixtures/logs/setClock.ts', import.meta.url).href
const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex')
const API_KEYS = `legal:retention:request:${sha256('one')},judge:retention:confirm:${sha256('two')}`
const ENVELOPE = { createdAt: at('2019-05-01T00:00:00Z') }

describe('the commands of retention', () => {
  const directory = newDirectory()
  const files = newDirectory()
  const policy = join(files, 'policy.json')
  const [closed, held, open] = [newUser(), newUser(), newUser()]
  const env = { RETENTION_POLICY: policy, TREEZOR_WEBHOOK_SECRET: SECRET, API_KEYS, SEAL_EVERY: '3600' }
  let service: OwnService

  const command = (...words: readonly string[]): Promise<Done> =>
    kycHere(directory, words, { RETENTION_POLICY: policy })
  const hold = (action: string, key: string, ...words: readonly string[]): Promise<Done> => {
    const keyFile = join(files, key)
    writeFileSync(keyFile, `${key}\n`)
    return command(
      'hold',
      action,
      '--user',
      held,
      '--reason',
      'a case',
      '--url',
      service.url,
      '--key-file',
      keyFile,
      ...words,
    )
  }

  before(async () => {
    writeFileSync(policy, '{"version":1}')
    const then = await startService(directory, {
      ...env,
      CLOCK: '2019-06-01T00:00:00Z',
      NODE_OPTIONS: `--import=${SET_CLOCK}`,
    })
    const end = { userStatus: 'CANCELED', kycReview: '2', kycLevel: '2' }
    await then.deliver(
      users(
        [closed, held].map((one) => ({ userId: one, ...end })),
        ENVELOPE,
      ),
    )
    await then.deliver(request(open, ENVELOPE))
    await then.deliver(document('cancel', '0', ENVELOPE, { documentId: 'nobodys' }))
    await then.stop()
    // As a release did that kept all of a webhook in the stream of each of its users.
    const both = { users: [open, newUser()].map((one) => ({ userId: one, kycReview: '1' })) }
    const mixed = {
      webhook: 'user.update',
      webhook_id: 'mixed',
      webhook_created_at: ENVELOPE.createdAt,
      object_payload: both,
    }
    await writingLog(directory, (store) => recordAsFound(store, userId(open), mixed, '2019-06-01T01:00:00Z'))
    service = await readyHere(directory, env)
  })
  after(() => service.stop())

  it('place a hold and lift it, by who may, and say what stands in the way of it', async () => {
    expect(await hold('place', 'one')).to.deep.include({ code: 0, stdout: 'hold 0 is placed\n', stderr: '' })
    const refused = await hold('lift', 'one', '--hold', '0')
    expect(refused.code).to.equal(1)
    expect(refused.stderr).to.match(/^hold: 403 the API key lacks [^{}]*\(\/problems\/missing-scope\)\n$/)
    expect(await hold('lift', 'two', '--hold', '0')).to.deep.include({ code: 0, stdout: 'hold 0 is lifted\n' })
    expect((await hold('place', 'one')).stdout).to.equal('hold 2 is placed\n')
    for (const words of [['hold'], ['hold', 'place', '--user', '007'], ['hold', 'lift', '--user', held, '--nothing']]) {
      expect((await command(...words)).code).to.equal(2)
    }
    const wrongly = async (...words: readonly string[]): Promise<string> => (await command(...words)).stderr
    expect(await wrongly('hold', 'place', '--user', '007')).to.match(/^--user: a positive whole number/)
    expect(await wrongly('erase', '--user', held, '--reason', 'a')).to.match(/^--key-file: .* has to be named\nusage: /)
    expect(await wrongly('erase', '--frobnicate')).to.match(/^Unknown option '--frobnicate'\nusage: /)
    const twoKeys = join(files, 'two keys')
    writeFileSync(twoKeys, 'one\ntwo\n')
    const words = ['--user', held, '--reason', 'a', '--key-file', twoKeys]
    expect(await wrongly('hold', 'place', ...words)).to.include('must hold one API key')
    const other = createServer((_, response) => response.end('<html></html>')).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const at = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    const told = await hold('place', 'one', '--url', at)
    other.close()
    expect([told.code, told.stderr]).to.deep.equal([1, 'hold: what answers there is not the service: check --url\n'])
    const elsewhere = await hold('place', 'one', '--url', 'kyc.example.com')
    expect(elsewhere).to.deep.include({ code: 1 })
    expect(elsewhere.stderr).to.include('must read like https://')
    const missing = await command('hold', 'place', '--user', held, '--reason', 'a', '--key-file', join(files, 'none'))
    expect(missing).to.deep.include({ code: 1 })
    expect(missing.stderr).to.include('cannot be read')
  })

  it('tell who is due and who is on hold, what the next erasure would take, and how many webhooks still stand mixed', async () => {
    const { code, stdout, stderr } = await command('retention', '--json')
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' })
    const told = JSON.parse(stdout)
    expect(told).to.deep.include({ policy: true, running: 0, neverDue: {} })
    expect(told.due.map(({ userId }: { userId: string }) => userId)).to.deep.equal([closed])
    expect(told.due[0]).to.deep.include({ rule: 'ended', period: 'P5Y', mayBeErased: true })
    expect(told.onHold[0]).to.deep.include({ userId: held, why: told.onHold[0].why, mayBeErased: false })
    expect(told.onHold[0].holds[0]).to.deep.include({ hold: 2, by: 'legal', reason: 'a case' })
    const { ofUsers, ofNobody, mixed } = told.nextErasure
    expect([ofUsers.events, ofNobody.events]).to.deep.equal([2, 1])
    // His part of the webhook about two users, and its whole, which goes with the first of them.
    expect(ofUsers.bytes).to.be.greaterThan(1500)
    expect(mixed).to.deep.equal({ webhooks: 1, events: 1 })
  })

  it('show what somebody has asked for and nobody has confirmed', async () => {
    const none = JSON.parse((await command('retention', '--json')).stdout)
    expect(none.requested).to.deep.equal([])
    const keyFile = join(files, 'one')
    const words = [
      '--user',
      open,
      '--reason',
      'over',
      '--authority',
      'order 7',
      '--url',
      service.url,
      '--key-file',
      keyFile,
    ]
    expect((await command('erase', ...words)).stderr).to.equal('')
    const { requested } = JSON.parse((await command('retention', '--json')).stdout)
    expect(requested).to.have.length(1)
    expect(requested[0]).to.deep.include({ erasure: 0, userId: open, state: 'requested', reason: 'over' })
    expect((await command('retention')).stdout).to.match(
      new RegExp(`^\\| 0 +\\| ${open} +\\| authority +\\| 20.* \\| legal +\\| over; by order of order 7 +\\|$`, 'm'),
    )
    const taken = [...words.slice(0, 4), ...words.slice(6), '--withdraw', '0']
    expect(await command('erase', ...taken)).to.deep.include({ code: 0, stdout: 'erasure 0 is withdrawn\n' })
    expect((await command('retention')).stdout).to.not.include('asked for')
  })

  it('print the same as a table, and nothing of persons', async () => {
    const { code, stdout } = await command('retention')
    expect(code).to.equal(0)
    expect(stdout).to.match(new RegExp(`^\\| ${closed} +\\| due +\\| ended +\\| 2019-06-01T`, 'm'))
    expect(stdout).to.match(new RegExp(`^\\| ${held} +\\| on hold 2 +\\| ended .*\\| legal: a case +\\|$`, 'm'))
    expect(stdout).to.include('due: 1; on hold: 1; period runs: 0; never due: nobody')
    expect(stdout).to.not.match(/Oak|example\.com|Willow/)
  })

  it('name who is never due, by why', async () => {
    const other = join(files, 'byCountry.json')
    writeFileSync(other, '{"version":1,"byCountry":{"IT":"P10Y"}}')
    const told = async (...words: readonly string[]) =>
      (await kycHere(directory, ['retention', ...words], { RETENTION_POLICY: other })).stdout
    const { neverDue, neverDueUsers } = JSON.parse(await told('--json'))
    expect(neverDue).to.deep.equal({ 'country-unknown': 2 })
    expect(neverDueUsers['country-unknown']).to.have.members([closed, held])
    expect(await told()).to.match(new RegExp(`never due: country-unknown 2 \\(.*${closed}.*\\)$`, 'm'))
  })

  it('say that nothing is due without a policy, and that without a read model nothing can be told', async () => {
    const without = await kycHere(directory, ['retention'])
    expect(without.stdout).to.match(/^no retention policy is set/)
    expect(without.stdout).to.include('due: 0; on hold: 1')
    const nowhere = await kycHere(newDirectory(), ['retention'])
    expect(nowhere).to.deep.include({ code: 1 })
    expect(nowhere.stderr).to.include('start the service once')
    expect((await command('retention', '--everything')).code).to.equal(2)
  })
})
