import { createHash } from 'node:crypto'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { pino } from 'pino'
import type { UserId } from '../../../domain/identifiers.ts'
import { byKeys } from '../../../src/access/authentication.ts'
import type { ApiKey, Scope } from '../../../src/config/apiKeys.ts'
import type { StepRefused } from '../../../src/erasing/asking.ts'
import { knownErasures } from '../../../src/erasing/knownErasures.ts'
import type { JournalSources } from '../../../src/http/deliveries/journalRoutes.ts'
import { journalRoutes } from '../../../src/http/deliveries/journalRoutes.ts'
import { type ErasingSources, erasingRoutes } from '../../../src/http/erasing/erasing.ts'
import { evidenceRoutes } from '../../../src/http/evidence/evidence.ts'
import { retentionRoutes } from '../../../src/http/retention/retention.ts'
import { userRoutes } from '../../../src/http/users/users.ts'
import { openPipeline, type Pipeline } from '../../support/pipeline/pipeline.ts'
import { failingOn } from '../../support/pipeline/projecting.ts'
import { readingOf, serve } from '../../support/pipeline/servedPipeline.ts'
import { newSealKey, sealing } from '../../support/seals/sealing.ts'
import { expectProblem } from '../../support/service/answers.ts'
import { document, user } from '../../support/webhooks/plainWebhooks.ts'

const KEY: ApiKey = {
  name: 'legal',
  scopes: ['retention:read', 'retention:request', 'retention:confirm', 'journal:write', 'audit:read'] satisfies Scope[],
  sha256: createHash('sha256').update('legal').digest('hex'),
}
const WRONG_CLOCK = { clock: 'leapt', reason: 'the clock went back' } as const

/** What can go wrong in a service that runs is described; here it goes wrong. */
describe('a path whose parts fail', () => {
  const log = pino({ level: 'silent' })
  const servers: (() => void)[] = []
  let pipeline: Pipeline
  before(async () => {
    pipeline = await openPipeline()
    await pipeline.deliver(user('2', '2025-01-01T00:00:00Z'))
    await pipeline.deliver(document('80009', 'PENDING', '2025-01-02T00:00:00Z'))
    const { object_payload: _payload, ...ofNobody } = document('80009', 'VALIDATED', '2025-01-03T00:00:00Z')
    await pipeline.deliver({
      ...ofNobody,
      object_payload: { documents: [{ documentId: '80009', documentStatus: 'VALIDATED' }] },
    })
    await pipeline.projected()
  })
  after(async () => {
    for (const close of servers) close()
    await pipeline.close()
  })

  const at = async (routes: Parameters<typeof serve>[0]): Promise<string> => {
    const { url, close } = await serve(routes)
    servers.push(close)
    return url
  }
  const ask = (url: string, method = 'GET'): Promise<Response> =>
    fetch(url, {
      method,
      headers: { authorization: 'Bearer legal' },
      ...(method === 'POST' ? { body: '{"reason":"x"}' } : {}),
    })
  const keyed = () => ({ ...readingOf(pipeline), authentication: byKeys(() => [KEY]), clockFault: () => null })
  const erased = () => {
    const row = { userId: '7' as UserId, erasedAt: '2031-01-01T00:00:00.000Z', erasure: 2, revision: 3 }
    const { readModel } = readingOf(pipeline)
    return { ...readModel, reader: () => ({ ...pipeline.reader, erasedUser: () => row }) }
  }
  const erasing = (answer: () => E.Either<StepRefused, number>, changes: Partial<ErasingSources> = {}) => {
    const step = async () => answer()
    const due = async () => E.left({ _tag: 'NotRecorded' as const, reason: 'out of reach' })
    return erasingRoutes({
      ...keyed(),
      readModel: { ...keyed().readModel, reader: () => ({ ...pipeline.reader, erasedUser: () => null }) },
      known: knownErasures(pipeline.store, () => undefined),
      asking: { request: step, confirm: step, withdraw: step },
      askingForDue: { request: due, confirm: due, automatic: due },
      isSealed: true,
      begin: () => undefined,
      ...changes,
    })
  }

  it('takes no step of an erasure that is forbidden, not known, or cannot be recorded', async () => {
    let answer: E.Either<StepRefused, number> = E.left({ _tag: 'Unknown' })
    const url = await at(erasing(() => answer))
    const unsealed = await at(erasing(() => answer, { isSealed: false }))
    const paths = ['/users/7/erasure', '/users/7/erasure/0/confirm', '/users/7/erasure/0/withdraw']
    for (const path of paths.slice(1)) await expectProblem(await ask(url + path, 'POST'), 404, 'unknown-erasure')
    await expectProblem(await ask(`${url}/users/7/erasure/0`), 404, 'unknown-erasure')
    answer = E.left({ _tag: 'NotRecorded', reason: 'out of reach' })
    for (const path of [...paths, '/erasures/due', '/erasures/due/confirm']) {
      await expectProblem(await ask(url + path, 'POST'), 503, 'erasure-not-recorded')
      await expectProblem(await ask(unsealed + path, 'POST'), 409, 'erasure-forbidden')
    }
  })

  it('asks for what is due, and tells its numbers', async () => {
    const all = async () => E.right([3, 4])
    const askingForDue = { request: all, confirm: all, automatic: all }
    const url = await at(erasing(() => E.right(0), { askingForDue }))
    for (const path of ['/erasures/due', '/erasures/due/confirm']) {
      const response = await ask(url + path, 'POST')
      expect(response.status).to.equal(200)
      expect(await response.json()).to.deep.equal({ erasures: [3, 4] })
    }
  })

  it('tells nothing and takes nothing of one who was erased', async () => {
    const readModel = erased()
    const sealed = { sealed: sealing(pipeline.store, newSealKey()), sealEvery: 60, log }
    const steps = erasing(() => E.right(0), { readModel })
    const url = await at((app) => {
      retentionRoutes({ ...keyed(), readModel })(app)
      steps(app)
      evidenceRoutes({ ...keyed(), readModel, ...sealed })(app)
    })
    for (const path of ['/users/7/holds', '/users/7/erasure']) {
      await expectProblem(await ask(url + path, 'POST'), 410, 'user-erased')
    }
    for (const path of ['/users/7/events/0/proof', '/users/7/evidence']) {
      await expectProblem(await ask(url + path), 410, 'user-erased')
    }
  })

  it('records nothing by a wrong clock', async () => {
    const clockFault = () => WRONG_CLOCK
    const unused = { authentication: byKeys(() => [KEY]), clockFault } as unknown as JournalSources
    const url = await at((app) => {
      retentionRoutes({ ...keyed(), clockFault })(app)
      journalRoutes(unused)(app)
    })
    for (const path of [
      '/users/42/holds',
      '/users/42/holds/0/lift',
      '/deliveries/resubmit?reason=signature',
      '/deliveries/1/resubmit',
    ]) {
      await expectProblem(await ask(url + path, 'POST'), 503, 'clock-wrong')
    }
  })

  it('does not show of an event of nobody that it is in the log, where it is not', async () => {
    const sealed = sealing(pipeline.store, newSealKey())
    const proof = async (revision: number, tree = sealed.tree): Promise<Response> => {
      const sources = { ...keyed(), sealed: { ...sealed, tree }, sealEvery: 60, log }
      return ask(`${await at(evidenceRoutes(sources))}/unattributed/events/${revision}/proof`)
    }
    await expectProblem(await proof(9), 404, 'unknown-event')
    await expectProblem(await proof(0), 503, 'not-sealed')
    await sealed.seal()
    await expectProblem(await proof(0, { ...sealed.tree, indexOf: () => null }), 500, 'sealed-otherwise')
    expect((await proof(0)).status).to.equal(200)
  })

  it('fails on an event of a user, and says so', async () => {
    const store = failingOn(() => true, pipeline.store)
    const url = await at(userRoutes({ ...keyed(), store, recorded: store }))
    await expectProblem(await ask(`${url}/users/42/events`), 500, 'unreadable-event')
  })
})
