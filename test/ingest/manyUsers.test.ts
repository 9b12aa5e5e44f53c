import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { appendRefused, storeUnavailable } from '../../src/eventStore/appendOutcome.ts'
import type { Fact } from '../../src/ingest/fact.ts'
import type { RecordError, Recorded } from '../../src/ingest/recordFact.ts'
import { sign } from '../../src/webhooks/signature.ts'
import { received } from '../support/ingest/receiving.ts'

const SECRET = 'a-secret-of-many-users'
const MANY = 100
/** Has to be as many as are told together in `receiveDelivery`, or more. */
const TOGETHER = 32

/** Users 1 to 100, and one element that names nobody. */
const webhook = (objectId?: string): string => {
  const users = Array.from({ length: MANY }, (_, at) => ({
    userId: String(at + 1),
    userStatus: 'VALIDATED',
    kycReview: '2',
  }))
  const payload = { users: [{ userStatus: 'VALIDATED', kycReview: '2' }, ...users] }
  return JSON.stringify({
    webhook: 'user.kycreview',
    webhook_id: 'one',
    object_id: objectId,
    object_payload: payload,
    object_payload_signature: sign(JSON.stringify(payload), SECRET),
  })
}

/** Delivers it to a recorder that answers each fact so. */
const deliver = async (answer: (fact: Fact) => E.Either<RecordError, Recorded>, objectId?: string) => {
  const facts: Fact[] = []
  let underWay = 0
  let mostAtATime = 0
  const came = await received(webhook(objectId), {
    secret: SECRET,
    record: (fact) => async () => {
      facts.push(fact)
      underWay += 1
      mostAtATime = Math.max(mostAtATime, underWay)
      await new Promise(setImmediate)
      underWay -= 1
      return answer(fact)
    },
  })
  return { ...came, mostAtATime, facts, told: facts.map(({ metadata }) => metadata.userId) }
}

const USERS = Array.from({ length: MANY }, (_, at) => String(at + 1))
const appended = ({ stream }: Fact): E.Either<RecordError, Recorded> =>
  E.right({ outcome: 'appended', standing: { stream, revision: 0, position: '1', eventId: stream } })

describe('a webhook that speaks of many users', () => {
  it('tells each of them what is his, few at a time, and nobody last', async () => {
    const { outcome, told, facts, mostAtATime } = await deliver(appended)
    expect(outcome._tag).to.equal('Appended')
    expect(told).to.deep.equal([...USERS, null])
    expect(mostAtATime).to.be.within(2, TOGETHER)
    const [third] = facts.filter(({ metadata }) => metadata.userId === '3')
    expect(JSON.parse(third?.data ?? '').object_payload).to.deep.equal({
      users: [{ userId: '3', userStatus: 'VALIDATED', kycReview: '2' }],
    })
    expect(new Set(facts.map(({ whole }) => whole)), 'one whole for all').to.have.length(1)
    expect(new Set(facts.map(({ metadata }) => metadata.elementHash))).to.have.length(MANY + 1)
  })

  it('tells all others where the stream of one takes nothing, and is kept', async () => {
    const { outcome, told, kept } = await deliver((fact) =>
      fact.metadata.userId === '2' ? E.left(appendRefused('it is too large')) : appended(fact),
    )
    expect(outcome).to.deep.equal({ _tag: 'NotStored', reason: 'it is too large' })
    expect(told).to.deep.equal(USERS)
    expect(kept).to.deep.equal(['store-refused'])
  })

  it('asks no further where the store is out of reach: it comes again', async () => {
    const { outcome, told, kept } = await deliver((fact) =>
      fact.metadata.userId === '2' ? E.left(storeUnavailable('out of reach')) : appended(fact),
    )
    expect(outcome).to.deep.equal({ _tag: 'NotStored', reason: 'out of reach' })
    expect(told).to.have.length.within(2, TOGETHER)
    expect(kept).to.deep.equal([])
  })

  it('is kept where one stream takes nothing and the store is lost later, and asks nobody any more from there on', async () => {
    const { outcome, told, kept } = await deliver((fact) => {
      const { userId } = fact.metadata
      if (userId === '2') return E.left(appendRefused('it is too large'))
      return userId === '40' ? E.left(storeUnavailable('out of reach')) : appended(fact)
    })
    expect(outcome).to.deep.equal({ _tag: 'NotStored', reason: 'it is too large' })
    expect(told).to.have.length.within(40, 2 * TOGETHER)
    expect(kept).to.deep.equal(['store-refused'])
  })

  it('asks no further where the store is out of reach for one, and the stream of another takes nothing', async () => {
    const { outcome, told, kept } = await deliver((fact) => {
      const { userId } = fact.metadata
      if (userId === '2') return E.left(storeUnavailable('out of reach'))
      return userId === '3' ? E.left(appendRefused('it is too large')) : appended(fact)
    })
    expect(outcome).to.deep.equal({ _tag: 'NotStored', reason: 'out of reach' })
    expect(told).to.have.length.within(3, TOGETHER)
    expect(kept).to.deep.equal([])
  })

  it('is kept nowhere any more once one of them is found to be erased, whatever becomes of the others', async () => {
    const { outcome, told, kept, letGo } = await deliver((fact) => {
      const { userId } = fact.metadata
      if (userId === '2') return E.right({ outcome: 'erased' })
      return userId === '40' ? E.left(appendRefused('it is too large')) : appended(fact)
    })
    expect(outcome).to.deep.equal({ _tag: 'NotStored', reason: 'it is too large' })
    expect(told).to.deep.equal(USERS)
    expect(kept).to.deep.equal([])
    expect(letGo).to.equal(1)
  })

  it('tells an object_id to the one whose it is, and to all where it is that of none of them', async () => {
    for (const [objectId, those] of [
      ['3', ['3']],
      ['101', [...USERS, null]],
    ] as const) {
      const { facts } = await deliver(appended, objectId)
      const keeping = facts.filter(({ data }) => JSON.parse(data).object_id === objectId)
      expect(keeping.map(({ metadata }) => metadata.userId)).to.deep.equal(those)
    }
  })
})
