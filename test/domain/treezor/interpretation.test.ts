import { expect } from 'chai'
import fc from 'fast-check'
import { latestStatedAt } from '../../../domain/event/dating.ts'
import { formatMilliseconds } from '../../../domain/instant.ts'
import { isSuccess } from '../../../domain/regions.ts'
import { interpret } from '../../../domain/treezor/interpretation.ts'
import type { Interpretation } from '../../../domain/treezor/meaning.ts'
import type { Statement } from '../../../domain/treezor/statement.ts'
import { webhookOf } from '../../../domain/treezor/webhook.ts'
import { nearMisses } from '../../support/histories/histories.ts'
import {
  DOCUMENT_OWNER,
  documented,
  documentedNames,
  documentedOfUser,
  type WebhookJson,
} from '../../support/webhooks/documentedWebhooks.ts'

const read = (webhook: WebhookJson): Interpretation => interpret(webhookOf(webhook))

const ofPayload = (name: string, payload: unknown): Interpretation => read({ webhook: name, object_payload: payload })

const only = ({ statements }: Interpretation): Statement => {
  expect(statements).to.have.length(1)
  return statements[0] as Statement
}

describe('each documented webhook', () => {
  const DOCUMENTED: Readonly<Record<string, readonly [family: string, region: string, says: string, userId: string]>> =
    {
      'document.cancel': ['document', 'documents', 'canceled', DOCUMENT_OWNER],
      'document.create': ['document', 'documents', 'pending', DOCUMENT_OWNER],
      'document.update': ['document', 'documents', 'pending', DOCUMENT_OWNER],
      'kycliveness.create': ['liveness', 'liveness', 'processing', '2440234'],
      'kycliveness.update': ['liveness', 'liveness', 'failed', '100196123'],
      'kycreview.request': ['kyc', 'lifecycle', 'pending', '1'],
      'kycreview.result': ['kyc', 'lifecycle', 'validated', '1'],
      'qes.aborted': ['qes', 'qes', 'aborted', '100438239'],
      'qes.created': ['qes', 'qes', 'started', '4137216'],
      'qes.finalized.canceled': ['qes', 'qes', 'canceled', '4137216'],
      'qes.finalized.success': ['qes', 'qes', 'succeeded', '4137216'],
      'qes.processing': ['qes', 'qes', 'checking', '4137216'],
      'user.kycrequest': ['user', 'legacy', 'pending', '6461762'],
      'user.kycreview': ['user', 'legacy', 'validated', '6461762'],
      'videoConference.aborted': ['videoConference', 'videoConference', 'aborted', '4137216'],
      'videoConference.created': ['videoConference', 'videoConference', 'started', '4137216'],
      'videoConference.finalized.canceled': ['videoConference', 'videoConference', 'canceled', '4137216'],
      'videoConference.finalized.success': ['videoConference', 'videoConference', 'succeeded', '100689821'],
      'videoConference.processing': ['videoConference', 'videoConference', 'checking', '100764422'],
    }

  it('is one of nineteen', () => {
    expect(documentedNames).to.deep.equal(Object.keys(DOCUMENTED).sort())
    expect(documentedNames).to.have.length(19)
  })

  for (const [name, [family, region, says, userId]] of Object.entries(DOCUMENTED)) {
    it(`${name} says of user ${userId}: ${region} ${says}`, () => {
      const interpretation = read(documentedOfUser(name))
      expect(interpretation.family).to.equal(family)
      expect(interpretation.unattributable).to.deep.equal([])
      expect(only(interpretation)).to.include({ region, says, userId, notUnderstood: null })
    })
  }

  for (const name of ['document.cancel', 'document.create', 'document.update']) {
    it(`${name} as it is documented, with a blacked-out user, can be attributed to nobody`, () => {
      expect(read(documented(name))).to.deep.include({
        family: 'document',
        statements: [],
        unattributable: ['object_payload.documents[0]'],
      })
    })
  }

  const STATED: Readonly<Record<string, string | null>> = {
    'user.kycreview': null,
    'kycreview.request': '2015-02-25T11:06:39.000Z',
    'kycreview.result': '2015-02-25T15:06:39.000Z',
    'document.create': '2020-05-19T08:34:21.000Z',
    'document.update': '2020-05-13T16:28:43.000Z',
    'kycliveness.update': '2024-03-08T05:37:26.076Z',
    'qes.created': null,
    'qes.finalized.success': '2024-06-27T07:16:23.000Z',
  }
  for (const [name, at] of Object.entries(STATED)) {
    it(`${name} states ${at === null ? 'no time' : `the time ${at}`}`, () => {
      const stated = latestStatedAt(read(documentedOfUser(name)).statements)
      expect(stated === null ? null : formatMilliseconds(stated)).to.equal(at)
    })
  }

  it('keeps what stands beside the state', () => {
    expect(only(read(documented('user.kycreview')))).to.include({ userStatus: 'VALIDATED' })
    expect(only(read(documented('user.kycreview')))).to.deep.include({ level: { code: 2, name: 'REGULAR' } })
    expect(only(read(documented('kycreview.result')))).to.include({
      nextReviewDate: '2020-02-25',
      codeStatus: '110006',
    })
    expect(only(read(documented('qes.aborted')))).to.deep.include({
      identificationId: '3606323f-345e-5105-bfb6-7ca324a69945',
      result: 'ABORTED',
      reasons: [{ code: '3002', message: 'USER_CANCELLATION_DOCUMENT_EXPIRED' }],
    })
    const liveness = only(read(documented('kycliveness.update')))
    expect(liveness).to.include({ identificationId: '9dac1414-6733-46ae-b5a9-1b3aa39ea4xx', score: 0 })
    expect('reasons' in liveness && liveness.reasons.map(({ code }) => code)).to.deep.equal(['1312', '1320', '2401'])
  })
})

describe('a code or an id', () => {
  it('reads the same as text and as integer', () => {
    const pairs: readonly [string, unknown, unknown][] = [
      [
        'user.kycreview',
        { users: [{ userId: '7', kycReview: '2', kycLevel: '2' }] },
        { users: [{ userId: 7, kycReview: 2, kycLevel: 2 }] },
      ],
      [
        'document.update',
        {
          documents: [
            { documentId: '80', userId: '7', documentStatus: 'PENDING', documentTypeId: '17', codeStatus: '600003' },
          ],
        },
        {
          documents: [{ documentId: 80, userId: 7, documentStatus: 'PENDING', documentTypeId: 17, codeStatus: 600003 }],
        },
      ],
      [
        'kycreview.result',
        {
          userId: '7',
          kycReview: '2',
          kycLevel: '1',
          kycStatus: '',
          kycReviewType: 'ONBOARDING',
          codeStatus: '110006',
        },
        { userId: 7, kycReview: 2, kycLevel: 1, kycStatus: null, kycReviewType: 'ONBOARDING', codeStatus: 110006 },
      ],
      [
        'kycliveness.update',
        {
          user_id: '7',
          'kyc-status': 'processed',
          score: '1.0',
          'refusal-details': { reasons: [{ 'reason-code': '1312' }] },
        },
        { user_id: 7, 'kyc-status': 'processed', score: 1, 'refusal-details': { reasons: [{ 'reason-code': 1312 }] } },
      ],
      [
        'qes.aborted',
        { userId: '7', transactionNumber: '99', result: 'ABORTED', reason: { reasonDetails: { reasonCode: '3002' } } },
        { userId: 7, transactionNumber: 99, result: 'ABORTED', reason: { reasonDetails: { reasonCode: 3002 } } },
      ],
    ]
    for (const [name, text, integer] of pairs) {
      expect(only(ofPayload(name, text)).userId, name).to.equal('7')
      expect(ofPayload(name, integer), name).to.deep.equal(ofPayload(name, text))
    }
  })

  it('that is in no published list is kept and named UNKNOWN', () => {
    const { statements } = ofPayload('user.update', { users: [{ userId: '7', kycReview: '99', kycLevel: 42 }] })
    expect(statements[0]).to.deep.include({
      says: 'unknown',
      review: { code: 99, name: 'UNKNOWN' },
      level: { code: 42, name: 'UNKNOWN' },
    })
  })
})

describe('a webhook', () => {
  const USERS = { users: [{ userId: '7', kycReview: '3' }] }

  it('means what its payload says, whatever it is called', () => {
    for (const name of [
      'user.kycreview',
      'user.validated',
      'kycreview.result',
      'qes.finalized',
      'document.create',
      'foo',
      '',
      'constructor',
      '__proto__.x',
    ]) {
      const interpretation = ofPayload(name, USERS)
      expect(interpretation.family, name).to.equal('user')
      expect(only(interpretation).says, name).to.equal('refused')
    }
  })

  it('speaks of both QES and video conference where its name is of neither, and vouches for none of them', () => {
    const identification = { userId: '7', transactionNumber: 't', result: 'SUCCESS', identId: 'i' }
    for (const name of [
      'user.kycreview',
      'qes',
      'QES.finalized',
      'videoconference.finalized',
      'foo.bar',
      'constructor.x',
    ]) {
      const { family, statements } = ofPayload(name, identification)
      expect(family, name).to.equal('identification')
      expect(
        statements.map(({ region, says }) => `${region} ${says}`),
        name,
      ).to.deep.equal(['qes unknown', 'videoConference unknown'])
      const canceled = ofPayload(name, { ...identification, result: 'CANCELED' }).statements
      expect(
        canceled.map(({ region, says }) => `${region} ${says}`),
        name,
      ).to.deep.equal(['qes canceled', 'videoConference canceled'])
    }
  })

  it('says something of each of its users, and tells where one of them cannot be told', () => {
    const { statements, unattributable } = ofPayload('user.kycreview', {
      users: [{ userId: '7', kycReview: '2' }, { userId: '0', kycReview: '2' }, null, { userId: 8, kycReview: 3 }],
    })
    expect(statements.map(({ userId, says }) => `${userId} ${says}`)).to.deep.equal(['7 validated', '8 refused'])
    expect(unattributable).to.deep.equal(['object_payload.users[1]', 'object_payload.users[2]'])
  })

  it('with an empty list speaks of nobody', () => {
    expect(ofPayload('user.kycreview', { users: [] })).to.deep.include({
      family: 'user',
      statements: [],
      unattributable: ['object_payload.users[0]'],
    })
  })

  it('says the same with any field it does not know beside the known ones', () => {
    const extras = fc.dictionary(
      fc.oneof(
        fc.string(),
        fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'then', 'toJSON'),
      ),
      fc.oneof(fc.jsonValue(), fc.constantFrom({ kycReview: 2, userId: 8 }, 'constructor', 'toString')),
      { maxKeys: 5, noNullPrototype: true },
    )
    fc.assert(
      fc.property(fc.constantFrom(...documentedNames), extras, (name, extra) => {
        const webhook = documentedOfUser(name)
        const strange = { ...extra, ...(webhook.object_payload as object) }
        const withExtras = { ...webhook, object_payload: JSON.parse(JSON.stringify(strange)) }
        fc.pre(Array.isArray(extra.users) === false && Array.isArray(extra.documents) === false)
        expect(read(withExtras)).to.deep.equal(read(webhook))
      }),
      { numRuns: 500 },
    )
  })

  it('takes nothing from a key __proto__ of its payload', () => {
    const parse = (text: string) => JSON.parse(text)
    expect(only(ofPayload('u', parse('{"users":[{"userId":7,"__proto__":{"kycReview":2}}]}'))).says).to.equal('unknown')
    const kyc = parse(
      '{"userId":7,"kycReviewType":"X","nextReviewDate":null,"__proto__":{"kycStatus":"VALIDATED","kycReview":2}}',
    )
    expect(only(ofPayload('kycreview.result', kyc)).says).to.equal('unknown')
    const liveness = parse('{"user_id":7,"kyc-status":"processed","updated-at":"","__proto__":{"score":1}}')
    expect(only(ofPayload('kycliveness.update', liveness)).says).to.equal('unknown')
    expect(ofPayload('d', parse('{"documents":[{"documentId":1,"__proto__":{"userId":7}}]}')).statements).to.deep.equal(
      [],
    )
    expect(ofPayload('u', parse('{"__proto__":{"users":[{"userId":7,"kycReview":2}]}}')).family).to.equal(null)
    expect(read(parse('{"__proto__":{"object_payload":{"users":[{"userId":7,"kycReview":2}]}}}')).family).to.equal(null)
  })

  it('is unknown where its status is the name of something every object has', () => {
    for (const word of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf']) {
      const said = [
        ofPayload('u', { users: [{ userId: '7', kycReview: word }] }),
        ofPayload('k', { userId: 7, kycStatus: word, kycReviewType: 'X' }),
        ofPayload('d', { documents: [{ documentId: '1', userId: '7', documentStatus: word }] }),
        ofPayload('l', { user_id: '7', 'kyc-status': word, score: 1 }),
        ofPayload('qes.finalized', { userId: '7', transactionNumber: 't', result: word }),
      ].map((interpretation) => only(interpretation).says)
      expect(said, word).to.deep.equal(['unknown', 'unknown', 'unknown', 'unknown', 'unknown'])
    }
  })

  it('takes zero and partial dates as absent', () => {
    const document = { documentId: '1', userId: '7', documentStatus: 'PENDING' }
    const stated = (dates: object) => only(ofPayload('d', { documents: [{ ...document, ...dates }] })).statedAt
    expect(stated({ createdDate: '0000-00-00 00:00:00', modifiedDate: '0000-00-00 00:00:00' })).to.equal(null)
    expect(stated({ createdDate: '1989-00-00 00:00:00', modifiedDate: '' })).to.equal(null)
    const created = stated({ createdDate: '2020-05-19 10:34:21', modifiedDate: '0000-00-00 00:00:00' })
    expect(created)
      .to.equal(stated({ createdDate: '2020-05-19 10:34:21' }))
      .and.not.equal(null)
    const kyc = { userId: 7, kycStatus: 'VALIDATED', kycReviewType: 'X' }
    for (const nextReviewDate of ['0000-00-00', '2029-00-00', '2029-02-30', '']) {
      expect(only(ofPayload('k', { ...kyc, nextReviewDate }))).to.include({ says: 'validated', nextReviewDate: null })
    }
  })

  it('is read with nothing but the ids and what decides', () => {
    expect(only(ofPayload('u', { users: [{ userId: '7', kycReview: '2' }] })).says).to.equal('validated')
    expect(
      only(ofPayload('d', { documents: [{ documentId: '1', userId: '7', documentStatus: 'VALIDATED' }] })).says,
    ).to.equal('validated')
    expect(only(ofPayload('k', { userId: 7, kycStatus: 'REFUSED', kycReviewType: 'X' })).says).to.equal('refused')
    expect(only(ofPayload('l', { user_id: '7', 'kyc-status': 'processed', score: 1 })).says).to.equal('passed')
    expect(
      only(ofPayload('videoConference.finalized', { userId: '7', transactionNumber: 't', result: 'SUCCESS' })).says,
    ).to.equal('succeeded')
  })

  it('decides a new life cycle by kycReview where kycStatus is missing', () => {
    const says = (kycReview: unknown) =>
      only(ofPayload('k', { userId: 7, kycReview, kycReviewType: 'X', lastReviewDatetime: null })).says
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map(says)).to.deep.equal([
      'none',
      'pending',
      'validated',
      'refused',
      'unknown',
      'unknown',
      'pending',
      'pending',
      'unknown',
    ])
  })

  it('tells by path and type which deciding field is missing or ill-typed, and what stands there', () => {
    const WORD = 'word of 1 to 64 letters, digits, _ . : -'
    const kyc = (fields: object) => ofPayload('k', { userId: 7, kycReviewType: 'X', nextReviewDate: null, ...fields })
    const user = (fields: object) => ofPayload('u', { users: [{ userId: '7', ...fields }] })
    const liveness = (fields: object) => ofPayload('l', { user_id: '7', 'updated-at': '', 'started-at': '', ...fields })
    const qes = (fields: object) => ofPayload('qes.x', { userId: '7', transactionNumber: 't', identId: 'i', ...fields })
    const told: readonly [Interpretation, path: string, expected: string, found: string][] = [
      [kyc({}), 'kycStatus', WORD, 'nothing'],
      [kyc({ kycStatus: '', kycReview: null }), 'kycStatus', WORD, 'nothing'],
      [kyc({ kycReview: true }), 'kycReview', 'integer', 'a boolean'],
      [kyc({ kycStatus: null, kycReview: [2] }), 'kycReview', 'integer', 'a list'],
      [kyc({ kycReview: 'VALIDATED' }), 'kycReview', 'integer', 'a text'],
      [kyc({ kycReview: 9 }), 'kycReview', 'one of 0, 1, 2, 3, 6, 7', 'another value'],
      [kyc({ kycStatus: {}, kycReview: 2 }), 'kycStatus', WORD, 'an object'],
      [kyc({ kycStatus: 1.5, kycReview: 2 }), 'kycStatus', WORD, 'a number'],
      [kyc({ kycStatus: 'two words', kycReview: 2 }), 'kycStatus', WORD, 'a text'],
      [kyc({ kycStatus: 2, kycReview: 2 }), 'kycStatus', 'one of PENDING, VALIDATED, REFUSED', 'another value'],
      [user({}), 'users[0].kycReview', 'integer', 'nothing'],
      [user({ kycReview: '02' }), 'users[0].kycReview', 'integer', 'a text'],
      [liveness({}), 'kyc-status', WORD, 'nothing'],
      [liveness({ 'kyc-status': 'processed' }), 'score', 'number', 'nothing'],
      [liveness({ 'kyc-status': 'processed', score: '1e0' }), 'score', 'number', 'a text'],
      [qes({ result: ['SUCCESS'] }), 'result', WORD, 'a list'],
    ]
    for (const [interpretation, path, expected, found] of told) {
      const { says, notUnderstood } = only(interpretation)
      expect(says).to.equal('unknown')
      expect(notUnderstood).to.deep.equal({ path: `object_payload.${path}`, expected, found })
    }
  })

  it('is taken by its score only where the liveness check is processed', () => {
    const says = (status: string, score: unknown) =>
      only(ofPayload('l', { user_id: '7', 'kyc-status': status, score, 'updated-at': '' }))
    for (const status of ['uninitiated', 'initiated', 'processing'])
      expect(says(status, 1)).to.include({ says: 'processing', score: null })
    expect(says('aborted', 1)).to.include({ says: 'aborted', score: null })
    expect(says('expired', 1)).to.include({ says: 'expired', score: null })
    const processed: readonly [unknown, string][] = [
      [1, 'passed'],
      ['1', 'passed'],
      ['1.0', 'passed'],
      [0, 'failed'],
      ['0', 'failed'],
      [-1, 'inconclusive'],
      [0.99, 'inconclusive'],
      [2, 'inconclusive'],
      [true, 'unknown'],
      [null, 'unknown'],
      ['', 'unknown'],
      [' 1', 'unknown'],
      ['1e0', 'unknown'],
      [Number.POSITIVE_INFINITY, 'unknown'],
      [[1], 'unknown'],
    ]
    for (const [score, expected] of processed)
      expect(says('processed', score).says, JSON.stringify(score)).to.equal(expected)
  })

  it('with any payload at all gives an answer, and no success but for the words of success', () => {
    const SUCCESSES = /"(kycReview|kycStatus|documentStatus|score|result)":("VALIDATED"|"SUCCESS\w*"|"?2"?|"?1(\.0)?"?)/
    fc.assert(
      fc.property(fc.constantFrom(...documentedNames, 'foo', ''), nearMisses, (name, payload) => {
        const { statements } = ofPayload(name, payload)
        if (statements.some(({ says }) => isSuccess(says))) expect(JSON.stringify(payload)).to.match(SUCCESSES)
      }),
      { numRuns: 2000 },
    )
    for (const payload of [
      undefined,
      null,
      0,
      '',
      'users',
      true,
      [],
      [{ users: [] }],
      {},
      { users: {} },
      { users: null },
    ]) {
      const nothing = { family: null, statements: [] }
      const evidence = { ...nothing, unattributable: ['object_payload'] }
      expect(ofPayload('user.kycreview', payload)).to.deep.include(evidence)
      expect(ofPayload('payin.create', payload)).to.deep.include({ ...nothing, unattributable: [] })
    }
  })

  it('gives an answer to a payload of as many faults as a body can hold', () => {
    const reasons = Array.from({ length: 500_000 }, () => 1)
    const liveness = { user_id: '42', 'kyc-status': 'processing', 'refusal-details': { reasons } }
    expect(only(ofPayload('kycliveness.update', liveness))).to.include({ says: 'processing', userId: '42' })
    expect(ofPayload('user.update', { users: reasons }).unattributable).to.have.length(reasons.length)
    expect(ofPayload('document.update', { documents: reasons }).unattributable).to.have.length(reasons.length)
  })

  it('keeps a liveness id, which is not signed, as short as any id', () => {
    const webhook = { ...documented('kycliveness.update'), object_id: 'x'.repeat(100_000) }
    const statement = only(read(webhook))
    expect('identificationId' in statement && statement.identificationId.length).to.equal(128)
  })
})
