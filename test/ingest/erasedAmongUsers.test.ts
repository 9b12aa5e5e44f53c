import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { appendRefused } from '../../src/eventStore/appendOutcome.ts'
import type { Fact } from '../../src/ingest/fact.ts'
import type { RecordError, Recorded } from '../../src/ingest/recordFact.ts'
import { sign } from '../../src/webhooks/signature.ts'
import { received } from '../support/ingest/receiving.ts'

const SECRET = 'a-secret-of-some-users'

type Answer = (fact: Fact) => E.Either<RecordError, Recorded>

/** Delivers a webhook of the users 1 to `count`, of whom `erased` were erased, to who answers each fact so. */
const deliver = async (count: number, erased: readonly string[], answer: Answer) => {
  const told: (string | null)[] = []
  const users = Array.from({ length: count }, (_, at) => ({ userId: String(at + 1), userStatus: 'VALIDATED' }))
  const payload = { users }
  const body = JSON.stringify({
    webhook: 'user.update',
    object_payload: payload,
    object_payload_signature: sign(JSON.stringify(payload), SECRET),
  })
  const came = await received(body, {
    secret: SECRET,
    record: (fact) => async () => {
      told.push(fact.metadata.userId)
      return answer(fact)
    },
    isErased: (userId) => erased.includes(userId),
  })
  return { ...came, told }
}

const appended: Answer = ({ stream }) =>
  E.right({ outcome: 'appended', standing: { stream, revision: 0, position: '1', eventId: stream } })
const tooLarge: Answer = () => E.left(appendRefused('it is too large'))

describe('a webhook that names somebody who was erased', () => {
  it('is let go of, and told to the only other one', async () => {
    const { outcome, ...rest } = await deliver(2, ['1'], appended)
    expect(outcome._tag).to.equal('Appended')
    expect(rest).to.deep.equal({ told: ['2'], kept: [], letGo: 1 })
  })

  it('is kept nowhere where the stream of the other one takes nothing', async () => {
    const { outcome, ...rest } = await deliver(2, ['1'], tooLarge)
    expect(outcome).to.deep.equal({ _tag: 'NotStored', reason: 'it is too large' })
    expect(rest).to.deep.equal({ told: ['2'], kept: [], letGo: 1 })
  })

  it('is kept nowhere where it speaks of too many others', async () => {
    const { outcome, ...rest } = await deliver(1002, ['1'], appended)
    expect(outcome._tag).to.equal('NotStored')
    expect(rest).to.deep.equal({ told: [], kept: [], letGo: 1 })
  })
})

describe('a webhook that names nobody who was erased', () => {
  it('is told to a thousand, and kept where they are more', async () => {
    const { told, kept, letGo } = await deliver(1000, [], appended)
    expect([told.length, kept, letGo]).to.deep.equal([1000, [], 0])
    const tooMany = await deliver(1001, [], appended)
    expect([tooMany.told, tooMany.kept]).to.deep.equal([[], ['store-refused']])
  })
})
