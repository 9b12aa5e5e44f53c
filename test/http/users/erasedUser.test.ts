import { expect } from 'chai'
import { pino } from 'pino'
import type { UserId } from '../../../domain/identifiers.ts'
import { systemClock } from '../../../src/clock/clock.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import type { Routes } from '../../../src/http/app.ts'
import { evidenceRoutes } from '../../../src/http/evidence/evidence.ts'
import { userPages } from '../../../src/http/page/user/userPages.ts'
import { releaseRoutes } from '../../../src/http/releases/releases.ts'
import { userRoutes } from '../../../src/http/users/users.ts'
import { Erased, hearErasures, readErased } from '../../../src/ledger/erased.ts'
import { streamOf } from '../../../src/ledger/streams.ts'
import { recordErased } from '../../support/erasures/recordErased.ts'
import { instant } from '../../support/events/storedEvents.ts'
import { HTML } from '../../support/page/signedIn.ts'
import { newCast, openPipeline, type Pipeline } from '../../support/pipeline/pipeline.ts'
import { readingOf, serve } from '../../support/pipeline/servedPipeline.ts'
import { tellDays } from '../../support/pipeline/tellDays.ts'
import { newSealKey, sealing } from '../../support/seals/sealing.ts'
import { expectProblem } from '../../support/service/answers.ts'

const RECORDED_AT = instant('2025-01-01T00:00:00Z')
const NDJSON = { accept: 'application/x-ndjson' }

describe('a user whose erasure this node has heard of', () => {
  let pipeline: Pipeline
  before(async () => {
    pipeline = await openPipeline()
  })
  after(() => pipeline.close())

  const deliver = async (user: string, ...days: readonly number[]): Promise<void> => {
    await tellDays(pipeline, user, days, RECORDED_AT)
    await pipeline.projected()
  }

  it('is answered as erased at once, while the read model still has his row', async () => {
    const { user } = newCast()
    await deliver(user, 2)
    const model = { ...pipeline.reader, erasedUser: () => null }
    const row = pipeline.reader.kycAnswer(user as UserId) ?? expect.fail('no row')
    await recordErased(pipeline.store, `kyc-${user}`)
    const lagging = { ...readingOf(pipeline).readModel, reader: () => ({ ...model, kycAnswer: () => row }) }
    const erased = await readErased(pipeline.store)
    const { url, close } = await serve(userRoutes(readingOf(pipeline, { erased, readModel: lagging })))
    try {
      for (const path of ['kyc', 'kyc/history', 'events']) {
        const text = await expectProblem(await fetch(`${url}/users/${user}/${path}`), 410, 'user-erased')
        expect(JSON.parse(text), path).to.include({ erasure: 0 }).and.to.have.property('erasedAt').that.is.a('string')
      }
    } finally {
      close()
    }
  })

  type Sources = Parameters<typeof evidenceRoutes>[0] & Parameters<typeof userPages>[0]

  /**
   * Asks for something of a user, by a log in which he is erased while his stream is read for the `nth` time, before its last event is given.
   * Gives the answer, and what was said to be uncertain.
   */
  const askedMeanwhile = async (
    routes: (sources: Sources) => Routes,
    path: string,
    headers: Readonly<Record<string, string>>,
    nth: number,
  ): Promise<{ readonly response: Response; readonly text: Promise<string>; readonly told: readonly unknown[] }> => {
    const { user } = newCast()
    await deliver(user, 2, 3, 4)
    const sealed = sealing(pipeline.store, newSealKey())
    await sealed.seal()
    const erased = new Erased()
    let reads = 0
    const store: EventStore = {
      ...pipeline.store,
      async *readStream(stream, options): AsyncGenerator<RecordedEvent> {
        const isRead = stream === streamOf(user) && options?.direction !== 'backwards'
        if (isRead) reads += 1
        for await (const event of pipeline.store.readStream(stream, options)) {
          if (isRead && reads === nth && event.revision === 2) {
            await recordErased(pipeline.store, stream)
            await hearErasures(pipeline.store, erased)
          }
          yield event
        }
      },
    }
    const told: unknown[] = []
    const reading = readingOf(pipeline, { store, erased, now: systemClock, uncertain: (one) => told.push(one) })
    const silent = pino({ level: 'silent' })
    const served = await serve(routes({ ...reading, sealed, sealEvery: 60, log: silent, clockFault: () => null }))
    const response = await fetch(`${served.url}/users/${user}${path}`, { headers })
    return { response, text: response.text().finally(served.close), told }
  }

  const WHOLE: readonly (readonly [
    string,
    (sources: Sources) => Routes,
    string,
    Readonly<Record<string, string>>,
    number,
  ])[] = [
    ['a status then', userRoutes, '/kyc?asOf=2029-01-01T00:00:00Z', {}, 1],
    ['a history', userRoutes, '/kyc/history', {}, 1],
    ['his events', userRoutes, '/events', {}, 1],
    ['releases', releaseRoutes, '/releases', {}, 1],
    ['his page', userPages, '', HTML, 1],
    ['the page of an event', userPages, '/events/2', HTML, 1],
    ['evidence, while it is looked whether all of it is sealed', evidenceRoutes, '/evidence', {}, 1],
    ['evidence, while it is told', evidenceRoutes, '/evidence', {}, 2],
  ]
  for (const [what, routes, path, headers, nth] of WHOLE) {
    it(`is told of no more by an answer that was begun before: ${what}`, async () => {
      const { response, text, told } = await askedMeanwhile(routes, path, headers, nth)
      await expectProblem(new Response(await text, response), 410, 'user-erased')
      expect(told).to.deep.equal([])
    })
  }

  const STREAMS = [
    ['a history', userRoutes, '/kyc/history', NDJSON, 1],
    ['his events', userRoutes, '/events', NDJSON, 1],
    ['evidence', evidenceRoutes, '/evidence', {}, 3],
  ] as const
  for (const [what, routes, path, headers, nth] of STREAMS) {
    it(`is told of no more by what is sent as it comes, which is broken off: ${what}`, async () => {
      const { response, text, told } = await askedMeanwhile(routes, path, headers, nth)
      expect(response.status).to.equal(200)
      expect(await text.catch(() => 'broken off')).to.equal('broken off')
      expect(told).to.deep.equal([])
    })
  }
})
