import { createHash } from 'node:crypto'
import { expect } from 'chai'
import type { UserId } from '../../../domain/identifiers.ts'
import { format } from '../../../domain/instant.ts'
import { byKeys, OPEN_TO_ALL } from '../../../src/access/authentication.ts'
import type { Scope } from '../../../src/config/apiKeys.ts'
import { storeUnavailable, streamErased } from '../../../src/eventStore/appendOutcome.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import { notAsSealed } from '../../../src/eventStore/readFailure.ts'
import { releaseRoutes } from '../../../src/http/releases/releases.ts'
import type { ReleaseSources } from '../../../src/http/releases/taking.ts'
import { instant } from '../../support/events/storedEvents.ts'
import { openPipeline, type Pipeline, RECEIVED_AT } from '../../support/pipeline/pipeline.ts'
import { failingOn } from '../../support/pipeline/projecting.ts'
import { readingOf, serve } from '../../support/pipeline/servedPipeline.ts'
import { expectProblem } from '../../support/service/answers.ts'
import { document, sentAgain, user } from '../../support/webhooks/plainWebhooks.ts'

const SCOPES: readonly Scope[] = ['release:request', 'release:confirm']
const key = (name: string) => ({ name, scopes: SCOPES, sha256: createHash('sha256').update(name).digest('hex') })

describe('a release in a service whose parts fail', () => {
  const closing: (() => void)[] = []
  let pipeline: Pipeline
  before(async () => {
    pipeline = await openPipeline()
    const validated = user('2', '2025-01-02T00:00:00Z')
    await pipeline.deliver(validated)
    await pipeline.deliver(user('3', '2025-01-03T00:00:00Z'))
    await pipeline.deliver(sentAgain(validated, '2025-01-04T00:00:00Z'))
  })
  after(async () => {
    for (const close of closing) close()
    await pipeline.close()
  })

  const at = async (changes: Partial<ReleaseSources> = {}): Promise<string> => {
    const authentication = byKeys(() => [key('anna'), key('bert')])
    const sources = { ...readingOf(pipeline), authentication, clockFault: () => null, ...changes }
    const { url, close } = await serve(releaseRoutes(sources))
    closing.push(close)
    return `${url}/users/42/releases`
  }
  const headers = (name: string) => ({ authorization: `Bearer ${name}` })
  const ask = (url: string, name = 'anna'): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers: headers(name),
      body: JSON.stringify({ stream: 'kyc-42', revision: 2, reason: 'by telephone' }),
    })
  const list = (url: string): Promise<Response> => fetch(url, { headers: headers('anna') })
  const appending = (append: EventStore['append']) => ({ recorded: { ...pipeline.store, append } })

  it('is not recorded by a wrong clock, nor under nobody’s name', async () => {
    const wrong = await at({ clockFault: () => ({ clock: 'leapt', reason: 'the clock went back' }) })
    expect((await expectProblem(await ask(wrong), 503, 'clock-wrong')).length).to.be.greaterThan(0)
    const open = await at({ authentication: OPEN_TO_ALL })
    for (const path of ['', '/3/confirm']) await expectProblem(await ask(open + path), 403, 'keys-not-set')
    expect((await list(open)).status).to.equal(200)
  })

  it('is not told to be recorded where the store does not say that it is', async () => {
    const url = await at(appending(() => async () => ({ _tag: 'Left', left: storeUnavailable('out of reach') })))
    const response = await ask(url)
    expect(response.headers.get('retry-after')).to.match(/^\d+$/)
    await expectProblem(response, 503, 'event-store-unreachable')
    const behind = appending((stream, expected) => async () => {
      const actual = expected === 'no-stream' ? 0 : expected + 1
      return { _tag: 'Left', left: { _tag: 'WrongExpectedVersion', stream, expected, actual } }
    })
    await expectProblem(await ask(await at(behind)), 503, 'event-store-unreachable')
    await expectProblem(
      await ask(await at(appending((stream) => async () => ({ _tag: 'Left', left: streamErased(stream) })))),
      410,
      'history-removed',
    )
  })

  it('is recorded no earlier than what it is decided by, where another node’s clock is ahead', async () => {
    const url = await at({ now: () => instant('2029-12-31T00:00:00Z') })
    expect((await ask(url)).status).to.equal(201)
    const request = (await pipeline.userEvents('42' as UserId)).own.at(-1)
    expect(JSON.parse(request?.metadata ?? '{}')).to.include({ recordedAt: format(RECEIVED_AT) })
  })

  it('is decided by its own time, where what was recorded before it was by a wrong clock', async () => {
    await pipeline.deliver(document('80009', 'PENDING', '2025-01-06T00:00:00Z'))
    const last = (await pipeline.userEvents('42' as UserId)).own.at(-1)
    const position = last?.position ?? ''
    // Of before anything was held back.
    const wrong = [{ from: position, to: position, countsAs: instant('2025-01-03T12:00:00Z') }]
    const store = appending(() => async () => ({ _tag: 'Left', left: storeUnavailable('it would have been recorded') }))
    const url = await at({ ...store, corrections: () => wrong })
    const told = await expectProblem(await ask(`${url}/3/confirm`, 'bert'), 503, 'event-store-unreachable')
    expect(told).to.include('it would have been recorded')
  })

  it('is decided anew where somebody else appends first', async () => {
    let isFirst = true
    const { store } = pipeline
    const refusing: EventStore['append'] = (stream, expected, events) => async () => {
      if (isFirst) await pipeline.deliver(user('3', '2025-01-07T00:00:00Z'))
      isFirst = false
      return store.append(stream, expected, events)()
    }
    await expectProblem(await ask(await at(appending(refusing)), 'bert'), 409, 'not-held-back')
    expect((await pipeline.userEvents('42' as UserId)).own).to.have.length(6)
  })

  it('is not told, nor taken, where events cannot be folded, are not as they were sealed, or were erased', async () => {
    const store = failingOn(() => true, pipeline.store)
    const failing = await at({ store, recorded: store })
    await expectProblem(await list(failing), 500, 'unreadable-event')
    for (const path of ['', '/3/confirm']) await expectProblem(await ask(failing + path), 500, 'unreadable-event')
    const unlike: EventStore = {
      ...pipeline.store,
      // biome-ignore lint/correctness/useYield: it fails before it gives anything
      async *readStream() {
        throw notAsSealed()
      },
    }
    const sealedOtherwise = await at({ store: unlike })
    await expectProblem(await list(sealedOtherwise), 503, 'not-as-sealed')
    for (const path of ['', '/3/confirm']) await expectProblem(await ask(sealedOtherwise + path), 503, 'not-as-sealed')
    const erased = { users: new Map([['42' as UserId, { erasedAt: 0, erasure: 2, revision: 3 }]]) }
    const gone = await at({ erased: erased as unknown as ReleaseSources['erased'] })
    await expectProblem(await list(gone), 410, 'user-erased')
    for (const path of ['', '/3/confirm']) await expectProblem(await ask(gone + path), 410, 'user-erased')
  })
})
