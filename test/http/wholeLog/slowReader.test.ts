import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect } from 'chai'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import { wholeLogRoutes } from '../../../src/http/wholeLog/wholeLog.ts'
import { newEvent } from '../../support/events/newEvents.ts'
import { untilTrue } from '../../support/patience.ts'
import { openPipeline, type Pipeline } from '../../support/pipeline/pipeline.ts'
import { readingOf, type Served, serve } from '../../support/pipeline/servedPipeline.ts'
import { right } from '../../support/right.ts'
import { expectProblem } from '../../support/service/answers.ts'
import { type Feed, openFeed } from '../../support/service/feed.ts'

/** Of 1 MB each: more than what a loopback connection takes before it is full. */
const EVENTS = 60
const STALLED_MS = 300
const QUIET_MS = 20

describe('a reader of the whole log', () => {
  let pipeline: Pipeline
  /** Gives up who takes nothing for a moment; for those who do take, who may be slow, there is another. */
  let impatient: Served
  let served: Served
  const ending = new AbortController()
  /** Events that were handed out by the store, and readings of it that have come to their end. */
  let [handed, ended] = [0, 0]
  let release: () => void = () => undefined
  /** What each record of a reading waits for. */
  let held: Promise<void> | null = null

  before(async () => {
    pipeline = await openPipeline()
    const { store } = pipeline
    for (let n = 0; n < EVENTS; n++) {
      const data = JSON.stringify({ n, text: 'x'.repeat(1_000_000) })
      right(await store.append('kyc-1', n === 0 ? 'no-stream' : n - 1, [newEvent({ data })])())
    }
    const counting: EventStore = {
      ...store,
      async *readAll(...args) {
        try {
          for await (const events of store.readAll(...args)) {
            handed += events.length
            yield events
          }
        } finally {
          ended += 1
        }
      },
      async *follow(...args) {
        try {
          for await (const batch of store.follow(...args)) {
            handed += batch.events.length
            yield batch
          }
        } finally {
          ended += 1
        }
      },
    }
    const reading = readingOf(pipeline, { store: counting })
    const access: typeof reading.access = (asked) => async () => {
      await held
      return reading.access(asked)()
    }
    impatient = await serve(wholeLogRoutes(reading, ending.signal, STALLED_MS))
    served = await serve(wholeLogRoutes({ ...reading, access }, ending.signal, undefined, QUIET_MS))
  })
  after(async () => {
    ending.abort()
    impatient.close()
    served.close()
    await pipeline.close()
  })
  beforeEach(() => {
    ;[handed, ended] = [0, 0]
  })

  for (const accept of ['application/x-ndjson', 'text/event-stream']) {
    it(`who takes nothing is given up, and no more was read of the log than what he might have taken: ${accept}`, async () => {
      const socket: Socket = connect(Number(new URL(impatient.url).port), '127.0.0.1').pause()
      socket.on('error', () => undefined)
      const closed = once(socket, 'close')
      socket.write(`GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\n\r\n`)
      await untilTrue('the reading is over', () => ended > 0)
      expect(handed)
        .to.be.greaterThan(0)
        .and.lessThan(EVENTS / 2)
      socket.resume()
      await closed
    })
  }

  it('who goes leaves nothing behind', async () => {
    const feed = await openFeed(`${served.url}/events`)
    await feed.next()
    feed.leave()
    await untilTrue('the reading is over', () => ended > 0)
  })

  it('is told in between that the connection lives', async () => {
    const feed = await openFeed(`${served.url}/events`)
    const last = await pipeline.store.lastEvent()
    for (let message = await feed.next(); message?.id !== last?.position; message = await feed.next())
      expect(message).to.not.equal(null)
    const next = feed.next()
    const before = feed.comments()
    await untilTrue('a comment', () => feed.comments() > before + 1)
    const { revision } = (
      await Array.fromAsync(pipeline.store.readStream('kyc-1', { direction: 'backwards', limit: 1 }))
    )[0] ?? { revision: -1 }
    right(await pipeline.store.append('kyc-1', revision, [newEvent()])())
    expect(JSON.parse((await next)?.data ?? '')).to.include({ stream: 'kyc-1', revision: revision + 1 })
    feed.leave()
  })

  it('is refused where there are as many as can be had, which costs no record, and is let in again', async () => {
    held = new Promise((resolve) => {
      release = resolve
    })
    const ask = () => fetch(`${served.url}/events`, { headers: { accept: 'text/event-stream' } })
    const asked = Array.from({ length: 17 }, ask)
    const first = await Promise.race(asked)
    expect(first.headers.get('retry-after')).to.match(/^\d+$/)
    await expectProblem(first, 503, 'too-many-feeds')
    // Lines are counted apart from those who stay.
    const lines = Array.from({ length: 5 }, () => fetch(`${served.url}/events`))
    await expectProblem(await Promise.race(lines), 503, 'too-many-feeds')
    release()
    const answers = await Promise.all([...asked, ...lines])
    expect(answers.map(({ status }) => status).toSorted()).to.deep.equal([...Array(20).fill(200), 503, 503])
    for (const answer of answers) if (!answer.bodyUsed) await answer.body?.cancel()
    await untilTrue('all are over', () => ended === 20)
    held = null
    const feed: Feed = await openFeed(`${served.url}/events`)
    expect(await feed.next()).to.not.equal(null)
    feed.leave()
  })

  it('live ends with the service', async () => {
    const feed = await openFeed(`${served.url}/events`)
    await feed.next()
    ending.abort()
    while ((await feed.next()) !== null);
    expect(ended).to.equal(1)
  })
})
