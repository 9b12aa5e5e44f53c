import type { RequestListener } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { expect } from 'chai'
import { timeStamp } from '../../src/attestation/timeStamp.ts'
import { answering } from '../support/attestation/answering.ts'
import { startTimeStampAuthority, type TimeStampAuthority } from '../support/attestation/timeStampAuthority.ts'
import { left, right } from '../support/right.ts'

const BYTES = Buffer.from('a signed checkpoint\n')

describe("a time stamp, from OpenSSL's authority", () => {
  let authority: TimeStampAuthority

  before(async function () {
    const started = await startTimeStampAuthority()
    if (started === null) this.skip()
    else authority = started
  })
  after(() => authority?.close())

  it('is kept as it came, and proves to OpenSSL when the bytes were there, and no others', async () => {
    const response = right(await timeStamp(authority.url, BYTES))
    const verified = authority.verify(BYTES, response)
    expect(verified.status, verified.told).to.equal(0)
    const others = authority.verify(Buffer.from('another checkpoint\n'), response)
    expect(others.status, others.told).to.not.equal(0)
  })

  it('is asked for anew each time: a stamp answers one request', async () => {
    const queries: Buffer[] = []
    const server = await answering(async (req, res) => {
      queries.push(await buffer(req))
      const [first = Buffer.alloc(0)] = queries
      res.setHeader('Content-Type', 'application/timestamp-reply').end(authority.reply(first))
    })
    expect(right(await timeStamp(server.url, BYTES)).length).to.be.greaterThan(0)
    expect(left(await timeStamp(server.url, BYTES))).to.equal('its time stamp answers another request')
    expect(left(await timeStamp(server.url, Buffer.from('others')))).to.equal('its time stamp is over something else')
    await server.close()
  })

  it('is refused where the authority does not grant it', async () => {
    const server = await answering(async (req, res) => {
      const query = await buffer(req)
      // A hash that it does not take.
      const sha256 = Buffer.from('0609608648016503040201', 'hex')
      query[query.indexOf(sha256) + sha256.length - 1] = 3
      res.setHeader('Content-Type', 'application/timestamp-reply').end(authority.reply(query))
    })
    expect(left(await timeStamp(server.url, BYTES))).to.match(/^the time stamp is not granted: status 2 \(rejection\)/)
    await server.close()
  })

  it('is refused with any part of it cut off', async () => {
    const response = right(await timeStamp(authority.url, BYTES))
    for (const length of [0, 1, 9, 100, response.length - 1]) {
      const server = await answering(async (_req, res) => {
        res.setHeader('Content-Type', 'application/timestamp-reply').end(response.subarray(0, length))
      })
      expect(left(await timeStamp(server.url, BYTES)), `${length}`).to.match(/^its answer|^its time stamp/)
      await server.close()
    }
  })
})

describe('a server that gives no time stamp', () => {
  const REPLY = { 'Content-Type': 'application/timestamp-reply' }
  const answers: readonly (readonly [what: string, listener: RequestListener, reason: string])[] = [
    ['answers an error', (_req, res) => res.writeHead(503, REPLY).end(), 'it answers 503'],
    ['leads elsewhere', (_req, res) => res.writeHead(302, { Location: '/' }).end(), 'it answers 302'],
    [
      'answers a page',
      (_req, res) => res.setHeader('Content-Type', 'text/html').end('<p>'),
      'its answer is no application/timestamp-reply',
    ],
    [
      'answers anything',
      (_req, res) => res.writeHead(200, REPLY).end('anything'),
      'its answer is no time-stamp response',
    ],
    [
      'never ends',
      (_req, res) => {
        res.writeHead(200, REPLY)
        const writing = setInterval(() => res.write(Buffer.alloc(64 * 1024)), 1)
        res.on('close', () => clearInterval(writing))
      },
      'its answer is larger than 256 KiB',
    ],
  ]
  for (const [what, listener, reason] of answers) {
    it(`is told of when it ${what}`, async () => {
      const server = await answering(listener)
      expect(left(await timeStamp(server.url, BYTES))).to.equal(reason)
      await server.close()
    })
  }

  it('is not waited for', async () => {
    const server = await answering(() => undefined)
    expect(left(await timeStamp(server.url, BYTES, { withinMs: 50 }))).to.equal('no answer within 0.05 s')
    const stopping = new AbortController()
    const asked = timeStamp(server.url, BYTES, { signal: stopping.signal })
    stopping.abort()
    expect(left(await asked)).to.match(/aborted/)
    await server.close()
    expect(left(await timeStamp(server.url, BYTES))).to.equal('ECONNREFUSED')
  })
})
