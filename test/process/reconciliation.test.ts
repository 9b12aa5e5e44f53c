import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import { asked, reconcile, statusAfter } from '../support/reconciling/reconciling.ts'
import { expectProblem, type KycStatus } from '../support/service/answers.ts'
import { startKyc } from '../support/service/kyc.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere } from '../support/service/service.ts'
import { otherwise, sendJson, silence, status } from '../support/treezorApi/faults.ts'
import type { Fields } from '../support/treezorApi/population.ts'
import { type TreezorApi, treezorApi } from '../support/treezorApi/treezorApi.ts'
import { newUser, on, refusal, request, signed, validation } from '../support/webhooks/webhookBuilders.ts'

type Told = KycStatus & {
  readonly observed: { readonly stands: boolean; readonly overlays: boolean } | null
  readonly heldBack: readonly unknown[]
  readonly released: { readonly on: string; readonly releases: string } | null
}

const VALIDATED = { kycReview: 2, kycLevel: 2 }
const REFUSED = { kycReview: 3, kycLevel: 4 }

describe('a service that may ask the provider', () => {
  let provider: TreezorApi
  let service: OwnService
  before(async () => {
    provider = await treezorApi()
    service = await readyHere(newDirectory(), { ...provider.environment, DRIFT_AFTER: 'PT1S' })
  })
  after(async () => {
    await service.stop()
    await provider.close()
  })
  beforeEach(() => provider.clearFaults())

  const known = async (
    fields: Fields,
    ...said: readonly ((user: string) => Parameters<OwnService['deliver']>[0])[]
  ) => {
    const user = newUser()
    provider.setUser(user, fields)
    for (const one of said) await service.deliver(one(user))
    return user
  }
  const ask = (user: string, more: object = {}) => reconcile(service, { kind: 'users', users: [user], ...more })

  const counted = async (name: string): Promise<number> => {
    const text = await (await service.get('/metrics')).text()
    return Number(new RegExp(`^kyc_reconciliation_${name} (.*)$`, 'm').exec(text)?.[1])
  }

  it('finds who looks as if a webhook was lost, and takes away what it did not hear of', async () => {
    const user = await known(REFUSED, (one) => request(one, on(1)))
    await service.kyc(user)
    const lines = await reconcile(service, { kind: 'suspects' })
    expect(lines.find(({ userId }) => userId === user)?.status).to.deep.equal({ before: 'pending', after: 'refused' })
    const status = await statusAfter<Told>(service, user, lines)
    expect(status).to.include({ status: 'refused', verified: false })
    expect(status.observed).to.include({ stands: true, overlays: true })
    expect(status.anomalies.map(({ kind }) => kind)).to.include('observed-otherwise')
  })

  it('makes nobody verified: an answer that says so is recorded, and listed', async () => {
    const user = await known(VALIDATED, (one) => request(one, on(1)))
    const lines = await ask(user)
    expect(lines[0]).to.deep.include({ answer: 'validated', status: { before: 'pending', after: 'pending' } })
    expect(await statusAfter<Told>(service, user, lines)).to.include({ status: 'pending', verified: false })
  })

  it('releases a signed success that was held back as an echo, once the provider confirms it', async () => {
    const user = await known(
      VALIDATED,
      (one) => request(one, on(1)),
      (one) => validation(one, { ...on(2), id: `${one}-first` }),
      (one) => refusal(one, on(3)),
      (one) => validation(one, { ...on(4), id: `${one}-second` }),
    )
    expect((await service.kyc(user)).status).to.equal('refused')
    const [released, checked] = [await counted('released_total'), await counted('checked_total')]
    const lines = await ask(user)
    expect(lines[0]).to.deep.include({ status: { before: 'refused', after: 'validated' } })
    expect(lines[0]?.released?.revision).to.equal(3)
    const status = await statusAfter<Told>(service, user, lines)
    expect(status).to.include({ status: 'validated', verified: true })
    expect(status.released).to.include({ on: 'observation' })
    expect(await ask(user)).to.have.length(1)
    expect(await counted('released_total')).to.equal(released + 1)
    expect(await counted('checked_total')).to.equal(checked + 2)
  })

  it('follows a provider that refuses, until it says otherwise', async () => {
    const user = await known(
      VALIDATED,
      (one) => request(one, on(1)),
      (one) => validation(one, on(2)),
    )
    expect(await ask(user)).to.have.length(1)
    provider.setUser(user, REFUSED)
    const refused = await ask(user)
    expect(refused[0]?.status).to.deep.equal({ before: 'validated', after: 'refused' })
    expect(await ask(user)).to.have.length(1)
    provider.setUser(user, VALIDATED)
    const back = await ask(user)
    expect(back[0]?.status).to.deep.equal({ before: 'refused', after: 'validated' })
    expect(await statusAfter<Told>(service, user, back)).to.include({ status: 'validated', verified: true })
  })

  it('records nothing in a dry run', async () => {
    const user = await known(REFUSED, (one) => validation(one, on(2)))
    const log = async (): Promise<string> => (await service.get('/events')).text()
    const leases = async (): Promise<number> => (await log()).split('"kyc-ledger.lease-taken"').length
    const [before, leasesBefore] = [await service.events(user), await leases()]
    const lines = await ask(user, { dryRun: true })
    expect(lines[0]).to.deep.include({ type: 'recorded', userId: user, observed: null })
    expect(lines[0]?.status).to.deep.equal({ before: 'validated', after: 'refused' })
    expect(await service.events(user)).to.deep.equal(before)
    await reconcile(service, { kind: 'sweep', dryRun: true })
    expect(await leases()).to.equal(leasesBefore)
  })

  it('has the provider send signed webhooks again, which come in by the normal door', async () => {
    const user = await known(VALIDATED, (one) => request(one, { createdAt: Date.parse('2026-03-01T10:00:00Z') * 10 }))
    const lost = signed(validation(user, { createdAt: Date.parse('2026-03-01T11:00:00Z') * 10 }))
    provider.resender.emitted.push({ webhook: 'user.kycreview', at: Date.parse('2026-03-01T11:00:00Z'), body: lost })
    provider.sendTo({ url: `${service.url}/webhooks/treezor` })
    const times = { from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z' }
    const lines = await reconcile(service, { kind: 'resend', ...times })
    expect(lines.at(-1)).to.include({ outcome: 'complete' })
    await provider.resender.settled()
    expect((await service.events(user)).map(({ type }) => type)).to.deep.equal(['user.kycrequest', 'user.kycreview'])
  })

  it('asks once more where an event came while the answer was on its way', async () => {
    const user = await known({ kycReview: 1, kycLevel: 0 }, (one) => request(one, on(1)))
    provider.setUser(user, REFUSED)
    provider.fault('user', (response, json) => {
      provider.setUser(user, VALIDATED)
      // The answer was made before, and comes after.
      void service.deliver(validation(user, on(2))).then(() => sendJson(response, 200, json))
    })
    const before = provider.heardOf('user').length
    const lines = await ask(user)
    expect(lines.map(({ type }) => type)).to.deep.equal(['sum'])
    expect(provider.heardOf('user').length - before).to.equal(2)
    expect((await service.kyc(user)).status).to.equal('validated')
  })

  it('tells of whom nothing could be learned, and goes on with the others', async () => {
    const users = [
      await known(REFUSED, (one) => request(one, on(1))),
      await known(REFUSED, (one) => request(one, on(1))),
    ]
    provider.fault(
      'user',
      otherwise(() => ({ users: [{ userId: Number(users[0]), kycReview: 'x'.repeat(99) }] })),
    )
    const lines = await reconcile(service, { kind: 'users', users })
    expect(lines.map(({ type, userId }) => [type, userId])).to.deep.equal([
      ['failed', users[0]],
      ['recorded', users[1]],
      ['sum', undefined],
    ])
    expect(lines.at(-1)).to.include({ outcome: 'complete', checked: 1, recorded: 1, failed: 1 })
  })

  it('ends where the provider does not let it in, and says so', async () => {
    const user = await known(REFUSED, (one) => request(one, on(1)))
    provider.fault('user', status(403), { times: 10 })
    const lines = await ask(user)
    expect(lines.at(-1)).to.include({
      outcome: 'failed',
      reason: "Treezor's API (user) does not let this client ask: it answers 403",
    })
  })

  it('takes away what the provider knows nothing of, once he is named', async () => {
    const user = await known(VALIDATED, (one) => validation(one, on(2)))
    provider.remove(user)
    const lines = await ask(user)
    expect(lines[0]).to.deep.include({
      knownToProvider: false,
      answer: 'unknown',
      status: { before: 'validated', after: 'unknown' },
    })
    expect(await statusAfter<Told>(service, user, lines)).to.include({ status: 'unknown', verified: false })
    expect(await ask('999')).to.have.length(1)
  })

  it('is asked by a command, which tells what comes of it, and that it was broken off', async () => {
    const user = await known(REFUSED, (one) => validation(one, on(2)))
    const key = join(newDirectory(), 'key')
    writeFileSync(key, 'any\n', { mode: 0o600 })
    const words = ['reconcile', '--user', user, '--url', service.url, '--key-file', key]
    const said = await kycHere(newDirectory(), words)
    expect(said).to.include({ code: 0 })
    expect(said.stdout).to.equal(
      `${user}  validated -> refused  (kyc-${user}, revision 1; the provider says refused)\n`,
    )
    expect(said.stderr).to.equal('complete: 1 checked, 1 recorded, 0 released, 0 failed\n')
    provider.setUser(user, VALIDATED)
    const dry = await kycHere(newDirectory(), [...words, '--dry-run'])
    expect(dry.stdout).to.equal(`${user}  refused -> validated  (would be recorded; the provider says validated)\n`)
    expect(dry.stderr).to.equal('complete: 1 checked, 1 would be recorded, 0 would be released, 0 failed\n')
    const misread = await kycHere(newDirectory(), ['reconcile', '--user', user, '--user', 'x7', '--key-file', key])
    expect(misread.code).to.equal(2)
    expect(misread.stderr)
      .to.match(/^--user: a positive whole number/)
      .and.not.include('x7')
    provider.fault('user', silence)
    const before = provider.heardOf('user').length
    const command = startKyc(newDirectory(), words)
    await untilTrue('the provider is silent', () => provider.heardOf('user').length > before)
    command.signal('SIGINT')
    expect(await command.ended).to.include({
      code: 130,
      stderr: 'broken off: it goes on where it was when it is asked for again\n',
    })
  })

  it('refuses what cannot be asked for', async () => {
    for (const body of [
      {},
      { kind: 'users' },
      { kind: 'users', users: ['0'] },
      { kind: 'sweep', from: '2026-01-01T00:00:00Z' },
    ]) {
      await expectProblem(await asked(service.url, body), 400, 'bad-body')
    }
  })
})
