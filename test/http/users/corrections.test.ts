import { expect } from 'chai'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import { userRoutes } from '../../../src/http/users/users.ts'
import { streamOf } from '../../../src/ledger/streams.ts'
import { appendOwn, observed } from '../../support/events/ownEvents.ts'
import { instant } from '../../support/events/storedEvents.ts'
import { newCast, openPipeline, type Pipeline, played } from '../../support/pipeline/pipeline.ts'
import { readingOf, type Served, serve } from '../../support/pipeline/servedPipeline.ts'
import { expectProblem, type KycStatus } from '../../support/service/answers.ts'
import { user as userWebhook } from '../../support/webhooks/plainWebhooks.ts'

describe('an answer about the past, once the clock is known to have been wrong', () => {
  const cast = newCast()
  let pipeline: Pipeline
  let served: Served
  let corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS

  before(async () => {
    pipeline = await openPipeline()
    const reading = readingOf(pipeline, {
      now: () => instant('2035-01-01T00:00:00Z'),
      corrections: () => corrections,
    })
    served = await serve(userRoutes(reading))
    // The clock was a year ahead when the request came.
    const requested = played(userWebhook('1', '2030-01-01T00:00:00.000Z'), cast)
    await pipeline.deliver(requested, instant('2031-01-01T00:00:00Z'))
    await pipeline.projected()
  })
  after(async () => {
    served.close()
    await pipeline.close()
  })

  const ask = (path: string): Promise<Response> => fetch(`${served.url}/users/${cast.user}/kyc${path}`)
  const correct = async (): Promise<void> => {
    const [event] = await Array.fromAsync(pipeline.store.readStream(streamOf(cast.user)))
    const position = event?.position ?? ''
    corrections = [{ from: position, to: position, countsAs: instant('2030-01-02T00:00:00Z') }]
  }

  it('is another one, and says by how many corrections', async () => {
    const question = '?knownAt=2030-06-01T00:00:00Z'
    await expectProblem(await ask(question), 404, 'unknown-user')
    const before = await ask('/history')
    expect(before.headers.get('kyc-corrections')).to.equal('0')
    expect(((await before.json()) as { events: readonly unknown[] }).events[0]).to.include({ corrected: false })

    await correct()
    const after = await ask(question)
    expect((await after.json()) as KycStatus).to.include({ status: 'pending', events: 1 })
    for (const path of [question, '', '/history']) {
      expect((await ask(path)).headers.get('kyc-corrections'), path).to.equal('1')
    }
    const { events } = (await (await ask('/history')).json()) as { readonly events: readonly unknown[] }
    expect(events[0]).to.include({ corrected: true, recordedAt: '2030-01-02T00:00:00.000Z' })
  })

  it('is another one also by what this service wrote itself by that clock', async () => {
    // By a clock that was a year ahead the provider answered that he is refused; it is settled that this was on 3 January.
    const refused = { kycReview: '3', kycLevel: '4', userStatus: 'VALIDATED' }
    const observation = observed(cast.user, refused, instant('2031-01-01T01:00:00Z'))
    const position = await appendOwn(pipeline.store, cast.user, observation)
    await pipeline.projected()
    const question = '?knownAt=2030-06-01T00:00:00Z'
    expect((await (await ask(question)).json()) as KycStatus).to.include({ status: 'pending', events: 1 })
    corrections = [...corrections, { from: position, to: position, countsAs: instant('2030-01-03T00:00:00Z') }]
    const then = (await (await ask(question)).json()) as KycStatus & { readonly observed: object }
    expect(then).to.include({ status: 'refused', events: 2 })
    expect(then.observed).to.include({ at: '2030-01-03T00:00:00.000Z', overlays: true })
    expect((await (await ask('?asOf=2030-01-02T12:00:00Z')).json()) as KycStatus).to.include({ status: 'pending' })
    const { events } = (await (await ask('/history')).json()) as { readonly events: readonly unknown[] }
    expect(events[1]).to.include({
      name: 'kyc-ledger.observed',
      corrected: true,
      recordedAt: '2030-01-03T00:00:00.000Z',
      occurredAt: '2030-01-03T00:00:00.000Z',
      receivedAt: null,
    })
  })
})
