import { expect } from 'chai'
import type { UserId } from '../../../domain/identifiers.ts'
import { userRoutes } from '../../../src/http/users/users.ts'
import { readErased } from '../../../src/ledger/erased.ts'
import { recordErased } from '../../support/erasures/recordErased.ts'
import { newCast, openPipeline, type Pipeline } from '../../support/pipeline/pipeline.ts'
import { readingOf, serve } from '../../support/pipeline/servedPipeline.ts'
import { expectProblem } from '../../support/service/answers.ts'
import { user as userWebhook } from '../../support/webhooks/plainWebhooks.ts'

describe('a user whose erasure this node has heard of', () => {
  const { user } = newCast()
  let pipeline: Pipeline
  before(async () => {
    pipeline = await openPipeline()
  })
  after(() => pipeline.close())

  it('is answered as erased at once, while the read model still has his row', async () => {
    const webhook = JSON.stringify(userWebhook('2', '2024-06-02T12:00:00.000Z'))
    await pipeline.deliver(JSON.parse(webhook.replaceAll('"42"', `"${user}"`)))
    await pipeline.projected()
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
})
