import { expect } from 'chai'
import { KYC_STATUS } from '../../projections/kycStatus.ts'
import { sharedService } from '../support/service/service.ts'
import { document, newUser, request, signed } from '../support/webhooks/webhookBuilders.ts'

const NDJSON = { accept: 'application/x-ndjson' }

describe('the headers of an answer', () => {
  const service = sharedService()
  const user = newUser()
  before(async () => {
    await service().deliver(request(user))
    await service().deliver(document('create', '0'))
    await service().kyc(user)
  })

  const STATUS = `/users/${user}/kyc`
  const HISTORY = `/users/${user}/kyc/history`
  const EVENTS = `/users/${user}/events`

  it('let nobody keep it or take it for something else, whatever is told', async () => {
    for (const [path, headers] of [
      [HISTORY],
      [HISTORY, NDJSON],
      [EVENTS],
      [EVENTS, NDJSON],
      ['/unattributed/events'],
      ['/unattributed/events', NDJSON],
      ['/events'],
      ['/access'],
      ['/access', NDJSON],
      ['/users'],
      ['/users?anomaly=user-unknown'],
      ['/health/live'],
      ['/health/ready'],
      ['/metrics'],
    ] as const) {
      const response = await service().get(path, headers)
      await response.text()
      expect(response.status, path).to.equal(200)
      expect(response.headers.get('cache-control'), path).to.equal('no-store')
      expect(response.headers.get('x-content-type-options'), path).to.equal('nosniff')
    }
    const delivered = await service().post(signed(request(newUser())))
    expect(delivered.status).to.equal(200)
    expect(delivered.headers.get('cache-control')).to.equal('no-store')
    expect(delivered.headers.get('x-content-type-options')).to.equal('nosniff')
    const methods = await fetch(service().url + STATUS, { method: 'OPTIONS' })
    expect(methods.headers.get('cache-control')).to.equal('no-store')
    expect(methods.headers.get('x-content-type-options')).to.equal('nosniff')
  })

  it('let the client keep a status, and ask each time whether it is the same', async () => {
    const response = await service().get(STATUS)
    for (const question of ['', '?asOf=2025-06-01T00:00:00Z', `?knownAt=${new Date().toISOString()}`]) {
      const answer = await service().get(STATUS + question)
      await answer.text()
      expect(answer.headers.get('cache-control'), question).to.equal('private, no-cache')
      expect(answer.headers.get('x-content-type-options'), question).to.equal('nosniff')
    }
    const same = await service().get(STATUS, { 'if-none-match': response.headers.get('etag') ?? '' })
    expect(same.status).to.equal(304)
    expect(same.headers.get('cache-control')).to.equal('private, no-cache')
  })

  it('tell by which version of the rules events were read, wherever the answer depends on it', async () => {
    const version = String(KYC_STATUS.version)
    const etag = (await service().get(STATUS)).headers.get('etag') ?? ''
    for (const [path, headers] of [
      [STATUS],
      [STATUS, { 'if-none-match': etag }],
      [`${STATUS}?asOf=2025-06-01T00:00:00Z`],
      [`${STATUS}?knownAt=${new Date().toISOString()}`],
      [HISTORY],
      [HISTORY, NDJSON],
      ['/users'],
      ['/users?anomaly=user-unknown'],
    ] as const) {
      const response = await service().get(path, headers)
      await response.text()
      expect(response.headers.get('kyc-meaning'), path).to.equal(version)
      expect(response.headers.get('kyc-corrections'), path).to.equal('0')
    }
    expect((await service().get(EVENTS)).headers.get('kyc-meaning')).to.equal(null)
  })
})
