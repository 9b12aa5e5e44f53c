import { expect } from 'chai'
import fc from 'fast-check'
import { type CurrentStatus, currentStatus } from '../../../domain/answer/currentStatus.ts'
import { fold } from '../../../domain/state/fold.ts'
import { interpret } from '../../../domain/treezor/interpretation.ts'
import type { UnreadStatement } from '../../../domain/treezor/unread.ts'
import { webhookOf } from '../../../domain/treezor/webhook.ts'
import { assertLaw } from '../../support/assertLaw.ts'
import { storedEvent, userId } from '../../support/events/storedEvents.ts'
import { documented, type WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'

type Json = Readonly<Record<string, unknown>>

const USER = userId('42')

const objectOf = (name: string): Json => {
  const { users, documents, ...flat } = documented(name).object_payload as Record<string, readonly Json[]>
  const { userId: _, user_id: __, ...rest } = (users ?? documents)?.[0] ?? flat
  return rest as Json
}

/** What the provider documents, without its user: a name, how its user's id is spelled, an object. */
const OBJECTS: readonly (readonly [name: string, id: string, object: Json])[] = [
  ['user.kycreview', 'userId', objectOf('user.kycreview')],
  ['kycreview.result', 'userId', objectOf('kycreview.result')],
  ['document.update', 'userId', objectOf('document.update')],
  ['kycliveness.update', 'user_id', objectOf('kycliveness.update')],
  ['qes.finalized', 'userId', objectOf('qes.finalized.success')],
]

const without = (object: Json, key: string): Json => {
  const { [key]: _, ...rest } = object
  return rest
}

/** Ways to name user 42 that no codec reads as an id. */
const MISSPELLED: readonly unknown[] = [' 42', '42 ', '\u00a042', '042', '0000042', '+42', '42.0', [42], ['42']]
const OTHER_KEYS = ['user_id', 'user-id', 'userID', 'UserId', 'User_Id', 'userid']

/** Shapes of an object of user 42 that this version cannot read, though each names him. */
const unreadables = (id: string, object: Json): readonly (readonly [what: string, payload: unknown])[] => {
  const whole = { [id]: '42', ...object }
  const elements = [whole, { [id]: '43', ...object }]
  return [
    ...MISSPELLED.map((spelled): [string, unknown] => [
      `its id ${JSON.stringify(spelled)}`,
      { ...whole, [id]: spelled },
    ]),
    ...MISSPELLED.flatMap((spelled): [string, unknown][] =>
      ['users', 'documents'].map((list) => [
        `its id ${JSON.stringify(spelled)} in ${list}`,
        { [list]: [{ ...whole, [id]: spelled }] },
      ]),
    ),
    ...OTHER_KEYS.filter((key) => key !== id).map((key): [string, unknown] => [
      `its id called ${key}`,
      { [key]: 42, ...object },
    ]),
    ...['users', 'documents', 'kycs', 'identifications', 'kycliveness'].flatMap((list): [string, unknown][] => [
      [`${list} as a map`, { [list]: { 0: whole, 1: elements[1] } }],
      [`${list} as an object`, { [list]: whole }],
      [`${list} within a list`, { [list]: [[whole]] }],
    ]),
    ['kycs as a list', { kycs: elements }],
    ['a list without a name', elements],
    ['within something else', { data: { attributes: whole } }],
    ['user', { user: whole }],
    ['the id of a user beside it', { user: { id: 42 }, kyc: object }],
    ['users by their ids', { users: { 42: object } }],
    ['users with an id', { users: [{ id: '42', ...object }] }],
    ['together with another', { users: [{ userId: '43', kycReview: '2' }], documents: [whole] }],
  ]
}

const UNREADABLE: readonly (readonly [what: string, name: string, payload: unknown])[] = [
  ...OBJECTS.flatMap(([name, id, object]) =>
    unreadables(id, object).map(([what, payload]) => [`${name}: ${what}`, name, payload] as const),
  ),
  ['user.kycreview: flat', 'user.kycreview', { userId: '42', ...objectOf('user.kycreview') }],
  ['document.update: flat', 'document.update', { userId: '42', ...objectOf('document.update') }],
  [
    'a document without its id',
    'document.update',
    { documents: [{ userId: '42', ...without(objectOf('document.update'), 'documentId') }] },
  ],
  [
    'QES without its transaction',
    'qes.finalized',
    { userId: '42', ...without(objectOf('qes.finalized.success'), 'transactionNumber') },
  ],
]

const interpreted = (name: string | null, payload: unknown) =>
  interpret(webhookOf({ webhook: name, object_payload: payload }))

const unreadOf = (name: string | null, payload: unknown, user = '42'): readonly UnreadStatement[] =>
  interpreted(name, payload).statements.flatMap((one) => (one.region === 'unread' && one.userId === user ? [one] : []))

const legacy = (kycReview: string): unknown => ({ users: [{ userId: '42', kycReview }] })
const lifecycle = (kycStatus: string): unknown => ({ userId: 42, kycStatus, kycReviewType: 'ONBOARDING' })

/** One webhook an hour, from the first of June on. */
const folded = (...payloads: readonly (readonly [name: string, payload: unknown])[]): CurrentStatus => {
  const stored = payloads.map(([webhook, object_payload], revision) => {
    const json: WebhookJson = { webhook, webhook_created_at: 1_717_200_000 + 3600 * revision, object_payload }
    return storedEvent(json, { user: USER, revision })
  })
  return currentStatus(fold(USER, stored))
}
const REQUESTED = ['user.kycrequest', legacy('1')] as const
const VALIDATED = ['user.kycreview', legacy('2')] as const
const NEWLY_VALIDATED = ['kycreview.result', lifecycle('VALIDATED')] as const

const kinds = ({ anomalies }: CurrentStatus): readonly string[] => anomalies.map(({ kind }) => kind)

describe('a payload that names a user and cannot be read', () => {
  for (const [what, name, payload] of UNREADABLE) {
    it(`is heard by him, and makes him unknown, if a key of it decides: ${what}`, () => {
      const { unattributable } = interpreted(name, payload)
      expect(unattributable).to.deep.equal([])
      expect(unreadOf(name, payload)).to.have.length(1)
      expect(unreadOf(name, payload)[0]).to.include({ decides: true })
      for (const before of [[VALIDATED], [REQUESTED, VALIDATED], [NEWLY_VALIDATED], [VALIDATED, NEWLY_VALIDATED]]) {
        expect(folded(...before).verified).to.equal(true)
        const status = folded(...before, [name, payload])
        expect(status).to.include({ status: 'unknown', verified: false })
        expect(kinds(status)).to.include('unreadable-event')
      }
    })
  }

  it('leaves the anomaly alone if no key of it decides', () => {
    for (const payload of [
      { userId: '42', email: 'x', lastname: 'x' },
      { users: { 42: { email: 'x' } } },
      { users: [{ userId: ' 42' }] },
      { user: { userId: 42, documents: [] } },
      { documents: [{ userId: 42, documentId: '' }] },
    ]) {
      const status = folded(VALIDATED, ['user.update', payload])
      expect(status, JSON.stringify(payload)).to.include({ status: 'validated', verified: true, events: 2 })
      expect(kinds(status)).to.include('unreadable-event')
    }
  })

  it('is heard by everybody whom it names, and by nobody else', () => {
    const payload = {
      users: { 0: { userId: 42, kycReview: 2 }, 1: { userId: '043' }, 2: { userId: '1XXXXXX' }, 3: { userId: '0' } },
    }
    const heard = interpreted('user.kycreview', payload).statements.map(({ region, userId: of }) => `${region} ${of}`)
    expect(heard.toSorted()).to.deep.equal(['unread 42', 'unread 43'])
  })

  it('is told by where it stands, without a word of it', () => {
    const anomalyOf = (payload: unknown) =>
      folded(VALIDATED, ['user.update', payload]).anomalies.find(({ kind }) => kind === 'unreadable-event')
    const planted = 'Planted-Value'
    const list = anomalyOf({
      users: [
        { userId: '43', kycReview: '1' },
        { userId: ' 42', kycReview: planted, [planted]: 1 },
      ],
    })
    expect(list?.detail).to.match(/^object_payload\.users\[1\]: /)
    const qes = anomalyOf({ userId: '42', result: planted, identId: planted })
    expect(qes?.detail).to.match(/^object_payload\.transactionNumber: /)
    const shape = anomalyOf({ [planted]: { userId: '42', kycReview: planted } })
    expect(shape?.detail).to.match(/^object_payload: /)
    expect(JSON.stringify([list, qes, shape])).to.not.include(planted)
  })

  it('keeps the status unknown until the life cycle that governs says more', () => {
    const flat = ['user.update', { userId: '42', kycReview: '3', email: 'x' }] as const
    expect(folded(VALIDATED, flat, REQUESTED).status).to.equal('pending')
    expect(folded(VALIDATED, flat, REQUESTED, VALIDATED).status).to.equal('validated')
    expect(folded(NEWLY_VALIDATED, flat).status).to.equal('unknown')
    expect(folded(NEWLY_VALIDATED, flat, VALIDATED).status).to.equal('unknown')
    expect(folded(NEWLY_VALIDATED, flat, ['kycreview.request', lifecycle('PENDING')]).status).to.equal('pending')
    const wrapped = ['kycreview.result', { kycs: [lifecycle('REFUSED')] }] as const
    expect(folded(VALIDATED, wrapped)).to.include({ status: 'unknown', governedBy: 'lifecycle' })
    expect(folded(VALIDATED, wrapped, VALIDATED).status).to.equal('unknown')
    expect(folded(VALIDATED, wrapped, NEWLY_VALIDATED).status).to.equal('validated')
  })

  it('is never passed over where a key of it decides, whatever it is called', () => {
    for (const name of ['payin.create', 'foo', 'users.kycreview', '', null]) {
      for (const key of [
        'kycStatus',
        'kycReview',
        'kyc-status',
        'kycLevel',
        'userStatus',
        'documentStatus',
        'score',
        'result',
      ]) {
        const payload = { wallets: [{ userId: '42', [key]: 'x' }] }
        expect(unreadOf(name, payload), `${name} ${key}`).to.have.length(1)
        expect(unreadOf(name, payload)[0]?.decides, key).to.equal(
          ['kycStatus', 'kycReview', 'kyc-status'].includes(key),
        )
        expect(unreadOf('user.update', payload)[0]?.decides, key).to.equal(true)
        const ofNobody = interpreted(name, { wallets: [{ userId: '1XXXXXX', [key]: 'x' }] })
        expect(ofNobody).to.deep.include({ statements: [], unattributable: ['object_payload'] })
      }
      const foreign = { wallets: [{ userId: '42', walletStatus: 'VALIDATED', email: 'x' }] }
      expect(interpreted(name, foreign)).to.deep.equal({
        family: null,
        statements: [],
        orphans: [],
        unattributable: [],
      })
    }
  })

  it('is never passed over where a key of it decides, wherever that and the user stand', async () => {
    const keys = fc.constantFrom(
      'userId',
      'user_id',
      'users',
      'data',
      'kycReview',
      'kycStatus',
      'result',
      'score',
      'email',
    )
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom<unknown>('42', 42, '1XXXXXX', 3, '3', 'REFUSED', null, ''),
        fc.dictionary(keys, tie('value'), { maxKeys: 4, noNullPrototype: true }),
        fc.array(tie('value'), { maxLength: 3 }),
      ),
    }))
    let unread = 0
    await assertLaw(
      fc.property(value, fc.constantFrom('foo', 'user.update', null), (payload, name) => {
        const text = JSON.stringify(payload)
        fc.pre(/"user_?id":/i.test(text) && /"(kycReview|kycStatus|result|score)":/.test(text))
        const { statements, unattributable } = interpreted(name, payload)
        expect(statements.length + unattributable.length).to.be.greaterThan(0)
        if (statements.some(({ region }) => region === 'unread')) unread += 1
      }),
      { same: 500, others: 500 },
      () => {
        expect(unread).to.be.greaterThan(100)
      },
    )
  })

  it('is never one that is read as well, nor says anything of another user', () => {
    const readable = fc.constantFrom(legacy('2'), lifecycle('VALIDATED'), {
      documents: [{ userId: '42', documentId: '1' }],
    })
    const beside = fc.dictionary(fc.string(), fc.constantFrom<unknown>({ userId: 43, kycReview: 3 }, 'x', null), {
      maxKeys: 3,
      noNullPrototype: true,
    })
    fc.assert(
      fc.property(readable, beside, fc.constantFrom('user.update', 'foo'), (payload, other, name) => {
        const { statements } = interpreted(name, { ...other, ...(payload as object) })
        expect(statements.map(({ userId: of }) => of)).to.deep.equal(['42'])
        expect(statements[0]?.region).to.not.equal('unread')
      }),
    )
  })

  it('is looked through without end of memory or stack, however deep and wide', () => {
    const deep = `${'{"a":['.repeat(100_000)}{"userId":42,"kycReview":3}${']}'.repeat(100_000)}`
    expect(unreadOf('user.update', JSON.parse(deep))).to.have.length(1)
    const wide = Array.from({ length: 50_000 }, () => ({ userId: '1', kycReview: 3 }))
    expect(unreadOf('user.update', { kycs: wide }, '1')).to.have.length(1)
    expect(unreadOf('user.update', { userId: `${' '.repeat(200_000)}42${' '.repeat(200_000)}x` })).to.deep.equal([])
  })
})
