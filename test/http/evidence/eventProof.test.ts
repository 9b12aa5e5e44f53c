import { expect } from 'chai'
import { type Logger, pino } from 'pino'
import { leafOf } from '../../../src/evidence/record.ts'
import { evidenceRoutes } from '../../../src/http/evidence/evidence.ts'
import { parseVerifierKey } from '../../../src/tlog/keys.ts'
import { parseProof } from '../../../src/tlog/proof.ts'
import { verifyCheckpoint } from '../../../src/tlog/verifyCheckpoint.ts'
import { isIncluded } from '../../../src/tlog/verifyProof.ts'
import { openPipeline, type Pipeline } from '../../support/pipeline/pipeline.ts'
import { readingOf, type Served, serve } from '../../support/pipeline/servedPipeline.ts'
import { right } from '../../support/right.ts'
import { newSealKey, newWitness, type Sealed, sealing } from '../../support/seals/sealing.ts'
import { expectProblem, okText } from '../../support/service/answers.ts'
import { day, document, user as review } from '../../support/webhooks/plainWebhooks.ts'

const USER = '42'

describe('the proof of an event', () => {
  const key = newSealKey()
  const witness = newWitness('witness.example')
  const lines: string[] = []
  const log: Logger = pino({}, { write: (line: string) => void lines.push(line) })
  let pipeline: Pipeline
  let sealed: Sealed
  let served: Served
  const proofOf = (path: string): Promise<Response> => fetch(`${served.url}${path}/proof`)
  const serving = (changes: Partial<Parameters<typeof evidenceRoutes>[0]> = {}): Promise<Served> =>
    serve(evidenceRoutes({ ...readingOf(pipeline), sealed, sealEvery: 60, log, ...changes }))

  before(async () => {
    pipeline = await openPipeline()
    sealed = sealing(pipeline.store, key, { witnesses: [witness] })
    for (const [index, code] of ['0', '1', '2'].entries()) await pipeline.deliver(review(code, day(index + 1)))
    await pipeline.deliver(document('80009', '2', day(4), { userId: undefined }))
    await sealed.seal()
    await pipeline.deliver(review('3', day(5)))
    served = await serving()
  })
  after(async () => {
    served.close()
    await pipeline.close()
  })

  it('shows to whoever has its record that it is in the log that was signed', async () => {
    const keys = [...key.keys.map(parseVerifierKey).map(right), witness.verifier]
    const indexes: number[] = []
    for await (const event of pipeline.store.readStream(`kyc-${USER}`, { limit: 3 })) {
      const response = await proofOf(`/users/${USER}/events/${event.revision}`)
      expect(response.headers.get('content-type')).to.equal('text/plain; charset=utf-8')
      const { index, inclusion, checkpoint } = right(parseProof(await okText(response)))
      const { checkpoint: head, signed } = right(verifyCheckpoint(checkpoint, keys))
      expect(signed).to.have.length(3)
      expect(isIncluded(leafOf(event), index, head, inclusion), String(event.revision)).to.equal(true)
      indexes.push(index)
    }
    expect(indexes).to.deep.equal([0, 1, 2])
  })

  it('is there for an event that names no user', async () => {
    const [event] = await Array.fromAsync(pipeline.store.readStream('kyc-unattributed'))
    if (event === undefined) throw new Error('the log holds an event of nobody')
    const { index, inclusion } = right(parseProof(await okText(await proofOf('/unattributed/events/0'))))
    expect(isIncluded(leafOf(event), index, sealed.latest() ?? expect.fail(), inclusion)).to.equal(true)
  })

  it('is not there before the event is sealed: when it will be is told', async () => {
    const response = await proofOf(`/users/${USER}/events/3`)
    expect(response.headers.get('retry-after')).to.equal('60')
    expect(await response.clone().text()).to.contain('every 60 s')
    await expectProblem(response, 503, 'not-sealed')
    const unsealed = await serving({ sealed: { ...sealed, latest: () => null } })
    await expectProblem(await fetch(`${unsealed.url}/users/${USER}/events/0/proof`), 503, 'not-sealed')
    unsealed.close()
    // The checkpoint covers less than the tree holds.
    const behind = sealing(pipeline.store, key)
    await behind.seal(2)
    const early = await serving({ sealed: behind })
    await okText(await fetch(`${early.url}/users/${USER}/events/1/proof`))
    await expectProblem(await fetch(`${early.url}/users/${USER}/events/2/proof`), 503, 'not-sealed')
    early.close()
  })

  it('is not there for an event that is none', async () => {
    for (const revision of ['4', '-1', 'x', '99999999999999999999']) {
      await expectProblem(await proofOf(`/users/${USER}/events/${revision}`), 404, 'unknown-event')
    }
    await expectProblem(await proofOf('/users/43/events/0'), 404, 'unknown-event')
    await expectProblem(await proofOf('/users/x/events/0'), 400, 'bad-user-id')
    await expectProblem(await fetch(`${served.url}/users/${USER}/events/0/proof?x=1`), 400, 'bad-parameter')
  })

  it('is not there for an event that is not the one that was sealed, which is said in the log', async () => {
    const altered = await serving({
      store: {
        ...pipeline.store,
        readStream: async function* (stream, options) {
          for await (const event of pipeline.store.readStream(stream, options)) {
            yield event.revision === 1 ? { ...event, type: 'another' } : event
          }
        },
      },
    })
    lines.length = 0
    await expectProblem(await fetch(`${altered.url}/users/${USER}/events/1/proof`), 500, 'sealed-otherwise')
    expect(
      lines.map((line) => JSON.parse(line)).map(({ level, stream, revision }) => [level, stream, revision]),
    ).to.deep.equal([[50, `kyc-${USER}`, 1]])
    await okText(await fetch(`${altered.url}/users/${USER}/events/2/proof`))
    altered.close()
  })

  it('is not there where the tree does not lead to the signed root', async () => {
    const { tree } = sealed
    const damaged = await serving({
      sealed: { ...sealed, tree: { ...tree, subtree: (height, index) => tree.subtree(height, index ^ 1) } },
    })
    const response = await fetch(`${damaged.url}/users/${USER}/events/0/proof`)
    expect(response.headers.get('retry-after')).to.equal('60')
    await expectProblem(response, 503, 'tree-differs')
    damaged.close()
  })
})
