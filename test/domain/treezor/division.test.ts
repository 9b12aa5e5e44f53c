import { expect } from 'chai'
import fc from 'fast-check'
import type { UserId } from '../../../domain/identifiers.ts'
import { isSuccess } from '../../../domain/regions.ts'
import { divided, type Share, spokenOf } from '../../../domain/treezor/division.ts'
import { interpret } from '../../../domain/treezor/interpretation.ts'
import { familyFor } from '../../../domain/treezor/meaning.ts'
import type { Statement } from '../../../domain/treezor/statement.ts'
import type { Webhook } from '../../../domain/treezor/webhook.ts'
import { assertLaw } from '../../support/assertLaw.ts'
import { nearMisses } from '../../support/histories/histories.ts'

const payloadOf = (share: Share, payload: unknown): unknown => {
  if (share.list === null) return JSON.parse(share.note)
  const elements = (payload as Readonly<Record<string, readonly unknown[]>>)[share.list] ?? []
  return { [share.list]: share.belongings.map((one) => ('note' in one ? JSON.parse(one.note) : elements[one.at])) }
}

/** What a statement says, wherever in its payload. */
const said = ({ notUnderstood, ...statement }: Statement): unknown => ({
  ...statement,
  path: null,
  notUnderstood: notUnderstood && { ...notUnderstood, path: null },
})

const names = fc.constantFrom('user.kycreview', 'document.update', 'kycreview.result', 'qes.created', 'payin.create')

/** Lists of what is good, of what cannot be read, and of what names several; beside them payloads of no list. */
const elements = fc.oneof(
  fc.record({ userId: fc.constantFrom<unknown>('42', 43, '44'), kycReview: fc.constantFrom('1', '2', '3', 'x') }),
  fc.record({
    userId: fc.constantFrom('42', '43'),
    documentId: fc.constantFrom('1', null),
    documentStatus: fc.constant('PENDING'),
  }),
  fc.record({ documentId: fc.constant('2'), documentStatus: fc.constant('VALIDATED') }),
  fc.record({
    userId: fc.constantFrom<unknown>('042', ['42', '43'], '0'),
    user: fc.constantFrom<unknown>({ id: 44 }, { id: 42, userStatus: 'CANCELED' }, null),
    kycLevel: fc.constantFrom('1', '4'),
  }),
  fc.record({ users: fc.constant({ 42: { score: 1 }, 43: {} }), kycReviewType: fc.constant('PERIODIC') }),
  fc.constantFrom<unknown>(null, 7, {}),
)
const payloads = fc.oneof(
  { weight: 3, arbitrary: fc.record({ users: fc.array(elements, { minLength: 1, maxLength: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ documents: fc.array(elements, { minLength: 1, maxLength: 5 }) }) },
  { weight: 1, arbitrary: elements },
  { weight: 1, arbitrary: nearMisses },
)

describe('a webhook that speaks of several users', () => {
  const webhooks = fc.record({ name: names, objectId: fc.constant(null), payload: payloads })

  it('says to each of them in his part alone what all of it says to him, and nothing to anybody else', async () => {
    let several = 0
    await assertLaw(
      fc.property(webhooks, (webhook: Webhook) => {
        const whole = interpret(webhook)
        const spoken = spokenOf(whole)
        if (spoken.length < 2) return
        several += 1
        const shareOf = divided(webhook, whole)
        for (const userId of spoken) {
          const part = interpret({ ...webhook, payload: payloadOf(shareOf(userId), webhook.payload) })
          expect(spokenOf(part)).to.deep.equal([userId])
          expect(familyFor(part, userId)).to.equal(familyFor(whole, userId))
          const own = (statement: Statement): boolean => statement.userId === userId
          expect(part.statements.map(said)).to.deep.equal(whole.statements.filter(own).map(said))
          if (userId === null) expect(part.orphans.length).to.equal(whole.orphans.length)
        }
      }),
      { same: 1000, others: 1000 },
      () => {
        expect(several).to.be.greaterThan(200)
      },
    )
  })

  it('of which nobody can tell what is whose leaves with each a note that names him, and holds no value of it', () => {
    const payload = { data: { userId: ['42', '43'], kycReview: '2', email: 'a@example.org' } }
    const webhook: Webhook = { name: 'user.update', objectId: null, payload }
    const shareOf = divided(webhook, interpret(webhook))
    const share = shareOf('43' as UserId)
    expect(share).to.deep.equal({ list: null, note: '{"user":{"id":["43"]},"kycreview":null}' })
    const { statements } = interpret({ ...webhook, payload: payloadOf(share, payload) })
    expect(statements.map(({ userId, says }) => [userId, says])).to.deep.equal([['43', 'unknown']])
    expect(statements.some(({ says }) => isSuccess(says))).to.equal(false)
  })
})
