import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../../domain/identifiers.ts'
import { OPEN_TO_ALL } from '../../../src/access/authentication.ts'
import type { Change, Changes } from '../../../src/changes/change.ts'
import { changeRoutes } from '../../../src/http/changes/changeRoutes.ts'
import { untilTrue } from '../../support/patience.ts'
import { type Served, serve } from '../../support/pipeline/servedPipeline.ts'
import { expectProblem, okText } from '../../support/service/answers.ts'
import { type Feed, openFeed } from '../../support/service/feed.ts'

const STALLED_MS = 300
const QUIET_MS = 30
const USERS = 100_000

const changeOf = (n: number): Change => ({
  id: String(n).padStart(8, '0'),
  userId: String(n + 1) as UserId,
  status: 'pending',
  verified: false,
  since: null,
  position: String(n),
})

describe('readers of changes', () => {
  const ending = new AbortController()
  /** Gives up who takes nothing for a moment; for those who do take, who may be slow, there is another. */
  let impatient: Served
  let served: Served
  let known = 0
  let [reads, readForTheImpatient] = [0, 0]
  const waiting = new Set<() => void>()
  let refused: 'other-meaning' | null = null
  const changes: Changes = {
    read: (after, limit) => {
      reads += 1
      if (refused !== null) return E.left(refused)
      const from = after === null ? 0 : Number(after) + 1
      return E.right(Array.from({ length: Math.max(0, Math.min(limit, known - from)) }, (_, n) => changeOf(from + n)))
    },
    moved: (signal) =>
      new Promise((resolve) => {
        waiting.add(resolve)
        signal.addEventListener('abort', () => resolve())
      }),
  }
  const come = (count: number): void => {
    known += count
    for (const wake of waiting) wake()
    waiting.clear()
  }
  before(async () => {
    const sources = { changes, logId: () => 'the-log', authentication: OPEN_TO_ALL }
    const read: Changes['read'] = (...asked) => {
      readForTheImpatient += 1
      return changes.read(...asked)
    }
    impatient = await serve(changeRoutes({ ...sources, changes: { ...changes, read } }, ending.signal, STALLED_MS))
    served = await serve(changeRoutes(sources, ending.signal, undefined, QUIET_MS))
  })
  after(() => {
    ending.abort()
    impatient.close()
    served.close()
  })
  beforeEach(() => {
    refused = null
  })

  it('who follow live share what is read for them, see that the connection lives, and are told at once', async () => {
    const url = `${served.url}/changes`
    const feeds: Feed[] = []
    for (let n = 0; n < 200; n += 1) feeds.push(await openFeed(url))
    const first = feeds.map((feed) => feed.next())
    await untilTrue('each has heard that it lives', () => feeds.every((feed) => feed.comments() > 1))
    const [before, since] = [reads, performance.now()]
    come(3)
    for (const one of await Promise.all(first)) expect(one?.id).to.equal('00000000')
    for (const feed of feeds) {
      expect([(await feed.next())?.id, (await feed.next())?.id]).to.deep.equal(['00000001', '00000002'])
    }
    // Each of them asked whether there is more, once at most in each quiet time; one alone read what there was.
    const quietTimes = Math.ceil((performance.now() - since) / QUIET_MS)
    expect(reads - before).to.be.at.most(feeds.length * (quietTimes + 3))
    for (const feed of feeds) feed.leave()
  })

  it('know no id of a change that they were not told whole, wherever the connection breaks off', async () => {
    const leaving = new AbortController()
    const headers = { accept: 'text/event-stream' }
    const { body } = await fetch(`${served.url}/changes`, { headers, signal: leaving.signal })
    let text = ''
    for await (const piece of body ?? []) {
      text += Buffer.from(piece).toString()
      if (text.split('\nid: ').length > 3) break
    }
    leaving.abort()
    for (let end = 0; end < text.length; end += 1) {
      const lines = text.slice(0, end).split('\n').slice(0, -1)
      const [ids, told] = ['id: ', 'data: '].map((field) => lines.filter((line) => line.startsWith(field)))
      expect(ids, lines.join('\n')).to.have.length.at.most(told?.length ?? 0)
    }
  })

  it('are so many at a time', async () => {
    const url = `${served.url}/changes`
    const feeds: Feed[] = []
    for (let n = 0; n < 256; n += 1) feeds.push(await openFeed(url))
    await expectProblem(await fetch(url, { headers: { accept: 'text/event-stream' } }), 503, 'too-many-feeds')
    expect((await fetch(url)).status).to.equal(200)
    for (const feed of feeds) feed.leave()
    await untilTrue('there is room again', async () => {
      const response = await fetch(url, { headers: { accept: 'text/event-stream' } })
      await response.body?.cancel()
      return response.status === 200
    })
  })

  it('who take nothing hold no more than a page, and are given up', async () => {
    come(USERS)
    const socket = connect(Number(new URL(impatient.url).port), '127.0.0.1').pause()
    socket.on('error', () => undefined)
    const closed = once(socket, 'close')
    socket.write('GET /changes HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n')
    await once(socket, 'ready').catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 4 * STALLED_MS))
    // What the connection takes before it is full is 200 kB to some MB: a few pages, of 200.
    expect(readForTheImpatient).to.be.lessThan(100)
    socket.resume()
    await closed
  })

  it('who take slowly miss nothing', async () => {
    const last = USERS - 40_000
    const feed = await openFeed(`${served.url}/changes?after=${changeOf(last).id}`)
    for (let n = last + 1; n < 3 + USERS; n += 1) {
      const message = await feed.next()
      if (message?.id !== changeOf(n).id) expect.fail(`${message?.id} came for ${n}`)
      if (n % 20_000 === 0) await new Promise((resolve) => setTimeout(resolve, 50))
    }
    feed.leave()
    const lines = (await okText(await fetch(`${served.url}/changes?after=00000002`))).trimEnd().split('\n')
    expect(lines).to.have.length(USERS)
    expect(JSON.parse(lines.at(-1) ?? '')).to.deep.equal({
      specversion: '1.0',
      id: changeOf(USERS + 2).id,
      source: '/kyc-ledger/the-log',
      type: 'kyc-ledger.status-changed',
      subject: String(USERS + 3),
      datacontenttype: 'application/json',
      data: { status: 'pending', verified: false, since: null, position: String(USERS + 2) },
    })
  })

  it('are sent to another node when changes are told no more here, and when the service ends', async () => {
    const after = changeOf(known - 1).id
    const feed = await openFeed(`${served.url}/changes?after=${after}`)
    refused = 'other-meaning'
    come(1)
    expect(await feed.next()).to.equal(null)
    await expectProblem(await fetch(`${served.url}/changes?after=${after}`), 503, 'other-meaning')
    refused = null
    const last = await openFeed(`${served.url}/changes?after=${changeOf(known - 1).id}`)
    ending.abort()
    expect(await last.next()).to.equal(null)
  })
})
