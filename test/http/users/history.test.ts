import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { pino } from 'pino'
import { NO_CORRECTIONS } from '../../../domain/event/receiptCorrection.ts'
import { OPEN_TO_ALL } from '../../../src/access/authentication.ts'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { httpApp } from '../../../src/http/app.ts'
import { sendLines } from '../../../src/http/lines.ts'
import { userRoutes } from '../../../src/http/users/users.ts'
import { recordAccesses } from '../../../src/ledger/recordAccesses.ts'
import { keptStreams } from '../../../src/readModel/userEvents.ts'
import { storedEvent, userId } from '../../support/events/storedEvents.ts'
import { preparedUser, prepareLog } from '../../support/logs/preparedLog.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { untilTrue } from '../../support/patience.ts'
import { openPipeline, type Pipeline, RECEIVED_AT } from '../../support/pipeline/pipeline.ts'
import { expectProblem } from '../../support/service/answers.ts'
import { type OwnService, readyHere } from '../../support/service/service.ts'

interface Entry {
  readonly eventId: string
  readonly stream: string
  readonly revision: number
  readonly before: { readonly status: string }
  readonly after: { readonly status: string }
}
interface Page {
  readonly userId: string
  readonly events: readonly Entry[]
  readonly next: string | null
}

const NDJSON = { accept: 'application/x-ndjson' }
const EVENTS = 6000

describe('a long history', () => {
  const user = preparedUser(0)
  const path = `/users/${user}/kyc/history`
  let service: OwnService
  before(async () => {
    const directory = newDirectory()
    await prepareLog(directory, 1, EVENTS)
    service = await readyHere(directory)
  })
  after(() => service.stop())

  const page = (of: string): Promise<Page> => service.json(of)

  it('comes in pages, of a hundred events unless told otherwise', async () => {
    const first = await page(path)
    expect(first.userId).to.equal(user)
    expect(first.events.map(({ revision }) => revision)).to.deep.equal(Array.from({ length: 100 }, (_, n) => n))
    expect(first.next).to.equal(`${path}?from=100&limit=100`)
    const second = await page(first.next ?? '')
    expect(second.events.map(({ revision }) => revision)).to.deep.equal(Array.from({ length: 100 }, (_, n) => 100 + n))
    // What an event changed depends on all before it, whichever page it stands on.
    expect(second.events[0]?.before).to.deep.equal(first.events.at(-1)?.after)
    const last = await page(`${path}?from=${EVENTS - 10}&limit=10`)
    expect(last.events.map(({ after }) => after.status)).to.deep.equal(
      Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? 'pending' : 'validated')),
    )
    expect(last.next).to.equal(null)
    expect((await page(`${path}?from=${EVENTS}`)).events).to.deep.equal([])
  })

  it('comes whole as NDJSON: what the pages hold, while others are answered', async () => {
    const response = await service.get(path, NDJSON)
    expect(response.headers.get('content-type')).to.match(/^application\/x-ndjson/)
    let telling = true
    const whole = response.text().finally(() => {
      telling = false
    })
    let answered = 0
    for (; telling; answered++) await (await service.get('/health/live')).text()
    const entries = (await whole).split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Entry]))
    expect(answered).to.be.greaterThan(10)
    expect(entries.map(({ revision }) => revision)).to.deep.equal(Array.from({ length: EVENTS }, (_, n) => n))
    const pages: Entry[] = []
    for (let next: string | null = `${path}?limit=1000`; next !== null; ) {
      const one: Page = await page(next)
      pages.push(...one.events)
      next = one.next
    }
    expect(pages).to.deep.equal(entries)
  })

  it('is asked for in numbers alone, and in nothing else', async () => {
    for (const query of [
      'from=-1',
      'from=x',
      'limit=0',
      'limit=1001',
      'fromUnattributed=x',
      'page=2',
      'from=1&from=2',
    ]) {
      await expectProblem(await service.get(`${path}?${query}`), 400, 'bad-parameter')
    }
  })

  it('is told to others while some take nothing of what they asked for', async () => {
    const sockets: Socket[] = []
    for (let n = 0; n < 4; n++) {
      const socket = connect(Number(new URL(service.url).port), '127.0.0.1').pause()
      socket.on('error', () => undefined)
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\n\r\n`)
      sockets.push(socket)
    }
    await sleep(100)
    expect((await page(path)).events).to.have.length(100)
    for (const socket of sockets) socket.destroy()
  })
})

/** More than anybody takes of it here, and no more than may be told of at once. */
const LAST = 200_000

describe('a story without end', () => {
  const USER = userId('42')
  const template = storedEvent(
    {
      webhook: 'user.update',
      webhook_id: 'w',
      webhook_created_at: 17194724399020,
      object_id: '42',
      object_payload: { users: [{ userId: '42', kycReview: '1', kycLevel: '0', userTag: 'x'.repeat(2000) }] },
    },
    { user: USER },
  )
  const eventAt = (revision: number): RecordedEvent => ({
    ...template,
    eventId: `event ${revision}`,
    type: 'user.update',
    stream: 'kyc-42',
    revision,
    position: String(revision).padStart(16, '0'),
  })

  let pipeline: Pipeline
  let url: string
  let close: () => void
  let read = 0
  let closed = 0
  before(async () => {
    pipeline = await openPipeline()
    const store = {
      ...pipeline.store,
      async *readStream(stream: string, { from = 0, direction = 'forwards' } = {}) {
        if (stream !== 'kyc-42') return
        if (direction === 'backwards') return void (yield eventAt(LAST))
        try {
          for (let revision = from; ; revision++) {
            read += 1
            yield eventAt(revision)
          }
        } finally {
          closed += 1
        }
      },
    }
    const readModel = {
      position: () => null,
      isFromNothing: () => false,
      hasCaughtUp: () => true,
      follows: () => true,
      starts: () => 1,
      moved: async () => undefined,
      reached: async () => true,
      reader: () => pipeline.reader,
      file: () => null,
      foldAnew: () => undefined,
      distrust: () => undefined,
      stop: async () => undefined,
    }
    const settled = async () => undefined
    const uncertain = () => undefined
    const reading = {
      store,
      recorded: store,
      streams: keptStreams(),
      readModel,
      erased: { users: new Map(), has: () => false },
      aside: null,
      hearErasures: async () => undefined,
      beside: async () => null,
      proofOf: () => null,
      authentication: OPEN_TO_ALL,
      retention: null,
      driftAfter: 0,
      access: recordAccesses(pipeline.store, () => RECEIVED_AT),
      settled,
      now: () => RECEIVED_AT,
      corrections: () => NO_CORRECTIONS,
      uncertain,
      answerAltered: () => undefined,
    }
    const server = createServer(httpApp([userRoutes(reading)], pino({ level: 'silent' }))).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    close = () => server.close().closeAllConnections()
  })
  after(async () => {
    close()
    await pipeline.close()
  })

  /** Waits until a number does not change any more, and gives it. */
  const settledAt = async (number: () => number): Promise<number> => {
    for (let before = number(); ; before = number()) {
      await sleep(500)
      if (before > 0 && number() === before) return before
    }
  }

  for (const path of ['/users/42/events', '/users/42/kyc/history']) {
    it(`is read no further than the client takes it, and let go with him: ${path}`, async () => {
      read = 0
      closed = 0
      const socket = connect(Number(new URL(url).port), '127.0.0.1').pause()
      socket.on('error', () => undefined)
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\n\r\n`)
      // A loopback connection takes some megabytes before it is full.
      expect(await settledAt(() => read)).to.be.lessThan(100_000)
      socket.destroy()
      await untilTrue('it is let go', () => closed > 0)
      expect(closed).to.equal(1)
    })
  }

  it('has pages that end where their texts are long enough', async () => {
    const response = await fetch(`${url}/users/42/events?limit=1000`)
    const whole = ((await response.json()) as Page).events
    expect(whole).to.have.length(1000)
    const [before, huge] = [template.data, 'x'.repeat(1_000_000)]
    Object.assign(template, { data: JSON.stringify({ huge }) })
    const revisions: number[] = []
    let next: string | null = '/users/42/events?limit=1000'
    for (let n = 0; n < 3; n++) {
      const one = (await (await fetch(url + next)).json()) as Page
      expect(one.events.length).to.be.within(1, 5)
      revisions.push(...one.events.map(({ revision }) => revision))
      next = one.next
    }
    Object.assign(template, { data: before })
    expect(revisions).to.deep.equal(revisions.map((_, n) => n))
  })

  it('is not held open for a client that takes nothing of it', async () => {
    async function* lines() {
      for (let n = 1; ; n++) yield { json: `"${'x'.repeat(1000)}"`, behind: ['from', n] as const }
    }
    const ended = new Promise<string>((resolve) => {
      const server = httpApp(
        [
          (app) =>
            app.get('/lines', (_req, res) => {
              sendLines(res, lines(), null, 300).then(
                () => resolve('finished'),
                ({ code }) => resolve(code),
              )
            }),
        ],
        pino({ level: 'silent' }),
      ).listen(0, '127.0.0.1', () => {
        const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').pause()
        socket.on('error', () => undefined)
        socket.write('GET /lines HTTP/1.1\r\nHost: localhost\r\n\r\n')
        socket.once('close', () => server.close())
        after(() => socket.destroy())
      })
    })
    expect(await ended).to.equal('ERR_STREAM_PREMATURE_CLOSE')
  })
})
