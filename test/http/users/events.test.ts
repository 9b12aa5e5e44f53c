import { expect } from 'chai'
import { verifySignature, webhookSecret } from '../../../src/webhooks/signature.ts'
import { type EventJson, expectProblem } from '../../support/service/answers.ts'
import { sharedService } from '../../support/service/service.ts'
import { but, newUser, refusal, request, SECRET, signed, validation } from '../../support/webhooks/webhookBuilders.ts'

interface Page {
  readonly events: readonly EventJson[]
  readonly next: string | null
}

const NDJSON = { accept: 'application/x-ndjson' }

describe("a user's events as recorded", () => {
  const service = sharedService()
  const user = newUser()

  before(async () => {
    for (let i = 0; i < 25; i++) {
      await service().deliver((i % 2 === 0 ? request : validation)(user, {}, { kycReviewComment: `number ${i}` }))
    }
  })

  const page = async (path: string): Promise<Page> => {
    const response = await service().get(path)
    expect(response.status).to.equal(200)
    expect(response.headers.get('content-type')).to.equal('application/json; charset=utf-8')
    return (await response.json()) as Page
  }

  it('stand in order, each with its place, its webhook and what was recorded beside it', async () => {
    const { events, next } = await page(`/users/${user}/events`)
    expect(next).to.equal(null)
    expect(events.map(({ revision }) => revision)).to.deep.equal(Array.from({ length: 25 }, (_, i) => i))
    const positions = events.map(({ position }) => position)
    expect([...positions].sort()).to.deep.equal(positions)
    expect(new Set(positions).size).to.equal(25)
    for (const event of events) {
      expect(event.stream).to.equal(`kyc-${user}`)
      expect(event.data['webhook']).to.equal(event.type)
      expect(event.metadata).to.include({ format: 4, family: 'user', userId: user, echoOf: null })
      expect(event.metadata['salt']).to.match(/^[A-Za-z0-9+/]{43}=$/)
      expect(event.metadata['payloadHash']).to.match(/^[0-9a-f]{64}$/)
      expect(event.metadata['secret']).to.equal(webhookSecret(SECRET).fingerprint)
      expect(Date.parse(String(event.metadata['recordedAt']))).to.be.closeTo(Date.now(), 60_000)
    }
  })

  it('come in pages that join without gap or repetition', async () => {
    const revisions: number[] = []
    let path: string | null = `/users/${user}/events?limit=10`
    let pages = 0
    while (path !== null) {
      const { events, next }: Page = await page(path)
      revisions.push(...events.map(({ revision }) => revision))
      path = next
      pages += 1
    }
    expect(pages).to.equal(3)
    expect(revisions).to.deep.equal(Array.from({ length: 25 }, (_, i) => i))
  })

  it('begin at a revision, and end without a next page', async () => {
    expect((await page(`/users/${user}/events?from=24`)).events).to.have.length(1)
    expect(await page(`/users/${user}/events?from=25`)).to.deep.equal({ events: [], next: null })
    expect((await page(`/users/${user}/events?from=15&limit=10`)).next).to.equal(null)
    expect((await page(`/users/${user}/events?from=14&limit=10`)).next).to.equal(
      `/users/${user}/events?from=24&limit=10`,
    )
  })

  it('cannot be asked for in numbers that are none', async () => {
    for (const query of [
      'from=-1',
      'from=x',
      'from=1.5',
      'from=1e1',
      'from=',
      'from=1&from=2',
      'limit=0',
      'limit=1001',
      'limit=-1',
      'limit=9999999999999999',
    ]) {
      await expectProblem(await service().get(`/users/${user}/events?${query}`), 400)
    }
  })

  it('come as NDJSON where that is asked for: the same events, one per line', async () => {
    const response = await service().get(`/users/${user}/events`, NDJSON)
    expect(response.headers.get('content-type')).to.match(/^application\/x-ndjson/)
    const text = await response.text()
    expect(text.endsWith('\n')).to.equal(true)
    const lines = text.trimEnd().split('\n')
    const { events } = await page(`/users/${user}/events`)
    expect(lines.map((line) => JSON.parse(line))).to.deep.equal(events)
    const rest = await (await service().get(`/users/${user}/events?from=20`, NDJSON)).text()
    expect(rest.trimEnd().split('\n')).to.have.length(5)
  })

  it('come as NDJSON in one line each even where the webhook was sent over several', async () => {
    const other = newUser()
    const body = JSON.stringify(JSON.parse(signed(request(other))), null, 2).replaceAll('\n', '\r\n')
    expect((await service().post(body)).status).to.equal(200)
    await service().deliver(validation(other))
    const text = await (await service().get(`/users/${other}/events`, NDJSON)).text()
    expect(text).to.not.include('\r')
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).revision),
    ).to.deep.equal([0, 1])
  })

  it('hold the webhook as the text that was received', async () => {
    const other = newUser()
    const webhook = request(other)
    const payloadText = webhook.payloadText.replace(
      '"userTag":""',
      '"userTag" : "a\\/b/c KÖLN \\u00d6 🙃", "amount":0.00,"big":9007199254740993 ,"2":1e2,"1":-0.0,"amount":1.10',
    )
    const body = signed(but(webhook, { payloadText }))
    expect((await service().post(`{"messageId":"m","webhook": ${body} }`)).status).to.equal(200)
    for (const headers of [{}, NDJSON]) {
      const text = await (await service().get(`/users/${other}/events`, headers)).text()
      expect(text).to.include(`"data":${body}}`)
      expect(text).to.include(`"object_payload":${payloadText}`)
    }
  })

  it('can be verified again by whoever has the secret', async () => {
    const other = newUser()
    const odd = request(other, {}, { userTag: 'KÖLN a/b', amount: 0.5 })
    await service().deliver(but(odd, { payloadText: odd.payloadText.replace('0.5', '0.50') }))
    await service().deliver(refusal(other))
    const lines = (await (await service().get(`/users/${other}/events`, NDJSON)).text()).trimEnd().split('\n')
    expect(lines).to.have.length(2)
    for (const line of lines) {
      const payload = /"object_payload":(.*),"object_payload_signature":"([^"]+)"\}\}$/.exec(line)
      const signature = JSON.parse(`"${payload?.[2]}"`) as string
      expect(verifySignature(payload?.[1] ?? '', signature, [webhookSecret(SECRET)])._tag).to.equal('Some')
    }
  })

  it('are never changed by deliveries that come after', async () => {
    const text = async () => (await service().get(`/users/${user}/events?limit=10`)).text()
    const before = await text()
    await service().deliver(request(user, {}, { kycReviewComment: 'later' }))
    expect(await text()).to.equal(before)
  })
})
