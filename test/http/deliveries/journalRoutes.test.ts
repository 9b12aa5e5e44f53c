import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { JOURNAL_BODY_BYTES } from '../../../src/journal/entry.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { apiKey } from '../../support/page/signedIn.ts'
import { eventually } from '../../support/patience.ts'
import { expectProblem, okText } from '../../support/service/answers.ts'
import { kycHere } from '../../support/service/kycHere.ts'
import { type OwnService, readyHere, sharedService } from '../../support/service/service.ts'
import { newUser, request, SECRET, signed, validation } from '../../support/webhooks/webhookBuilders.ts'

const NEW_SECRET = 'the secret that the provider has changed to'
const NOBODYS_SECRET = 'a secret that nobody has set'
const API_KEYS = [
  apiKey('operator', 'journal:write'),
  apiKey('auditor', 'audit:read'),
  apiKey('shop', 'kyc:read', 'seal:read'),
].join(',')
const as = (name: string) => ({ authorization: `Bearer key-of-${name}` })

interface Listed {
  readonly reasons: readonly { readonly reason: string; readonly open: number; readonly done: number }[]
  readonly oldestOpen: string | null
  readonly deliveries: readonly (Record<string, unknown> & { readonly id: number; readonly receivedAt: string })[]
  readonly next: string | null
}

interface Submitted {
  readonly id: number
  readonly outcome: string
  readonly detail: string
  readonly open: boolean
  readonly events: readonly { readonly stream: string; readonly revision: number }[]
}

describe('deliveries that were not appended', () => {
  let service: OwnService
  const directory = newDirectory()
  const [first, second, third] = [newUser(), newUser(), newUser()]

  const restart = async (secrets: string): Promise<void> => {
    await service?.stop()
    service = await readyHere(directory, { API_KEYS, TREEZOR_WEBHOOK_SECRET: secrets })
  }
  const list = async (query = '', who = 'operator'): Promise<Listed> =>
    JSON.parse(await okText(await service.get(`/deliveries${query}`, as(who)))) as Listed
  const post = (path: string, headers: Readonly<Record<string, string>> = as('operator')): Promise<Response> =>
    fetch(service.url + path, { method: 'POST', headers })
  const submit = async (path: string) => JSON.parse(await okText(await post(path)))

  before(async () => {
    await restart(SECRET)
    for (const [body, headers] of [
      [signed(request(first), NEW_SECRET), {}],
      [signed(validation(first), NOBODYS_SECRET), {}],
      [signed(validation(first, {}, { userTag: 'x'.repeat(JOURNAL_BODY_BYTES) }), NEW_SECRET), {}],
      [signed(request(second), NEW_SECRET), {}],
      ['nothing that is JSON', {}],
      [gzipSync(signed(request(third))), { 'content-encoding': 'zip' }],
      [gzipSync('0'.repeat(2 * 1024 * 1024)), { 'content-encoding': 'gzip' }],
    ] as const) {
      expect((await service.post(body, headers)).status).to.be.at.least(400)
    }
    await restart(`${SECRET},${NEW_SECRET}`)
  })
  after(() => service?.stop())

  it('are listed newest first, without anything that was sent', async () => {
    const { reasons, oldestOpen, deliveries, next } = await list()
    expect(reasons).to.have.deep.members([
      { reason: 'signature', open: 4, done: 0 },
      { reason: 'not-json', open: 1, done: 0 },
      { reason: 'encoding', open: 1, done: 0 },
      { reason: 'too-large', open: 1, done: 0 },
    ])
    expect(deliveries.map(({ id }) => id)).to.deep.equal([7, 6, 5, 4, 3, 2, 1])
    expect(oldestOpen).to.equal(deliveries.at(-1)?.receivedAt)
    expect(next).to.equal(null)
    for (const delivery of deliveries) {
      expect(Object.keys(delivery)).to.deep.equal([
        'id',
        'reason',
        'receivedAt',
        'lastReceivedAt',
        'times',
        'size',
        'whole',
        'doneAs',
        'doneAt',
      ])
      expect(delivery['whole']).to.equal(delivery.id !== 3)
    }
  })

  it('are listed by reason, those that are open, in pages', async () => {
    const pages: number[][] = []
    for (let path: string | null = '?reason=signature&open=true&limit=3'; path !== null; ) {
      const { deliveries, next }: Listed = await list(path)
      pages.push(deliveries.map(({ id }) => id))
      path = next?.slice('/deliveries'.length) ?? null
    }
    expect(pages).to.deep.equal([[4, 3, 2], [1]])
    for (const query of ['?reason=weather', '?open=yes', '?before=0', '?limit=0', '?since=2026-01-01']) {
      await expectProblem(await service.get(`/deliveries${query}`, as('operator')), 400, 'bad-parameter')
    }
  })

  it('are shown to whoever may send them on or read everything, and sent on by the first alone', async () => {
    expect(await list('', 'auditor')).to.deep.equal(await list())
    await expectProblem(await service.get('/deliveries', as('shop')), 403, 'missing-scope')
    await expectProblem(await service.get('/deliveries'), 401, 'no-api-key')
    for (const path of ['/deliveries/1/resubmit', '/deliveries/resubmit?reason=signature']) {
      await expectProblem(await post(path, as('auditor')), 403, 'missing-scope')
      await expectProblem(await post(path, {}), 401, 'no-api-key')
    }
    expect((await list('?open=true')).deliveries).to.have.length(7)
  })

  it('are submitted again one by one: received when they first came, and done', async () => {
    const before = (await list()).deliveries.find(({ id }) => id === 4)
    const { events, ...told } = (await submit('/deliveries/4/resubmit')) as Submitted
    expect(told).to.deep.equal({ id: 4, outcome: 'appended', detail: 'it was appended to the log', open: false })
    expect(events[0]).to.include({ stream: `kyc-${second}`, revision: 0 })
    const [event] = JSON.parse(await okText(await service.get(`/users/${second}/events`, as('auditor')))).events
    expect(event.metadata.receivedAt.slice(0, 23)).to.equal(before?.receivedAt.slice(0, 23))
    expect((await list()).deliveries.find(({ id }) => id === 4)).to.include({ doneAs: 'appended', times: 1 })
    expect(await submit('/deliveries/4/resubmit')).to.include({ outcome: 'duplicate', open: false })
  })

  it('are submitted again all at once by their reason, and one that cannot be taken stops no other', async () => {
    const { submitted, next } = await submit('/deliveries/resubmit?reason=signature')
    expect(submitted.map(({ id, outcome, open }: Submitted) => [id, outcome, open])).to.deep.equal([
      [1, 'appended', false],
      [2, 'not-verified', true],
      [3, 'cut', true],
    ])
    expect(submitted[2].detail).to.match(/^it was \d+ bytes, and only its first 65536 were kept/)
    expect(next).to.equal(null)
    expect(
      (await submit('/deliveries/resubmit?reason=signature&after=2')).submitted.map(({ id }: Submitted) => id),
    ).to.deep.equal([3])
    expect((await list('?reason=signature')).deliveries.map(({ id, doneAs }) => [id, doneAs])).to.deep.equal([
      [4, 'appended'],
      [3, null],
      [2, null],
      [1, 'appended'],
    ])
  })

  it('are told as still unreadable where they cannot be unpacked, and keep their place', async () => {
    expect((await submit('/deliveries/resubmit?reason=encoding')).submitted[0]).to.include({
      id: 6,
      outcome: 'encoding',
      open: true,
    })
    expect((await submit('/deliveries/resubmit?reason=too-large')).submitted[0]).to.include({
      id: 7,
      outcome: 'too-large',
      open: true,
    })
    expect(await submit('/deliveries/5/resubmit')).to.include({ outcome: 'not-a-webhook', open: true })
    const rows = service.journal()
    expect(rows.map(({ id, times, reason }) => [id, times, reason]).slice(0, 3)).to.deep.equal([
      [7, 1, 'too-large'],
      [6, 1, 'encoding'],
      [5, 1, 'not-json'],
    ])
  })

  it('come to the same as by the command, which goes on beside', async () => {
    const env = { KYC_URL: service.url }
    const { stdout } = await kycHere(directory, ['journal', 'resubmit', '--reason', 'signature'], env)
    expect(stdout).to.match(/^2 {2}503 /)
    expect((await list('?open=true')).deliveries.map(({ id }) => id)).to.deep.equal([7, 6, 5, 3, 2])
  })

  it('are at most a hundred at a time, and the answer says how it goes on', async () => {
    await Promise.all(Array.from({ length: 101 }, (_, index) => service.post(`no JSON ${index}`)))
    const { submitted, next } = await submit('/deliveries/resubmit?reason=not-json')
    expect(submitted).to.have.length.within(1, 100)
    const rest = await submit(next)
    expect(submitted.length + rest.submitted.length).to.equal(102)
    expect(rest.next).to.equal(null)
  })

  it('are named in the log by the key that submitted them, and by nothing of what is in them', async () => {
    const lines = await eventually('the last line', () => {
      const told = service
        .stdout()
        .split('\n')
        .filter((line) => line.includes('"a delivery was submitted again"'))
      return told.length > 100 ? told.map((line) => JSON.parse(line) as Record<string, unknown>) : null
    })
    for (const line of lines) {
      expect(Object.keys(line)).to.have.members([
        'level',
        'time',
        'pid',
        'hostname',
        'key',
        'journalId',
        'outcome',
        'msg',
      ])
      expect(line['key']).to.equal('operator')
    }
    for (const user of [first, second, third]) expect(service.stdout()).not.to.include(user)
  })

  it('are not found where the journal holds none of this id', async () => {
    for (const id of ['4711', '0', '-1', 'x', '1e1', '9'.repeat(30)])
      await expectProblem(await post(`/deliveries/${id}/resubmit`), 404, 'unknown-delivery')
    await expectProblem(await post('/deliveries/1/resubmit?again=1'), 400, 'bad-parameter')
    for (const query of ['', '?reason=weather', '?reason=signature&after=x', '?reason=signature&before=3'])
      await expectProblem(await post(`/deliveries/resubmit${query}`), 400, 'bad-parameter')
  })
})

describe('deliveries that were not appended, where nobody has to have a key', () => {
  const service = sharedService()

  it('are submitted again by whoever is on this machine, but by no page of another service', async () => {
    await service().post('nothing that is JSON')
    const post = (headers: Readonly<Record<string, string>>): Promise<Response> =>
      fetch(`${service().url}/deliveries/1/resubmit`, { method: 'POST', headers })
    for (const origin of ['https://elsewhere.example', 'http://127.0.0.1:1', 'null'])
      await expectProblem(await post({ origin }), 403, 'foreign-form')
    for (const headers of [{}, { origin: service().url }])
      expect(JSON.parse(await okText(await post(headers)))).to.include({ outcome: 'not-a-webhook' })
    expect(await service().json('/deliveries?open=true'))
      .to.have.property('deliveries')
      .with.length(1)
  })
})
