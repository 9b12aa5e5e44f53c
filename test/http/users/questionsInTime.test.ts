import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { answered, expectProblem, type KycStatus } from '../../support/service/answers.ts'
import { sharedService } from '../../support/service/service.ts'
import { at, document, newUser, refusal, request, validation } from '../../support/webhooks/webhookBuilders.ts'

describe('what was believed when', () => {
  const service = sharedService()
  const user = newUser()
  const recorded: string[] = []

  before(async () => {
    // They arrive in this order, each some time after the one before: the request comes last.
    for (const webhook of [
      validation(user, { createdAt: at('2025-03-01T00:00:00Z') }),
      refusal(user, { createdAt: at('2025-03-05T00:00:00Z') }),
      request(user, { createdAt: at('2025-02-01T00:00:00Z') }),
    ]) {
      await service().deliver(webhook)
      await sleep(20)
    }
    for (const { metadata } of await service().events(user)) recorded.push(String(metadata['recordedAt']))
  })

  const ask = (query: string): Promise<KycStatus> => service().json(`/users/${user}/kyc?${query}`)

  it('is told as of a time: only what had occurred by then counts', async () => {
    expect(await ask('asOf=2025-01-31T23:59:59Z')).to.include({ status: 'none', verified: false, events: 0 })
    expect(await ask('asOf=2025-02-01T00:00:00Z')).to.include({ status: 'pending', events: 1 })
    expect(await ask('asOf=2025-03-01T00:00:00Z')).to.include({ status: 'validated', verified: true, events: 2 })
    expect(await ask('asOf=2025-03-05T00:59:59%2B01:00')).to.include({ status: 'validated' })
    expect(await ask('asOf=2025-03-05T01:00:00+01:00')).to.include({ status: 'refused', events: 3 })
  })

  it('is told as known at a time: only what had been recorded by then counts', async () => {
    const [first, second, third] = recorded
    expect(await ask(`knownAt=${first}`)).to.include({ status: 'validated', events: 1 })
    expect(await ask(`knownAt=${second}`)).to.include({ status: 'refused', events: 2 })
    expect(await ask(`knownAt=${third}`)).to.include({ status: 'refused', events: 3 })
    expect((await ask(`knownAt=${first}`)).anomalies.map(({ kind }) => kind)).to.deep.equal(['no-request-seen'])
    expect((await ask(`knownAt=${third}`)).anomalies.map(({ detail }) => detail).join()).to.not.include(
      'the first thing heard',
    )
    await expectProblem(await service().get(`/users/${user}/kyc?knownAt=2025-01-01T00:00:00Z`), 404)
  })

  it('is told for both together', async () => {
    const [first, , third] = recorded
    expect(await ask(`asOf=2025-02-02T00:00:00Z&knownAt=${first}`)).to.include({ status: 'none', events: 0 })
    expect(await ask(`asOf=2025-02-02T00:00:00Z&knownAt=${third}`)).to.include({ status: 'pending', events: 1 })
  })

  it('is the current status when asked about now', async () => {
    const now = await service().kycBody(user)
    expect(await (await service().get(`/users/${user}/kyc?asOf=${new Date().toISOString()}`)).text()).to.equal(now)
    expect(await (await service().get(`/users/${user}/kyc?knownAt=${recorded[2]}`)).text()).to.equal(now)
  })

  it('counts what was recorded since the same question was asked before, in its place in time', async () => {
    const other = newUser()
    const then = async (): Promise<KycStatus> =>
      (await (await service().get(`/users/${other}/kyc?asOf=2025-03-02T00:00:00Z`)).json()) as KycStatus
    await service().deliver(request(other, { createdAt: at('2025-02-01T00:00:00Z') }))
    expect(await then()).to.include({ status: 'pending', events: 1 })
    await service().deliver(validation(other, { createdAt: at('2025-03-01T00:00:00Z') }))
    expect(await then()).to.include({ status: 'validated', events: 2, revision: 1 })
    await service().deliver(refusal(other, { createdAt: at('2025-02-15T00:00:00Z') }))
    expect(await then()).to.include({ status: 'validated', events: 3, revision: 2 })
    await service().deliver(refusal(other, { createdAt: at('2025-03-05T00:00:00Z') }, { userTag: 'later' }))
    expect(await then()).to.include({ status: 'validated', events: 3, revision: 2 })
  })

  it('never changes: the same question has the same answer after later events', async () => {
    const question = `/users/${user}/kyc?asOf=2025-03-02T00:00:00Z&knownAt=${recorded[2]}`
    const before = await service().get(question)
    await service().deliver(validation(user, { createdAt: at('2025-02-15T00:00:00Z') }, { userTag: 'late' }))
    const after = await service().get(question)
    expect(await after.text()).to.equal(await before.text())
    expect(after.headers.get('etag')).to.equal(before.headers.get('etag'))
  })

  it('cannot be asked in times that are none', async () => {
    for (const time of [
      '',
      'yesterday',
      '2025-03-01',
      '2025-03-01T00:00:00',
      '2025-02-30T00:00:00Z',
      '1740787200',
      '2025-03-01T00:00Z',
    ]) {
      await expectProblem(await service().get(`/users/${user}/kyc?asOf=${time}`), 400)
      await expectProblem(await service().get(`/users/${user}/kyc?knownAt=${time}`), 400)
    }
    await expectProblem(
      await service().get(`/users/${user}/kyc?asOf=2025-03-01T00:00:00Z&asOf=2025-03-01T00:00:00Z`),
      400,
    )
  })

  it('holds for a document that an event without a user speaks of', async () => {
    const owner = newUser()
    const documentId = `document-of-${owner}`
    await service().deliver(document('create', owner, { createdAt: at('2025-03-01T00:00:00Z') }, { documentId }))
    const taken = await service().deliver(
      document(
        'update',
        '1XXXXXX',
        { createdAt: at('2025-03-02T00:00:00Z') },
        { documentId, documentStatus: 'VALIDATED' },
      ),
    )
    expect(taken.events.map(({ stream }) => stream)).to.deep.equal(['kyc-unattributed'])
    const states = async (query: string) => {
      const response = await answered(() => service().get(`/users/${owner}/kyc?${query}`))
      return ((await response.json()) as KycStatus).documents.map(({ state }) => state)
    }
    expect(await states(`minPosition=${taken.events[0]?.position}`)).to.deep.equal(['validated'])
    expect(await states('asOf=2025-03-01T12:00:00Z')).to.deep.equal(['pending'])
    expect(await states('asOf=2025-03-02T12:00:00Z')).to.deep.equal(['validated'])
  })
})
