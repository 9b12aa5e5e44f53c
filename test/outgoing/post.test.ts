import { spawnSync } from 'node:child_process'
import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { expect } from 'chai'
import { type Posted, type Poster, posterTo } from '../../src/outgoing/post.ts'
import type { Resolve } from '../../src/outgoing/publicLookup.ts'
import { type Answering, answering } from '../support/attestation/answering.ts'
import { freePort } from '../support/freePort.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { PATIENCE_MS } from '../support/patience.ts'

type Answer = (req: IncomingMessage, res: ServerResponse) => void

/** For what is never answered; whatever is has the time that it takes. */
const BOUNDS = { connectMs: 400, wholeMs: 600 }
const PATIENT = { connectMs: PATIENCE_MS, wholeMs: PATIENCE_MS }
const { signal: never } = new AbortController()

/** What is asked of a receiver that answers so, and how. */
describe('one attempt at a webhook', () => {
  let answer: Answer = (_req, res) => void res.end()
  let receiver: Answering
  let poster: Poster
  const heard: {
    readonly method: string | undefined
    readonly body: string
    readonly headers: IncomingMessage['headers']
  }[] = []
  before(async () => {
    receiver = await answering(async (req, res) => {
      heard.push({ method: req.method, headers: req.headers, body: await text(req) })
      answer(req, res)
    })
    poster = posterTo(endpoint(), Date.now, PATIENT)
  })
  after(async () => {
    poster.close()
    await receiver.close()
  })
  const endpoint = () => ({ url: `${receiver.url}/hooks?key=secret`, allowPrivate: true })
  const postTo = (answers: Answer, signal: AbortSignal = never, through = poster): Promise<Posted> => {
    answer = answers
    heard.length = 0
    return through.post({ 'webhook-id': 'one' }, '{"é":1}', signal)
  }
  const answers =
    (status: number, headers: Record<string, string> = {}): Answer =>
    (_req, res) =>
      void res.writeHead(status, headers).end()

  it('is delivered by 2xx, and was one POST with the body to its last byte', async () => {
    for (const status of [200, 201, 202, 204, 299]) {
      expect(await postTo(answers(status))).to.deep.equal({ _tag: 'Delivered' })
      expect(heard.map(({ method, body }) => [method, body])).to.deep.equal([['POST', '{"é":1}']])
      expect(heard[0]?.headers).to.include({ 'webhook-id': 'one', 'content-length': '8' })
    }
  })

  it('is not led anywhere else', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      const posted = await postTo(answers(status, { Location: `${receiver.url}/elsewhere` }))
      expect(posted).to.deep.include({ _tag: 'Failed', reason: `it answers ${status}`, endpointDown: false })
      expect(heard.length).to.equal(1)
    }
  })

  it('fails by every other answer; some say that the endpoint takes nothing at all, 410 that it never will', async () => {
    for (const status of [400, 401, 404, 409, 500, 501]) {
      expect(await postTo(answers(status))).to.deep.include({ _tag: 'Failed', endpointDown: false, askedMs: null })
    }
    for (const status of [429, 502, 503, 504]) {
      const posted = await postTo(answers(status, { 'Retry-After': '7' }))
      expect(posted).to.deep.include({ _tag: 'Failed', endpointDown: true, askedMs: 7000 })
    }
    expect(await postTo(answers(410))).to.deep.equal({ _tag: 'Gone' })
  })

  it('waits no longer than it may for an answer, and is ended from here at once', async () => {
    const hangs: Answer = () => undefined
    const impatient = posterTo(endpoint(), Date.now, { ...BOUNDS, connectMs: PATIENCE_MS })
    expect(await postTo(hangs, never, impatient)).to.deep.include({
      _tag: 'Failed',
      reason: 'no answer within 0.6 s',
      endpointDown: false,
    })
    impatient.close()
    const ending = new AbortController()
    const posting = postTo(hangs, ending.signal)
    ending.abort()
    expect(await posting).to.deep.equal({ _tag: 'Aborted' })
    expect(await postTo(answers(200), ending.signal)).to.deep.equal({ _tag: 'Aborted' })
  })

  it('reads no more of an answer than it needs, however much or slowly comes', async () => {
    let written = 0
    let closed: Promise<unknown> = Promise.resolve()
    const floods: Answer = (_req, res) => {
      closed = once(res, 'close')
      const more = (): void => {
        while (!res.destroyed && written < 100_000_000 && res.write(Buffer.alloc(65_536))) written += 65_536
      }
      res.writeHead(200).on('drain', more)
      more()
    }
    expect(await postTo(floods)).to.deep.equal({ _tag: 'Delivered' })
    await closed
    expect(written).to.be.below(20_000_000)
    const drips: Answer = (_req, res) => {
      closed = once(res, 'close')
      const dripping = setInterval(() => res.write('.'), 100)
      res.writeHead(200).on('close', () => clearInterval(dripping))
    }
    expect(await postTo(drips)).to.deep.equal({ _tag: 'Delivered' })
    await closed
  })

  it('fails, and throws nothing, where it cannot be written down', async () => {
    expect(await poster.post({ 'webhook-id': 'two\nlines' }, '{}', never)).to.deep.include({
      _tag: 'Failed',
      reason: 'ERR_INVALID_CHAR',
    })
  })

  it('is made again at once where a connection that was kept open turns out to be closed', async () => {
    const sockets = new Set<Socket>()
    let requests = 0
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('data', () => {
        requests += 1
        // What comes a second time over one connection finds it closed.
        if (socket.bytesRead > 200) socket.resetAndDestroy()
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const to = posterTo(
      { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, allowPrivate: true },
      Date.now,
    )
    for (let times = 0; times < 3; times += 1) {
      expect(await to.post({}, '{}', never)).to.deep.equal({ _tag: 'Delivered' })
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(requests).to.be.at.least(4)
    to.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  it('says that the endpoint is down where it cannot be connected to, is not HTTP or has no name', async () => {
    const sockets: Socket[] = []
    const port = await freePort()
    const silent = createServer((socket) => void sockets.push(socket)).listen(port, '127.0.0.1')
    await once(silent, 'listening')
    const attempt = async (url: string, bounds = PATIENT): Promise<Posted> => {
      const to = posterTo({ url, allowPrivate: true }, Date.now, bounds)
      const posted = await to.post({}, '{}', never)
      to.close()
      return posted
    }
    const handshake = await attempt(`https://127.0.0.1:${port}`, BOUNDS)
    expect(handshake).to.deep.include({ reason: 'not connected within 0.4 s', endpointDown: true })
    for (const socket of sockets) socket.destroy()
    silent.close()
    await once(silent, 'close')
    expect(await attempt(`http://127.0.0.1:${port}`)).to.deep.include({ reason: 'ECONNREFUSED', endpointDown: true })
    const nameless = await attempt('http://nobody.invalid/')
    expect(nameless).to.deep.include({ _tag: 'Failed', endpointDown: true })
  })
})

describe('an attempt that may go to public addresses alone', () => {
  const resolvesTo = (...answers: readonly (readonly LookupAddress[])[]): Resolve & { asked: number } => {
    const resolve = Object.assign(
      (_hostname: string, told: Parameters<Resolve>[1]) => {
        told(null, answers[Math.min(resolve.asked++, answers.length - 1)] ?? [])
      },
      { asked: 0 },
    )
    return resolve
  }
  const LOOPBACK: readonly LookupAddress[] = [{ address: '127.0.0.1', family: 4 }]
  const refused = { _tag: 'Failed', reason: 'its address is not public', endpointDown: true, askedMs: null }

  it('makes no connection to a name of addresses that are not, to what resolves by the system neither', async () => {
    let connections = 0
    const server = await answering(() => undefined)
    const listening = createServer(() => (connections += 1)).listen(0, '127.0.0.1')
    await once(listening, 'listening')
    const { port } = listening.address() as AddressInfo
    for (const resolve of [resolvesTo(LOOPBACK), resolvesTo([{ address: '::1', family: 6 }, ...LOOPBACK]), undefined]) {
      for (const scheme of ['http', 'https']) {
        const to = posterTo({ url: `${scheme}://localhost:${port}/`, allowPrivate: false }, Date.now, PATIENT, resolve)
        expect(await to.post({}, '{}', never)).to.deep.equal(refused)
        to.close()
      }
    }
    for (const host of [`127.0.0.1:${port}`, `[::1]:${port}`, `[::ffff:127.0.0.1]:${port}`, `0x7f.1:${port}`]) {
      const to = posterTo({ url: `https://${host}/`, allowPrivate: false }, Date.now, PATIENT)
      expect(await to.post({}, '{}', never)).to.deep.equal(refused)
    }
    expect(connections).to.equal(0)
    listening.close()
    await server.close()
  })

  it('goes by what it is connected to and not by what the name resolved to before', async () => {
    let connections = 0
    const listening = createServer((socket) => {
      connections += 1
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(listening, 'listening')
    const { port } = listening.address() as AddressInfo
    // Nobody is at this address: to look at it and to connect to another one would be found out.
    const resolve = resolvesTo([{ address: '8.255.255.255', family: 4 }, ...LOOPBACK], LOOPBACK)
    const to = posterTo({ url: `http://rebinding.test:${port}/`, allowPrivate: false }, Date.now, BOUNDS, resolve)
    expect((await to.post({}, '{}', never))._tag).to.equal('Failed')
    expect(await to.post({}, '{}', never)).to.deep.equal(refused)
    expect(connections).to.equal(0)
    expect(resolve.asked).to.equal(2)
    to.close()
    listening.close()
  })
})

describe('an attempt over TLS', () => {
  it('believes who is vouched for, and nobody else', async () => {
    const directory = newDirectory()
    const made = spawnSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2'].concat([
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost',
      ]),
      { cwd: directory, encoding: 'utf8' },
    )
    expect(made.status, made.stderr).to.equal(0)
    const cert = readFileSync(join(directory, 'cert.pem'), 'utf8')
    const key = readFileSync(join(directory, 'key.pem'), 'utf8')
    const server = createTlsServer({ cert, key }, (_req, res) => void res.end()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const attempt = async (host: string): Promise<Posted> => {
      const to = posterTo({ url: `https://${host}:${port}/`, allowPrivate: true }, Date.now)
      const posted = await to.post({}, '{}', never)
      to.close()
      return posted
    }
    expect(await attempt('localhost')).to.deep.include({ reason: 'DEPTH_ZERO_SELF_SIGNED_CERT', endpointDown: true })
    const before = getCACertificates()
    setDefaultCACertificates([...before, cert])
    expect(await attempt('localhost')).to.deep.equal({ _tag: 'Delivered' })
    expect(await attempt('127.0.0.1')).to.deep.include({ reason: 'ERR_TLS_CERT_ALTNAME_INVALID', endpointDown: true })
    setDefaultCACertificates(before)
    server.close()
  })
})
