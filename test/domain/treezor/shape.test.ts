import { expect } from 'chai'
import fc from 'fast-check'
import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import { fold } from '../../../domain/state/fold.ts'
import { interpret } from '../../../domain/treezor/interpretation.ts'
import { familyOfPayload, shapeOf } from '../../../domain/treezor/shape.ts'
import { webhookOf } from '../../../domain/treezor/webhook.ts'
import { storedEvent, userId } from '../../support/events/storedEvents.ts'
import { documented, documentedNames, type WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'

const USER = userId('42')

/** The object that a documented webhook speaks of, out of its list. */
const objectOf = (name: string): Readonly<Record<string, unknown>> => {
  const { users, documents, ...flat } = documented(name).object_payload as Record<string, readonly never[]>
  return (users ?? documents)?.[0] ?? flat
}

const KYC = { ...objectOf('kycreview.result'), userId: 42 }
const CORE = [
  'kycStatus',
  'kycReview',
  'kycLevel',
  'kycReviewType',
  'kycReviewComment',
  'lastRequestDatetime',
  'lastReviewDatetime',
  'nextReviewDate',
]

const subsetsOf = <A>(items: readonly A[]): readonly (readonly A[])[] =>
  Array.from({ length: 2 ** items.length }, (_, chosen) => items.filter((_, index) => (chosen >> index) & 1))

const KYC_SUBSETS = subsetsOf(Object.keys(KYC).filter((key) => key !== 'userId'))
const picked = (object: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(keys.map((key) => [key, object[key]]))

/** Keys that no other documented object has. */
const ofUsersAlone = (): readonly string[] => {
  const others = new Set(
    documentedNames.filter((name) => !name.startsWith('user.')).flatMap((n) => Object.keys(objectOf(n))),
  )
  return Object.keys(objectOf('user.kycreview')).filter((key) => !others.has(key))
}

const NAMES = ['kycreview.result', 'kycreview.expired', 'user.kycreview', 'qes.finalized', 'foo', null]

describe('a KYC object', () => {
  it('is recognised by any two of its documented keys of which one is its own, and by a name and a user beside it', () => {
    for (const keys of KYC_SUBSETS.flatMap((some) => [some, [...some, 'userId']])) {
      const payload = picked(KYC, keys)
      const isOne = keys.length > 1 && keys.some((key) => CORE.includes(key))
      for (const saidToBeKyc of [false, true]) {
        const expected = isOne || (saidToBeKyc && keys.includes('userId')) ? 'kyc' : null
        expect(shapeOf(payload, saidToBeKyc), `${saidToBeKyc} ${keys.join()}`).to.equal(expected)
      }
    }
  })

  it('with its user and a key that decides speaks of him, whichever of its documented keys are missing', () => {
    const subsets = KYC_SUBSETS.filter((keys) => keys.includes('kycStatus') || keys.includes('kycReview'))
    expect(subsets).to.have.length(3 * 2 ** 10)
    for (const keys of subsets) {
      for (const name of NAMES) {
        const { family, statements, unattributable } = interpret(
          webhookOf({ webhook: name, object_payload: picked(KYC, [...keys, 'userId']) }),
        )
        expect([family, unattributable], keys.join()).to.deep.equal(['kyc', []])
        expect(
          statements.map(({ region, says, userId: of }) => [region, says, of]),
          keys.join(),
        ).to.deep.equal([['lifecycle', 'validated', '42']])
      }
    }
  })

  it('that refuses never leaves a user verified, whichever of its documented keys are missing', () => {
    const validation = (payload: object): WebhookJson => ({
      webhook: 'any',
      webhook_created_at: 1_700_000_000,
      object_payload: payload,
    })
    const validations = [validation({ users: [{ userId: '42', kycReview: '2', kycLevel: '2' }] }), validation(KYC)].map(
      (webhook) => storedEvent(webhook, { user: USER }),
    )
    const refusals = [{ kycStatus: 'REFUSED' }, { kycReview: 3 }, { kycStatus: 'REFUSED', kycReview: 3 }]
    const rest = subsetsOf(Object.keys(KYC).filter((key) => !['userId', 'kycStatus', 'kycReview'].includes(key)))
    for (const keys of rest) {
      for (const refusal of refusals) {
        const payload = { userId: 42, ...picked(KYC, keys), ...refusal }
        const refused = storedEvent(
          { webhook: 'foo', webhook_created_at: 1_800_000_000, object_payload: payload },
          { user: USER, revision: 1 },
        )
        for (const validated of validations) {
          expect(currentStatus(fold(USER, [validated])).verified).to.equal(true)
          expect(currentStatus(fold(USER, [validated, refused])).status, JSON.stringify(payload)).to.equal('refused')
        }
      }
    }
  })

  it('that is one by its name alone is unknown, never a success', () => {
    const others = fc.dictionary(fc.string(), fc.constantFrom<unknown>('VALIDATED', 2, '2', null, {}), {
      maxKeys: 5,
      noNullPrototype: true,
    })
    fc.assert(
      fc.property(others, (other) => {
        const payload = { ...other, userId: 42 }
        fc.pre(shapeOf(payload, false) === null && familyOfPayload(payload, 'kycreview.result') === 'kyc')
        const { statements } = interpret(webhookOf({ webhook: 'kycreview.result', object_payload: payload }))
        expect(statements.map(({ region, says }) => [region, says])).to.deep.equal([['lifecycle', 'unknown']])
      }),
    )
  })

  it('is none beside any key that only a user has: that is a user without its list', () => {
    const keys = [...ofUsersAlone(), 'isFrozen']
    expect(keys).to.include.members(['userStatus', 'userTypeId', 'email', 'lastname', 'walletCount'])
    for (const key of keys) {
      for (const name of NAMES) expect(familyOfPayload({ ...KYC, [key]: null }, name), key).to.equal(null)
    }
    for (const name of NAMES) expect(familyOfPayload(objectOf('user.kycreview'), name)).to.equal(null)
  })
})

describe('any other documented object', () => {
  for (const [name, family, keys] of [
    [
      'kycliveness.update',
      'liveness',
      ['kyc-status', 'user_id', 'started-at', 'updated-at', 'refusal-details', 'score'],
    ],
    ['qes.finalized.success', 'qes', ['transactionNumber', 'identId', 'identificationTime', 'result']],
  ] as const) {
    it(`is recognised by any two of its own keys: ${family}`, () => {
      for (const some of subsetsOf<string>(keys)) {
        const payload = picked(objectOf(name), some)
        expect(familyOfPayload(payload, 'qes.x'), some.join()).to.equal(some.length > 1 ? family : null)
      }
    })
  }

  it('is not recognised where it could be another one as well', () => {
    const objects = [
      KYC,
      objectOf('kycliveness.update'),
      objectOf('qes.finalized.success'),
      { users: [objectOf('user.kycreview')] },
      { documents: [objectOf('document.create')] },
    ]
    for (const [index, one] of objects.entries()) {
      for (const name of NAMES) expect(familyOfPayload(one, name), JSON.stringify(one)).to.not.equal(null)
      for (const another of objects.slice(index + 1)) {
        for (const name of NAMES) expect(familyOfPayload({ ...one, ...another }, name)).to.equal(null)
      }
    }
  })
})
