import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { pino } from 'pino'
import { NO_CORRECTIONS } from '../../../domain/event/receiptCorrection.ts'
import { formatMilliseconds, type Instant } from '../../../domain/instant.ts'
import { httpApp } from '../../../src/http/app.ts'
import { userRoutes } from '../../../src/http/users/users.ts'
import { keptStreams } from '../../../src/readModel/userEvents.ts'
import { newCast, openPipeline, type Pipeline, RECEIVED_AT } from '../../support/pipeline.ts'
import { user as userWebhook } from '../../support/plainWebhooks.ts'
import { expectProblem, type KycStatus } from '../../support/service.ts'

describe('an answer about what is known this very millisecond', () => {
  const { user } = newCast()
  let pipeline: Pipeline
  let server: Server
  let now: Instant = RECEIVED_AT
  let appending: Promise<void> = Promise.resolve()

  const deliver = (kycReview: string): Promise<unknown> => {
    const webhook = JSON.stringify(userWebhook(kycReview, `2024-06-0${kycReview}T12:00:00.000Z`))
    return pipeline.deliver(JSON.parse(webhook.replaceAll('"42"', `"${user}"`)), RECEIVED_AT)
  }
  const question = (): Promise<Response> => {
    const { port } = server.address() as AddressInfo
    return fetch(`http://127.0.0.1:${port}/users/${user}/kyc?knownAt=${formatMilliseconds(RECEIVED_AT)}`)
  }
  const legacyIn = async (answer: Promise<Response>): Promise<string> =>
    ((await (await answer).json()) as KycStatus).legacy.state

  before(async () => {
    pipeline = await openPipeline()
    const readModel = {
      position: () => null,
      hasCaughtUp: () => true,
      follows: () => true,
      starts: () => 1,
      reached: () => pipeline.projected().then(() => true),
      reader: () => pipeline.reader,
      stop: async () => undefined,
    }
    const routes = userRoutes({
      store: pipeline.store,
      streams: keptStreams(),
      readModel,
      apiKeys: [],
      uncertain: () => undefined,
      settled: () => appending,
      now: () => now,
      corrections: () => NO_CORRECTIONS,
    })
    server = createServer(httpApp([routes], pino({ level: 'silent' }))).listen(0, '127.0.0.1')
    await once(server, 'listening')
    await deliver('1')
  })
  after(async () => {
    server.close()
    server.closeAllConnections()
    await pipeline.close()
  })

  it('waits for the end of the millisecond: what is recorded in it counts', async () => {
    const asked = question()
    await sleep(15)
    await deliver('2')
    now = (RECEIVED_AT + 1000) as Instant
    expect(await legacyIn(asked)).to.equal('validated')
    expect(await legacyIn(question())).to.equal('validated')
  })

  it('waits for the appends that are under way: what they record counts', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    appending = promise
    const asked = question()
    await sleep(15)
    await deliver('3')
    resolve()
    expect(await legacyIn(asked)).to.equal('refused')
  })

  it('is not given while the clock stands still', async () => {
    now = RECEIVED_AT
    const response = await question()
    expect(response.headers.get('retry-after')).to.equal('1')
    await expectProblem(response, 503)
  })
})
