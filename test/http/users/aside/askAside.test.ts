import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { pino } from 'pino'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../../domain/identifiers.ts'
import { type Aside, askAside } from '../../../../src/http/users/aside/askAside.ts'
import { eventually, untilTrue } from '../../../support/patience.ts'

const LOG = {
  eventStore: { kind: 'sqlite', file: 'none' },
  identity: { logId: 'a log', generation: 0, losses: 0 },
  tree: null,
} as const

/** No thread can be asked to run it. */
const NONE = new URL('http://127.0.0.1/none.ts')

const client = (): ServerResponse & EventEmitter =>
  Object.assign(new EventEmitter(), { closed: false }) as unknown as ServerResponse & EventEmitter

const story = (userId: string, last: number) => ({ userId: userId as UserId, last, orphans: [], readModel: null })

describe('questions about users that threads answer', () => {
  const opened: Aside[] = []
  afterEach(() => Promise.all(opened.splice(0).map(({ close }) => close())))

  const open = (changes: Partial<Parameters<typeof askAside>[0]> = {}) => {
    const told: { reason?: unknown }[] = []
    const log = pino({ level: 'error' }, { write: (line: string) => void told.push(JSON.parse(line)) })
    const module = new URL('../../../support/threads/answeringThread.ts', import.meta.url)
    const aside = askAside({
      projected: () => LOG,
      isTrusted: () => true,
      log,
      keptIsOther: () => undefined,
      long: 10,
      most: 1,
      module,
      ...changes,
    })
    opened.push(aside)
    const status = async (
      userId: string,
      last = 10,
      res = client(),
      corrections = NO_CORRECTIONS,
    ): Promise<string | null> => {
      const answer = await aside.status(res, { ...story(userId, last), asOf: null, knownAt: null }, corrections)
      return answer === null || answer === 'nobody' ? null : answer.body
    }
    const history = (last = 10, res = client(), userId = 'x') =>
      aside.history(res, { ...story(userId, last), from: 0, fromUnattributed: 0, most: null }, NO_CORRECTIONS)
    return { ...aside, told, status, history }
  }

  it('are left to who asks while they are few, of short stories, and given to a thread once there are more', async () => {
    const { status } = open()
    for (let n = 0; n < 8; n++) expect(await status('x', 0)).to.equal(null)
    await untilTrue('a thread answers', async () => (await status('x', 0)) !== null)
  })

  it('start no thread before the ninth', async () => {
    const { status, told } = open({ module: NONE })
    for (let n = 0; n < 8; n++) await status('x', 0)
    expect(told.length).to.equal(0)
    await status('x', 0)
    expect(told.length).to.equal(1)
  })

  it('are left to who asks where a history is short: so few are told at a time that it is to be told at once', async () => {
    const { status, history } = open({ long: 100 })
    for (let n = 0; n < 9; n++) await status('x', 0)
    expect(await status('x', 100)).to.be.a('string')
    expect((await history(62).next()).value).to.equal(null)
    expect((await history(64).next()).value).to.have.property('places')
  })

  it('wait for a thread where the story is long', async () => {
    expect(await open().status('x')).to.be.a('string')
  })

  it('go to another thread where all have something to do, and to the one that knows the user', async () => {
    const { status } = open({ most: 2 })
    const one = await status('x')
    const waiting = client()
    const given = status('waits', 10, waiting)
    let asked = 0
    const other = await eventually('another thread', async () => {
      asked += 1
      const by = await status(`${asked}`)
      return by === one ? null : by
    })
    waiting.emit('close')
    expect(await given).to.equal(null)
    for (let n = 0; n < 3; n++) expect([await status('x'), await status(`${asked}`)]).to.deep.equal([one, other])
  })

  it('are given up by the thread where nobody waits for them any more', async () => {
    const { status } = open()
    const gone = client()
    const answer = status('waits', 10, gone)
    // It has come to the thread once that answers another.
    await status('x')
    gone.emit('close')
    expect(await answer).to.equal(null)
    expect(gone.listenerCount('close')).to.equal(0)
  })

  it('fail with the thread that ends over them, and the next go to another', async () => {
    const { status, told } = open()
    const one = await status('x')
    const failed = await Promise.all(['dies', 'waits'].map((user) => status(user).catch((error: Error) => error)))
    for (const error of failed) expect(error).to.be.an('error').with.property('message').that.includes('has ended')
    expect(told.map(({ reason }) => reason)).to.deep.equal(['it has ended'])
    expect(await status('x'))
      .to.be.a('string')
      .and.not.equal(one)
  })

  it('fail at the next lines where the thread ends while the last are taken', async () => {
    const { status, history } = open()
    const lines = history(10, client(), 'stalls')
    expect((await lines.next()).value?.places.length).to.equal(2)
    await status('dies').catch(() => undefined)
    // Nobody has heard of it by now, which may not end the process.
    await delay(1)
    expect(await lines.next().catch((error: Error) => error)).to.be.an('error')
  })

  it('are answered out of nothing that was to be forgotten, in whichever thread', async () => {
    const { status, forget } = open()
    await status('x')
    forget('7' as UserId)
    forget(null)
    expect(await status('forgotten')).to.equal('["7",null]')
  })

  it('are answered by the receipts known to be wrong by now, of which the thread is told when they change', async () => {
    const { status: ask } = open()
    const lists: readonly (readonly ReceiptCorrection[])[] = [NO_CORRECTIONS, [{} as ReceiptCorrection], NO_CORRECTIONS]
    for (const corrections of lists) {
      for (let n = 0; n < 2; n++)
        expect(await ask('corrected', 10, client(), corrections)).to.equal(`${corrections.length}`)
    }
  })

  it('are left to who asks where the thread is ended while it starts', async () => {
    const { status, close } = open()
    const answer = status('x')
    await close()
    expect(await answer).to.equal(null)
  })

  it('are left to who asks where no thread can start, which is not tried each time', async () => {
    // The first thread fails when it runs, the second when it is asked for.
    for (const module of [new URL('./none.ts', import.meta.url), NONE]) {
      const { status, told } = open({ module })
      for (let n = 0; n < 3; n++) expect(await status('x')).to.equal(null)
      expect(told.length).to.equal(1)
    }
  })

  it('are left to who asks as long as the log is not known, or not to be believed', async () => {
    expect(await open({ projected: () => null }).status('x')).to.equal(null)
    const untrusted = open({ isTrusted: () => false, module: NONE })
    expect([await untrusted.status('x'), untrusted.told.length]).to.deep.equal([null, 0])
    let isTrusted = false
    const { status, history } = open({ isTrusted: () => isTrusted })
    expect(await status('x')).to.equal(null)
    isTrusted = true
    expect(await status('x')).to.be.a('string')
    const lines = history()
    expect((await lines.next()).value?.places.length).to.equal(2)
    isTrusted = false
    expect((await lines.next()).value).to.equal(null)
    expect((await lines.next()).done).to.equal(true)
  })

  it('are told piece by piece, and no further than they are taken', async () => {
    const { history } = open()
    const res = client()
    const taken: number[] = []
    for await (const some of history(10, res)) {
      taken.push(some?.places.length ?? -1)
      if (taken.length === 3) break
    }
    expect(taken).to.deep.equal([2, 1, 1])
    expect(res.listenerCount('close')).to.equal(0)
  })

  it('find no thread once it has been quiet, and begin anew', async () => {
    const { status } = open({ quietMs: 1 })
    const one = await status('x')
    await untilTrue('another thread answers', async () => (await status('x')) !== one)
  })

  it('find no thread either once all that a client took of a history was some lines', async () => {
    const { status, history } = open({ quietMs: 1 })
    const one = await status('x')
    for await (const some of history()) if (some !== null) break
    await untilTrue('another thread answers', async () => (await status('x')) !== one)
  })

  it('keep their thread for as long as they are waited for, whatever else is asked and answered', async () => {
    const { status } = open({ quietMs: 20 })
    await status('x')
    await Promise.all([status('x', 0), status('x', 0)])
    const waiting = client()
    const given = status('waits', 10, waiting).catch((error: Error) => error)
    await status('x')
    await delay(100)
    waiting.emit('close')
    expect(await given).to.equal(null)
  })

  it('end with what they are at where all ends', async () => {
    const { status, close } = open()
    const answer = status('waits').catch((error: Error) => error.message)
    // It has come to the thread once that answers another.
    await status('x')
    await close()
    expect(await answer).to.include('has ended')
    expect(await status('x')).to.equal(null)
  })
})
