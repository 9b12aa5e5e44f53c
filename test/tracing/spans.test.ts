import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { type Answering, answering } from '../support/attestation/answering.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually, untilTrue } from '../support/patience.ts'
import { kyc } from '../support/service/kyc.ts'
import { strangeIn } from '../support/tracing/allowed.ts'
import {
  IN_MEMORY,
  named,
  newTrace,
  startTraced,
  type TracedService,
  treeOf,
} from '../support/tracing/tracedService.ts'
import { documentedNames } from '../support/webhooks/documentedWebhooks.ts'
import {
  badlySigned,
  fixture,
  newUser,
  request,
  signed,
  users,
  validation,
} from '../support/webhooks/webhookBuilders.ts'

const FAILING_READS = new URL('../support/tracing/failingReads.ts', import.meta.url).pathname
const DELIVERY = 'POST /webhooks/treezor'
const OK = 0
const ERROR = 2

/** An endpoint for webhooks, at a URL that holds secrets. */
const endpoint = (url: string): string => {
  const file = join(newDirectory(), 'webhooks-out.json')
  const secrets = [`whsec_${randomBytes(32).toString('base64')}`]
  const told = {
    name: 'payments',
    url: `${url}/secret-of-the-path?token=secret-of-the-query`,
    secrets,
    allowPrivate: true,
  }
  writeFileSync(file, JSON.stringify({ version: 1, endpoints: [told] }))
  return file
}

describe('spans', () => {
  const told: IncomingHttpHeaders[] = []
  let receiver: Answering
  let service: TracedService
  before(async () => {
    receiver = await answering((req, res) => {
      told.push(req.headers)
      req.resume()
      res.writeHead(told.length === 1 ? 204 : 503).end()
    })
    service = await startTraced(newDirectory(), {
      NODE_OPTIONS: `${IN_MEMORY.NODE_OPTIONS} --import=${FAILING_READS}`,
      WEBHOOKS_OUT: endpoint(receiver.url),
    })
    await service.ready()
  })
  after(async () => {
    await service.stop()
    await receiver.close()
  })

  /** Those of a trace that the request went on with, once there are so many, below the span that it named. */
  const traced = async (amount: number, send: (headers: Record<string, string>) => Promise<unknown>) => {
    const { traceId, spanId, headers } = newTrace()
    await send(headers)
    const spans = await service.trace(traceId, (found) => found.length >= amount)
    return { spans, tree: treeOf(spans, spanId) }
  }
  const delivering = (amount: number, body: RequestInit['body'], more: Record<string, string> = {}) =>
    traced(amount, (headers) => service.post(body, { ...headers, ...more }))

  describe('of a delivery', () => {
    it('are of its way, under the span that it was sent under, until it can be read', async () => {
      const { spans, tree } = await delivering(5, signed(request(newUser())))
      expect(tree).to.deep.equal([[DELIVERY, 'verify', ['decide', ['append', 'project']]]])
      const server = named(spans, DELIVERY)
      expect(server.parentIsRemote).to.equal(true)
      expect(server.kind).to.equal(1)
      expect(server.status.code).to.equal(OK)
      expect(server.attributes).to.deep.equal({
        'http.request.method': 'POST',
        'http.route': '/webhooks/treezor',
        'http.response.status_code': 200,
        'url.scheme': 'http',
        'network.protocol.version': '1.1',
        'kyc.delivery.outcome': 'Appended',
      })
      expect(named(spans, 'verify').attributes).to.deep.equal({ 'kyc.verdict': 'verified' })
      expect(named(spans, 'decide').attributes).to.deep.equal({ 'kyc.decision': 'appended' })
      expect(named(spans, 'append').attributes).to.deep.equal({ 'kyc.events': 1, 'kyc.commit.requests': 1 })
      expect(named(spans, 'append').events.map(({ name }) => name)).to.deep.equal(['sent to the writer'])
      expect(named(spans, 'project').attributes).to.deep.equal({ 'kyc.projected': true, 'kyc.projected.appends': 1 })
    })

    it('that is packed are the same', async () => {
      const { tree } = await delivering(5, gzipSync(signed(request(newUser()))), { 'content-encoding': 'gzip' })
      expect(tree).to.deep.equal([[DELIVERY, 'verify', ['decide', ['append', 'project']]]])
    })

    it('that is known end with the decision', async () => {
      const body = signed(request(newUser()))
      await service.post(body)
      const { spans, tree } = await delivering(3, body)
      expect(tree).to.deep.equal([[DELIVERY, 'decide', 'verify']])
      expect(named(spans, 'decide').attributes).to.deep.equal({ 'kyc.decision': 'known' })
      expect(named(spans, DELIVERY).attributes['kyc.delivery.outcome']).to.equal('Duplicate')
    })

    it('that is refused end with the signature, and the line of the log that says so names them', async () => {
      const { spans, tree } = await delivering(2, badlySigned(request(newUser())))
      expect(tree).to.deep.equal([[DELIVERY, 'verify']])
      const server = named(spans, DELIVERY)
      expect(named(spans, 'verify').attributes).to.deep.equal({ 'kyc.verdict': 'signature' })
      expect(server.attributes).to.include({ 'kyc.problem': 'not-verified', 'error.type': '503' })
      expect(server.status).to.deep.equal({ code: ERROR })
      const lines = service
        .stdout()
        .split('\n')
        .filter((line) => line.includes(server.traceId))
      expect(lines.map((line) => JSON.parse(line))).to.have.length(1)
      expect(JSON.parse(lines[0] ?? '')).to.include({ reason: 'signature', span_id: server.spanId })
    })

    it('about several users are of each of them, and of the whole', async () => {
      const three = [newUser(), newUser(), newUser()].map((userId) => ({ userId }))
      const { spans, tree } = await delivering(13, signed(users(three)))
      // The first of them keeps the whole before its own part.
      const one = ['decide', ['append', 'project']]
      expect(tree).to.deep.equal([
        [DELIVERY, 'verify', ['decide', ['append', 'project'], ['append', 'project']], one, one],
      ])
      expect(
        spans.filter(({ name }) => name === 'project').map(({ attributes }) => attributes['kyc.projected']),
      ).to.deep.equal([true, true, true, true])
    })

    it('that is too large, or cannot be unpacked, are one, of which a client is at fault', async () => {
      const { spans } = await delivering(1, ' '.repeat(1024 * 1024 + 1))
      expect(named(spans, DELIVERY).attributes).to.include({
        'http.response.status_code': 413,
        'kyc.problem': 'body-too-large',
      })
      expect(named(spans, DELIVERY).status.code).to.equal(OK)
      const { spans: others } = await delivering(1, 'no gzip', { 'content-encoding': 'gzip' })
      expect(named(others, DELIVERY).attributes['http.response.status_code']).to.equal(400)
    })

    it('that breaks off end with it', async () => {
      const { spans } = await traced(1, async ({ traceparent }) => {
        const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
        const head = `POST /webhooks/treezor HTTP/1.1\r\nHost: localhost\r\nTraceparent: ${traceparent}\r\nContent-Length: 9\r\n\r\n{`
        await new Promise((resolve) => socket.write(head, resolve))
        setTimeout(() => socket.destroy(), 100)
      })
      const server = named(spans, DELIVERY)
      expect(server.attributes['error.type']).to.equal('broken-off')
      expect(server.status.code).to.equal(ERROR)
    })

    it('that is submitted again stand under the request that did it', async () => {
      await service.post(badlySigned(validation(newUser())))
      const id = service.journal()[0]?.id
      const { spans, tree } = await traced(3, (headers) =>
        fetch(`${service.url}/deliveries/${id}/resubmit`, { method: 'POST', headers }),
      )
      expect(tree).to.deep.equal([['POST /deliveries/{id}/resubmit', ['delivery', 'verify']]])
      expect(named(spans, 'delivery').attributes).to.deep.equal({ 'kyc.delivery.outcome': 'NotVerified' })
    })

    for (const [what, traceparent] of [
      ['no traceparent', undefined],
      ['one that is none', 'somebody'],
      ['one of zeros', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`],
    ] as const) {
      it(`with ${what} begin a trace`, async () => {
        const before = (await service.spans()).length
        await service.post(badlySigned(request(newUser())), traceparent === undefined ? {} : { traceparent })
        const server = await eventually('its span', async () => {
          const later = (await service.spans()).slice(before)
          return later.find(({ name }) => name === DELIVERY) ?? null
        })
        expect(server.parentSpanId).to.equal(null)
        expect(server.traceId).to.match(/[1-9a-f]/)
      })
    }
  })

  describe('of a read', () => {
    const reading = (path: string, amount = 1, more: Record<string, string> = {}) =>
      traced(amount, async (headers) => (await service.get(path, { ...headers, ...more })).text())

    it('name the route, and not who was asked about', async () => {
      const userId = newUser()
      const { events } = await service.deliver(request(userId))
      await service.projected()
      const { spans } = await reading(`/users/${userId}/kyc?minPosition=${events[0]?.position}`)
      const { name, kind, attributes, status } = named(spans, 'GET /users/{userId}/kyc')
      expect({ name, kind, status: status.code }).to.deep.equal({
        name: 'GET /users/{userId}/kyc',
        kind: 1,
        status: OK,
      })
      expect(attributes).to.deep.equal({
        'http.request.method': 'GET',
        'http.route': '/users/{userId}/kyc',
        'http.response.status_code': 200,
        'url.scheme': 'http',
        'network.protocol.version': '1.1',
      })
    })

    it('of which a record is kept hold the append of that', async () => {
      const userId = newUser()
      await service.deliver(request(userId))
      const { tree } = await reading(`/users/${userId}/events`, 3)
      expect(tree).to.deep.equal([['GET /users/{userId}/events', ['append', 'project']]])
    })

    it('that are recorded together are each of their own', async () => {
      const userId = newUser()
      await service.deliver(request(userId))
      const traces = Array.from({ length: 8 }, newTrace)
      await Promise.all(
        traces.map(async ({ headers }) => (await service.get(`/users/${userId}/events`, headers)).text()),
      )
      const spans = await service.spans()
      const appends = traces.map(({ traceId }) =>
        spans.filter((span) => span.traceId === traceId && span.name === 'append'),
      )
      expect(Math.max(...appends.map(({ length }) => length))).to.equal(1)
    })

    it('of a path where nothing is tell nothing of it', async () => {
      const { spans } = await reading('/Jeanne.Dupont/1970-01-01?email=jeanne@dupont.example')
      expect(named(spans, 'GET').attributes).to.deep.equal({
        'http.request.method': 'GET',
        'http.response.status_code': 404,
        'url.scheme': 'http',
        'network.protocol.version': '1.1',
        'kyc.problem': 'unknown-path',
      })
    })

    it('at which the service fails say of the error what it is, and not what it says', async () => {
      const { spans } = await traced(1, async (headers) => {
        const asked = get(`${service.url}/users/4711/kyc`, { headers: { ...headers, host: 'failing.localhost' } })
        const [answer] = (await once(asked, 'response')) as [IncomingMessage]
        answer.resume()
        expect(answer.statusCode).to.equal(500)
      })
      const { attributes, status, events } = named(spans, 'GET /users/{userId}/kyc')
      expect(attributes).to.include({ 'error.type': 'RangeError', 'kyc.problem': 'internal-error' })
      expect(status).to.deep.equal({ code: ERROR })
      expect(events).to.deep.equal([{ name: 'exception', attributes: { 'exception.type': 'RangeError' } }])
      expect(JSON.stringify(spans)).not.to.match(/Dupont|4711/)
    })

    it('that is followed live last until the reader leaves, which is no error', async () => {
      const { spans } = await traced(1, async (headers) => {
        const leaving = new AbortController()
        const response = await fetch(`${service.url}/changes`, {
          headers: { ...headers, accept: 'text/event-stream' },
          signal: leaving.signal,
        })
        await response.body?.getReader().read()
        leaving.abort()
      })
      expect(named(spans, 'GET /changes').status.code).to.equal(OK)
    })

    it('do not go on with baggage', async () => {
      const { spans } = await reading('/users', 1, { baggage: 'user=Jeanne' })
      expect(JSON.stringify(spans)).not.to.include('Jeanne')
    })

    it('are none of health and metrics', async () => {
      for (const path of ['/health/live', '/health/ready', '/metrics']) await (await service.get(path)).text()
      // The last of them has ended once one that came later has.
      await reading('/users')
      expect(
        (await service.spans()).map(({ name }) => name).filter((name) => /health|metrics/.test(name)),
      ).to.deep.equal([])
    })
  })

  it('of a webhook that is sent begin a trace, of which the receiver is told, and of no person', async () => {
    const { traceId, headers } = newTrace()
    told.length = 0
    const before = (await service.spans()).length
    await service.post(signed(request(newUser())), headers)
    const posts = await eventually('two of them', async () => {
      const found = (await service.spans()).slice(before).filter(({ name }) => name === 'POST')
      if (found.length > 1) return found
      await service.deliver(request(newUser()))
      return null
    })
    const [first, second] = posts
    expect(told[0]?.['traceparent']).to.equal(`00-${first?.traceId}-${first?.spanId}-01`)
    expect(told[0]).not.to.have.any.keys('baggage', 'tracestate')
    expect(first).to.deep.include({ kind: 2, parentSpanId: null, status: { code: OK } })
    expect(first?.links.map((link) => link.traceId)).to.deep.equal([traceId])
    const port = Number(new URL(receiver.url).port)
    const about = { 'http.request.method': 'POST', 'server.address': '127.0.0.1', 'server.port': port }
    expect(first?.attributes).to.deep.equal({
      ...about,
      'http.response.status_code': 204,
      'kyc.webhook.outcome': 'Delivered',
    })
    expect(second?.attributes).to.deep.equal({
      ...about,
      'http.response.status_code': 503,
      'kyc.webhook.outcome': 'Failed',
      'error.type': '503',
    })
  })

  it('are none of a replay, whose read model is taken up', async () => {
    // What was not taken is sent again now and then.
    const others = async () => (await service.spans()).filter(({ name }) => name !== 'POST').length
    const before = await others()
    const replayed = await kyc(service.directory, ['replay'], IN_MEMORY)
    expect(replayed.code, replayed.stderr).to.equal(0)
    await untilTrue('taken up', () => service.stdout().includes('a rebuilt read model has taken over'))
    expect(await others()).to.equal(before)
  })

  it('hold nothing of a person', async () => {
    const ids = new Set<string>()
    for (const name of documentedNames) {
      const body = signed(fixture(name))
      for (const one of [body, body, body.slice(0, -9), badlySigned(fixture(name))]) {
        const taken = (await (await service.post(one)).json()) as {
          readonly events?: readonly { readonly stream: string; readonly eventId: string }[]
        }
        for (const { stream, eventId } of taken.events ?? []) ids.add(stream.replace('kyc-', '')).add(eventId)
      }
    }
    await service.ready()
    for (const id of ids) {
      for (const path of ['kyc', 'kyc/history', 'events', 'retention', '']) {
        await (await service.get(`/users/${id}/${path}`, { accept: 'text/html, application/json' })).text()
      }
    }
    const spans = await service.spans()
    expect(spans.flatMap(strangeIn)).to.deep.equal([])
    const text = JSON.stringify(
      spans.map(({ traceId: _t, spanId: _s, parentSpanId: _p, startMs: _b, durationMs: _d, ...rest }) => rest),
    )
    expect(ids.size).to.be.greaterThan(10)
    for (const id of ids) if (id.length > 4) expect(text).not.to.include(id)
    expect(text).not.to.match(/secret-of|Dupont|Jeanne/)
  })
})
