import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect } from 'chai'
import { pino } from 'pino'
import { serverOf } from '../../src/http/server.ts'
import { sign } from '../../src/webhooks/signature.ts'
import { apiKey } from '../support/page/signedIn.ts'
import { untilTrue } from '../support/patience.ts'
import { expectProblem } from '../support/service/answers.ts'
import { sharedProcess, sharedService } from '../support/service/service.ts'
import { badlySigned, newUser, request, SECRET, signed } from '../support/webhooks/webhookBuilders.ts'

const MIB = 1024 * 1024
const GIB = 1024 * MIB
const API_KEYS = [apiKey('shop', 'kyc:read'), apiKey('desk', 'kyc:read')].join(',')

/** A webhook whose payload is so long, of slashes, which takes longest to bring into its canonical form. */
const ofSlashes = (bytes: number, nonce: number, key?: string): string => {
  const payload = `{"users":[{"userId":"${newUser()}","kycReview":"1","comment":"${nonce}${'/'.repeat(bytes)}"}]}`
  const signature = key === undefined ? `${'A'.repeat(43)}=` : sign(payload, key)
  return `{"webhook":"user.kycrequest","webhook_id":"${nonce}","object_payload":${payload},"object_payload_signature":"${signature}"}`
}

describe('an outsider', () => {
  const service = sharedProcess({
    API_KEYS,
    TREEZOR_WEBHOOK_SECRET: SECRET,
    METRICS_OPEN: 'on',
    TRUST_PROXY: 'loopback',
  })
  const from = (address: string) => ({ 'x-forwarded-for': address })

  const metric = async (name: string): Promise<number> => {
    const text = await (await service().get('/metrics')).text()
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length + 1),
    )
  }
  /** What it wrote, to the last line: it is made to write another one, which is none of them. */
  const linesSoFar = async (): Promise<readonly string[]> => {
    const SAID = 'nothing is read anew'
    const lines = (): readonly string[] => service().stdout().split('\n')
    const asked = (): number => lines().filter((line) => line.includes(SAID)).length
    const before = asked()
    service().signal('SIGHUP')
    await untilTrue('the last line is there', () => asked() > before)
    return lines().filter((line) => !line.includes(SAID))
  }
  const outcome = (name: string): Promise<number> => metric(`kyc_deliveries_total{outcome="${name}"}`)

  interface Talk {
    readonly socket: Socket
    said: string
    sent: number
  }
  const talk = async (text: string): Promise<Talk> => {
    const socket = connect(Number(new URL(service().url).port), '127.0.0.1')
    const one: Talk = { socket, said: '', sent: 0 }
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      one.said += data
    })
    await once(socket, 'connect')
    socket.write(text)
    return one
  }
  const head = (...lines: readonly string[]): string =>
    ['POST /webhooks/treezor HTTP/1.1', 'Host: localhost', ...lines, '', ''].join('\r\n')

  /** Sends as much as is taken, until the connection ends. */
  const pour = async (one: Talk, chunk: Buffer): Promise<void> => {
    while (!one.socket.destroyed && one.sent < 64 * MIB) {
      if (!one.socket.write(chunk))
        await Promise.race([once(one.socket, 'drain'), once(one.socket, 'close')]).catch(() => undefined)
      one.sent += chunk.byteLength
    }
  }

  describe('who sends too much', () => {
    it('is refused before a byte is read, and not asked to go on, where it is announced', async () => {
      const before = await outcome('TooLarge')
      const one = await talk(head(`Content-Length: ${GIB}`, 'Expect: 100-continue'))
      await untilTrue('the connection is over', async () => one.socket.destroyed)
      expect(one.said).to.match(/^HTTP\/1\.1 413 /)
      expect(one.said).to.include('"type":"/problems/body-too-large"').and.not.to.include('100 Continue')
      expect(await outcome('TooLarge')).to.equal(before + 1)
      expect(service().journal(1)[0]).to.include({ reason: 'too-large', size: GIB })
      expect(service().journal(1)[0]?.body.byteLength).to.equal(0)
    })

    it('is not read on, however the rest comes', async () => {
      const announced = await talk(head(`Content-Length: ${GIB}`))
      await pour(announced, Buffer.alloc(MIB, 'a'))
      const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MIB, 'a'), Buffer.from('\r\n')])
      const chunked = await talk(head('Transfer-Encoding: chunked'))
      await pour(chunked, chunk)
      const elsewhere = await talk(head('Transfer-Encoding: chunked').replace('/webhooks/treezor', '/sign-in'))
      await pour(elsewhere, chunk)
      // What the kernels of both sides hold is beyond the service.
      for (const { sent } of [announced, chunked, elsewhere]) expect(sent).to.be.lessThan(48 * MIB)
      for (const { said } of [announced, chunked]) expect(said).to.match(/^HTTP\/1\.1 413 /)
      expect(service().journal(1)[0]?.body.equals(Buffer.alloc(65_536, 'a'))).to.equal(true)
    })

    it('is asked to go on where it is not too much', async () => {
      const body = signed(request(newUser()))
      const one = await talk(
        head(`Content-Length: ${Buffer.byteLength(body)}`, 'Expect: 100-continue', 'Connection: close'),
      )
      await untilTrue('it is asked to go on', async () => one.said.startsWith('HTTP/1.1 100 Continue\r\n'))
      one.socket.write(body)
      await untilTrue('it is taken', async () => one.said.includes('"outcome":"appended"'))
    })
  })

  it('who never comes to the end of his headers, or says nothing at all, is not waited for; who is slow is', async () => {
    const unfinished = await talk('POST /webhooks/treezor HTTP/1.1\r\nHost: localhost\r\n')
    const silent = await talk('')
    const body = signed(request(newUser()))
    const slow = await talk(head(`Content-Length: ${Buffer.byteLength(body)}`))
    for (let sent = 0; sent < body.length; sent += 200) {
      slow.socket.write(body.slice(sent, sent + 200))
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    await untilTrue('it is taken', async () => slow.said.includes('"outcome":"appended"'))
    await untilTrue('both are over', async () => unfinished.socket.destroyed && silent.socket.destroyed)
    expect(unfinished.said).to.match(/^HTTP\/1\.1 408 /)
    expect(await metric('kyc_unreadable_requests_total{reason="not-in-time"}')).to.be.greaterThanOrEqual(1)
    const server = serverOf(() => undefined, { unreadable: () => undefined, connectionsEnded: () => undefined }, pino())
    expect([server.headersTimeout, server.requestTimeout]).to.deep.equal([10_000, 30_000])
    // Connections are bounded (`test/http/gate/connections.test.ts`), in every server.
    expect(server.maxConnections).to.be.within(2048, 2048 + 128)
  })

  it('does not have hundreds of requests of one packet done before everybody else’s', async () => {
    const before = await metric('kyc_connections_ended_total')
    const one = await talk('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(300))
    await untilTrue('the connection is over', async () => one.socket.destroyed)
    expect(await metric('kyc_connections_ended_total')).to.be.greaterThan(before)
  })

  it('holds up nobody with canonical forms, and what is signed over one is taken whatever its length', async () => {
    const bodies = Array.from({ length: 4 }, (_, nonce) => ofSlashes(MIB - 1000, nonce))
    const refused = bodies.map((body) => service().post(body, from('192.0.2.1')))
    const taken = await service().post(ofSlashes(900_000, 7, SECRET), from('192.0.2.1'))
    expect(await taken.json()).to.include({ outcome: 'appended' })
    for (const response of await Promise.all(refused)) await expectProblem(response, 503, 'not-verified')
  })

  it('keeps no long body out by many that do not come to their end', async () => {
    const places = 32
    const slow = await Promise.all(
      Array.from({ length: places }, (_, index) =>
        talk(head(`X-Forwarded-For: 192.0.2.${200 + (index % 4)}`, 'Content-Length: 70000', 'Expect: 100-continue')),
      ),
    )
    await untilTrue('each has a place', async () => slow.every(({ said }) => said.startsWith('HTTP/1.1 100 ')))
    for (const { socket } of slow) socket.write('{')
    const taken = await service().post(ofSlashes(80_000, 8, SECRET), from('192.0.2.2'))
    expect(await taken.json()).to.include({ outcome: 'appended' })
    const answers = (): number => slow.filter(({ said }) => said.includes('/problems/too-many-large')).length
    // From there something verified has come by now: it has places that no stranger takes.
    const again = await service().post(ofSlashes(80_000, 9, SECRET), from('192.0.2.2'))
    expect(await again.json()).to.include({ outcome: 'appended' })
    await untilTrue('one of them had to make room', async () => answers() === 1)
    for (const { socket } of slow) socket.destroy()
  })

  it('who is over his budget is told to come again, and nothing of it is kept; nobody else is, and no verified one', async () => {
    const client = from('2001:db8:0:7::1')
    const neighbour = from('2001:db8:0:7:1:2:3:4')
    const body = (nonce: number): string => ofSlashes(60_000, nonce)
    let nonce = 1000
    await untilTrue('the budget is spent', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => service().post(body(nonce++), client)))
      const texts = await Promise.all(answers.map((answer) => answer.text()))
      return texts.some((text) => text.includes('too-many-unverified'))
    })
    const [kept, over] = [service().journal(10_000).length, await outcome('OverBudget')]
    const lines = await linesSoFar()
    const response = await service().post(body(nonce++), neighbour)
    expect(Number(response.headers.get('retry-after'))).to.be.within(1, 450)
    await expectProblem(response, 503, 'too-many-unverified')
    await expectProblem(await service().post('junk', neighbour), 503, 'too-many-unverified')
    expect(service().journal(10_000)).to.have.length(kept)
    expect(await outcome('OverBudget')).to.equal(over + 2)
    expect(await linesSoFar()).to.deep.equal(lines)

    for (let times = 0; times < 5; times += 1) {
      const user = newUser()
      const taken = await service().post(signed(request(user)), client)
      expect(await taken.json()).to.include({ outcome: 'appended' })
    }
    const long = await service().post(ofSlashes(50_000, 1, SECRET), client)
    expect(await long.json()).to.include({ outcome: 'appended' })
    await expectProblem(await service().post(badlySigned(request(newUser())), from('192.0.2.9')), 503, 'not-verified')
  })

  it('over his budget is read no further either', async () => {
    const client = 'X-Forwarded-For: 2001:db8:0:7::1'
    for (const framing of [`Content-Length: ${GIB}`, 'Transfer-Encoding: chunked']) {
      const one = await talk(head(client, framing))
      await pour(one, Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MIB, 'a'), Buffer.from('\r\n')]))
      expect(one.said)
        .to.match(/^HTTP\/1\.1 503 /)
        .and.include('too-many-')
      expect(one.sent).to.be.lessThan(48 * MIB)
    }
  })

  it('guesses no key: after sixty wrong ones a minute a right one is not taken from there, but where it came before', async () => {
    const ask = (key: string, address: string): Promise<Response> =>
      service().get('/users', { authorization: `Bearer ${key}`, ...from(address) })
    expect((await ask('key-of-shop', '192.0.2.33')).status).to.equal(200)
    for (let times = 0; times < 60; times += 1) await (await ask(`guess-${times}`, '192.0.2.33')).text()
    const wrong = await ask('guess', '192.0.2.33')
    expect(Number(wrong.headers.get('retry-after'))).to.be.within(1, 60)
    await expectProblem(wrong, 401, 'no-api-key')
    await expectProblem(await ask('key-of-desk', '192.0.2.33'), 401, 'no-api-key')
    expect((await ask('key-of-shop', '192.0.2.33')).status).to.equal(200)
    expect((await ask('key-of-desk', '192.0.2.34')).status).to.equal(200)
  })
})

describe('an outsider, where nothing is said of a proxy', () => {
  const service = sharedService({ TREEZOR_WEBHOOK_SECRET: SECRET })

  it('gets no other budget by a header of his, and the log says once what to set', async () => {
    const answers = []
    for (let nonce = 0; nonce < 140; nonce += 1) {
      const response = await service().post(ofSlashes(60_000, nonce), { 'x-forwarded-for': `192.0.2.${nonce}` })
      answers.push(await response.text())
    }
    expect(answers.at(-1)).to.include('too-many-unverified')
    expect(
      service()
        .stdout()
        .match(/TRUST_PROXY/g),
    ).to.have.length(1)
  })
})
