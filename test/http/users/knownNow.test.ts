import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { formatMilliseconds, type Instant } from '../../../domain/instant.ts'
import { userRoutes } from '../../../src/http/users/users.ts'
import { newCast, openPipeline, type Pipeline, RECEIVED_AT } from '../../support/pipeline/pipeline.ts'
import { readingOf, type Served, serve } from '../../support/pipeline/servedPipeline.ts'
import { answered, expectProblem, type KycStatus } from '../../support/service/answers.ts'
import { user as userWebhook } from '../../support/webhooks/plainWebhooks.ts'

describe('an answer about what is known this very millisecond', () => {
  const { user } = newCast()
  let pipeline: Pipeline
  let served: Served
  let now: Instant = RECEIVED_AT
  let appending: Promise<void> = Promise.resolve()

  const deliver = (kycReview: string): Promise<unknown> => {
    const webhook = JSON.stringify(userWebhook(kycReview, `2024-06-0${kycReview}T12:00:00.000Z`))
    return pipeline.deliver(JSON.parse(webhook.replaceAll('"42"', `"${user}"`)), RECEIVED_AT)
  }
  const question = (): Promise<Response> =>
    fetch(`${served.url}/users/${user}/kyc?knownAt=${formatMilliseconds(RECEIVED_AT)}`)
  /** Asked until the millisecond is over, and as often as it is: a service does not wait for ever, and an append may take long. */
  const legacyState = async (): Promise<string> => ((await (await answered(question)).json()) as KycStatus).legacy.state

  before(async () => {
    pipeline = await openPipeline()
    served = await serve(userRoutes(readingOf(pipeline, { settled: () => appending, now: () => now })))
    await deliver('1')
  })
  after(async () => {
    served.close()
    await pipeline.close()
  })

  it('waits for the end of the millisecond: what is recorded in it counts', async () => {
    const asked = legacyState()
    await sleep(15)
    await deliver('2')
    now = (RECEIVED_AT + 1000) as Instant
    expect(await asked).to.equal('validated')
    expect(await legacyState()).to.equal('validated')
  })

  it('waits for the appends that are under way: what they record counts', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    appending = promise
    const asked = legacyState()
    await sleep(15)
    await deliver('3')
    resolve()
    expect(await asked).to.equal('refused')
  })

  it('is not given while the clock stands still', async () => {
    now = RECEIVED_AT
    const response = await question()
    expect(response.headers.get('retry-after')).to.equal('1')
    await expectProblem(response, 503)
  })
})
