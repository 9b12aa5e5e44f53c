import { expect } from 'chai'
import { storeDamaged } from '../../../src/eventStore/readFailure.ts'
import type { Position } from '../../../src/eventStore/recordedEvent.ts'
import type { Sources } from '../../../src/http/users/sources.ts'
import { userRoutes } from '../../../src/http/users/users.ts'
import { Erased } from '../../../src/ledger/erased.ts'
import { besideStreams } from '../../../src/readModel/besideStreams.ts'
import { openPipeline, type Pipeline } from '../../support/pipeline/pipeline.ts'
import { readingOf, serve } from '../../support/pipeline/servedPipeline.ts'
import { expectProblem } from '../../support/service/answers.ts'

const USER = '4711'

describe('a user who is asked about while the read model catches up', () => {
  let pipeline: Pipeline
  let end: Position
  before(async () => {
    pipeline = await openPipeline()
    await pipeline.deliver({
      webhook: 'user.update',
      webhook_id: 'a',
      webhook_created_at: 17194724399020,
      object_id: USER,
      object_payload: { users: [{ userId: USER, kycReview: '2' }] },
    })
    await pipeline.projected()
    end = (await pipeline.store.lastEvent())?.position ?? end
  })
  after(() => pipeline.close())

  const ask = async (path: string, change: (sources: Sources) => Partial<Sources>): Promise<Response> => {
    const beside = besideStreams(pipeline.store, pipeline.store, new Erased(), {
      isOfLogAlone: () => true,
      isBuilt: () => false,
    })
    const reading = readingOf(pipeline, { beside })
    const readModel = { ...reading.readModel, hasCaughtUp: () => false, reached: async () => false }
    const sources = { ...reading, readModel }
    const served = await serve(userRoutes({ ...sources, ...change(sources) }))
    const response = await fetch(`${served.url}/users/${USER}/kyc${path}`)
    const body = await response.arrayBuffer()
    served.close()
    return new Response(body, response)
  }

  it('is told of by a read model that has come up to minPosition, or by the log, and not by one that was ready meanwhile', async () => {
    const path = `?minPosition=${end}`
    expect((await ask(path, () => ({}))).status).to.equal(200)
    let isReady = false
    const response = await ask(path, ({ beside, readModel }) => ({
      readModel: { ...readModel, hasCaughtUp: () => isReady },
      beside: async () => {
        isReady = true
        return beside()
      },
    }))
    await expectProblem(response, 503, 'position-not-reached')
  })

  it('is waited for where the log cannot be read beside his stream', async () => {
    const damaged = { beside: () => Promise.reject(storeDamaged('a page')) }
    await expectProblem(await ask(`?minPosition=${end}`, () => damaged), 503, 'position-not-reached')
    await expectProblem(await ask('', () => damaged), 503, 'read-model-behind')
  })

  it('is waited for where his stream shows less than was folded of it', async () => {
    const knowing = (revision: number) =>
      ask('', ({ readModel }) => ({
        readModel: {
          ...readModel,
          reader: () => ({ ...pipeline.reader, standingOf: () => ({ revision, altered: false }) }),
        },
      }))
    expect((await knowing(0)).status).to.equal(200)
    await expectProblem(await knowing(1), 503, 'read-model-behind')
  })
})
