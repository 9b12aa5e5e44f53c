import { expect } from 'chai'
import fc from 'fast-check'
import { anomaliesOf } from '../../../domain/answer/anomalies.ts'
import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import { statusOf } from '../../../domain/answer/status.ts'
import { fold } from '../../../domain/state/fold.ts'
import { initialState } from '../../../domain/state/kycState.ts'
import { recordedStream, storedEvent, userId } from '../../support/events/storedEvents.ts'
import { arrivals, USER } from '../../support/histories/histories.ts'
import {
  DOCUMENTED_LIFECYCLE,
  LIVENESS_REASONS,
  NO_LIFECYCLE,
  VALIDATED_6461762,
} from '../../support/service/contract.ts'
import {
  documented,
  documentedNames,
  documentedOfUser,
  type WebhookJson,
} from '../../support/webhooks/documentedWebhooks.ts'
import { day, document, kyc, liveness, qes, sentAgain, user } from '../../support/webhooks/plainWebhooks.ts'

const statusAfter = (...arriving: readonly WebhookJson[]) => currentStatus(fold(USER, recordedStream(USER, arriving)))

describe('the current status', () => {
  it('of a user nothing is known of is none', () => {
    expect(JSON.stringify(currentStatus(initialState(USER)))).to.equal(
      JSON.stringify({
        userId: '42',
        status: 'none',
        verified: false,
        governedBy: 'legacy',
        legacy: { state: 'none', review: null, level: null, userStatus: null, since: null },
        lifecycle: NO_LIFECYCLE,
        documents: [],
        liveness: null,
        qes: null,
        videoConference: null,
        observed: null,
        heldBack: [],
        released: null,
        anomalies: [],
        anomalyCounts: {},
        events: 0,
        revision: -1,
        lastEventAt: null,
      }),
    )
  })

  it('of the documented user 6461762 is the one of the contract', () => {
    const owner = userId('6461762')
    const document = documented('document.create')
    const [payload] = (document.object_payload as { documents: readonly object[] }).documents
    const ownDocument = {
      ...document,
      webhook_created_at: Date.parse('2022-05-20T08:00:00Z') * 10,
      object_id: '80009',
      object_payload: { documents: [{ ...payload, documentId: '80009', userId: '6461762' }] },
    }
    const stream = recordedStream(owner, [documented('user.kycrequest'), ownDocument, documented('user.kycreview')])
    expect(JSON.stringify(currentStatus(fold(owner, stream)))).to.equal(
      JSON.stringify({
        ...VALIDATED_6461762,
        documents: [
          {
            documentId: '80009',
            type: { code: 17, name: 'PASSPORT' },
            state: 'pending',
            codeStatus: '600003',
            since: '2022-05-20T08:00:00.000Z',
          },
        ],
        events: 3,
        revision: 2,
      }),
    )
  })

  it('shows the new life cycle, identifications with their reasons, and what is odd', () => {
    const owner = userId('4137216')
    const own = (name: string, id: string): WebhookJson => ({
      ...documented(name),
      object_payload: { ...(documented(name).object_payload as object), [id]: '4137216' },
    })
    const result = own('kycreview.result', 'userId')
    const liveness = own('kycliveness.update', 'user_id')
    const arriving = [result, liveness, documented('qes.finalized.canceled'), documented('videoConference.created')]
    const stream = recordedStream(owner, arriving)
    const eventIds = stream.map(({ eventId }) => eventId)
    expect(JSON.stringify(currentStatus(fold(owner, stream)))).to.equal(
      JSON.stringify({
        userId: '4137216',
        status: 'validated',
        verified: true,
        governedBy: 'lifecycle',
        legacy: { state: 'none', review: null, level: null, userStatus: null, since: null },
        lifecycle: DOCUMENTED_LIFECYCLE,
        documents: [],
        liveness: {
          state: 'failed',
          identificationId: '9dac1414-6733-46ae-b5a9-1b3aa39ea4xx',
          since: '2024-03-08T05:37:26.076Z',
          score: 0,
          reasons: LIVENESS_REASONS,
        },
        qes: {
          state: 'canceled',
          identificationId: 'b00ecdec-b721-55c4-8e20-ef3625616926',
          since: '2024-06-27T07:16:44.490Z',
          result: 'CANCELED',
          reasons: [{ code: '3201', message: 'WARNING_SELFIE_REAL_PERSON' }],
        },
        videoConference: {
          state: 'started',
          identificationId: 'b00ecdec-b721-55c4-8e20-ef3625616926',
          since: '2024-06-27T07:13:59.902Z',
          result: 'STARTED',
          reasons: [],
        },
        observed: null,
        heldBack: [],
        released: null,
        anomalies: [
          {
            kind: 'unexpected-transition',
            eventId: eventIds[1],
            at: '2024-03-08T05:37:26.076Z',
            detail: 'liveness: none -> failed; expected after none: processing, aborted, expired',
          },
          {
            kind: 'unexpected-transition',
            eventId: eventIds[2],
            at: '2024-06-27T07:16:44.490Z',
            detail: 'qes: none -> canceled; expected after none: started',
          },
          {
            kind: 'envelope-disagrees',
            eventId: eventIds[0],
            at: '2026-02-20T10:26:47.000Z',
            detail: 'object_id is not an id of the signed payload',
          },
          {
            kind: 'no-request-seen',
            eventId: eventIds[0],
            at: '2026-02-20T10:26:47.000Z',
            detail: 'lifecycle: the first thing heard is that it is validated: no request for it was seen',
          },
        ],
        anomalyCounts: { 'unexpected-transition': 2, 'envelope-disagrees': 1, 'no-request-seen': 1 },
        events: 4,
        revision: 3,
        lastEventAt: '2026-02-20T10:26:47.000Z',
      }),
    )
  })

  it('is pending while a review is open again or under investigation, and unknown once closed', () => {
    const after = (review: number) => statusAfter(user('1', day(1)), user(review, day(2))).status
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map(after)).to.deep.equal([
      'none',
      'pending',
      'validated',
      'refused',
      'pending',
      'unknown',
      'pending',
      'pending',
      'unknown',
    ])
  })

  it('is verified exactly where it is validated', () => {
    fc.assert(
      fc.property(arrivals(), (arriving) => {
        const status = statusAfter(...arriving)
        expect(status.verified).to.equal(status.status === 'validated')
        if (status.governedBy === 'legacy' || status.status === 'closed') return
        const { state } = status.lifecycle
        const contradicted = state === 'validated' && status.anomalyCounts['life-cycles-contradict'] !== undefined
        expect(status.status).to.be.oneOf(contradicted ? ['validated', 'unknown'] : [state])
      }),
    )
  })

  it('is governed by the new life cycle as soon as that has spoken, whatever it said and whatever comes after', () => {
    for (const [says, status] of [
      ['PENDING', 'pending'],
      ['REFUSED', 'refused'],
      ['EXPIRED', 'unknown'],
    ] as const) {
      for (const at of [1, 5]) {
        const after = statusAfter(user('1', day(2)), user('2', day(3)), kyc(says, day(at)))
        expect(after, `${says} on day ${at}`).to.include({ governedBy: 'lifecycle', status, verified: false })
      }
    }
  })
})

describe('the two life cycles', () => {
  const contradictions = (...arriving: readonly WebhookJson[]) =>
    statusAfter(...arriving).anomalies.filter(({ kind }) => kind === 'life-cycles-contradict')

  it('contradict each other where one validates and the other refuses: an anomaly names the later of the two', () => {
    for (const [first, second] of [
      [user('2', day(2)), kyc('REFUSED', day(4))],
      [user('3', day(2)), kyc('VALIDATED', day(4))],
      [kyc('VALIDATED', day(2)), user('3', day(4))],
      [kyc('REFUSED', day(2)), user('2', day(4))],
      // Of one moment: the event of the life cycle that governs.
      [user('2', day(4)), kyc('REFUSED', day(4))],
    ] as const) {
      const [anomaly, ...others] = contradictions(first, second)
      expect(others).to.deep.equal([])
      expect(anomaly).to.include({ eventId: storedEvent(second, { user: USER }).eventId, at: day(4) })
      expect(statusAfter(first, second).governedBy).to.equal('lifecycle')
    }
  })

  it('no longer do so once one of them has moved on', () => {
    const contradiction = [user('2', day(2)), kyc('REFUSED', day(4))]
    expect(contradictions(...contradiction, user('1', day(5)))).to.deep.equal([])
    expect(contradictions(...contradiction, kyc('VALIDATED', day(5)))).to.deep.equal([])
    const state = fold(USER, recordedStream(USER, contradiction))
    expect(anomaliesOf(state)).to.have.length(state.anomalies.length + 1)
    expect(statusOf(state)).to.equal('refused')
  })

  it('agree, or have nothing to contradict', () => {
    expect(contradictions(user('2', day(2)), kyc('VALIDATED', day(2)))).to.deep.equal([])
    expect(contradictions(user('3', day(2)), kyc('REFUSED', day(2)))).to.deep.equal([])
    expect(contradictions(user('3', day(2)))).to.deep.equal([])
    expect(contradictions(user('1', day(2)), kyc('VALIDATED', day(2)))).to.deep.equal([])
  })
})

describe('the current status names no person', () => {
  const PERSONAL =
    /^(first|last|middle|legal)-?names?$|^user(First|Last)name$|name$|^birth|^email$|^address|^postcode$|^city$|^phone$|^mobile$|place|^comment$|^kycReviewComment$|^documentTag$/i

  const personal = (value: unknown): readonly string[] =>
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([key, field]) =>
          typeof field === 'string' && field.length > 2 && PERSONAL.test(key) ? [field] : personal(field),
        )

  const ownerOf = (webhook: WebhookJson): string => {
    const payload = webhook.object_payload as Record<string, unknown>
    const [element] = (payload['users'] ?? payload['documents'] ?? [payload]) as readonly Record<string, unknown>[]
    return String(element?.['userId'] ?? element?.['user_id'])
  }

  for (const name of documentedNames) {
    it(`in ${name}: no name, address, e-mail or birth date of it`, () => {
      const webhook = documentedOfUser(name)
      const owner = userId(ownerOf(webhook))
      // A time whose digits are none of the values that are looked for.
      const state = fold(owner, [storedEvent(webhook, { user: owner, receivedAt: '2030-01-01T12:34:56.789123Z' })])
      expect(state.events).to.equal(1)
      expect(state.unreadable).to.deep.equal([])
      const shown = JSON.stringify(currentStatus(state))
      const folded = JSON.stringify(state)
      for (const value of personal(webhook.object_payload)) {
        expect(shown, name).not.to.include(value)
        expect(folded, name).not.to.include(value)
      }
    })
  }

  it('because there are such values to look for', () => {
    const values = documentedNames.flatMap((name) => personal(documentedOfUser(name).object_payload))
    expect(values).to.include.members([
      'Oak',
      'Alex',
      '1989-00-00',
      'a.oak@example.com',
      '12 Willow Lane',
      'Paris',
      '75000',
      'Caen',
    ])
    expect(values).to.include.members([
      'OAK',
      'ALEX',
      '1942-11-19',
      '1983-08-12',
      'STADT KÖLN',
      'BERLIN',
      'Victoria',
      'Perin',
    ])
  })

  it('whatever free text stands in any field but an id or a reason', () => {
    const IDS = /^(userId|user_id|documentId|transactionNumber|reason-?(code|message))$/i
    const withFreeText = (value: unknown, key: string): unknown => {
      if (Array.isArray(value)) return value.map((item) => withFreeText(item, key))
      if (typeof value === 'object' && value !== null) {
        return Object.fromEntries(Object.entries(value).map(([k, field]) => [k, withFreeText(field, k)]))
      }
      return IDS.test(key) ? value : `Zoé Dupont ${key}`
    }
    for (const name of documentedNames) {
      const webhook = documentedOfUser(name)
      const owner = userId(ownerOf(webhook))
      const spoilt = { ...webhook, webhook: 'Zoé Dupont', object_payload: withFreeText(webhook.object_payload, '') }
      const state = fold(owner, [storedEvent(spoilt, { user: owner })])
      expect(state.unreadable, name).to.deep.equal([])
      expect(JSON.stringify(currentStatus(state)), name).not.to.include('Dupont')
    }
  })

  it('and of an anomaly neither the name of the webhook nor its id', () => {
    const webhooks = [
      user('2', day(1)),
      kyc('x', day(2)),
      document('801', {}, day(3)),
      liveness('a', 'y', 1, day(4)),
      qes('t', 'z', day(5)),
    ]
    const strange = webhooks.map((webhook) => ({ ...webhook, webhook: 'Zoe.Dupont', webhook_id: 'Zoe-Dupont' }))
    const again = strange.map((webhook) => sentAgain(webhook, day(9)))
    const status = statusAfter(...strange, ...again)
    expect(status.anomalies.length).to.be.greaterThan(5)
    expect(JSON.stringify(status)).not.to.include('Dupont')
  })
})
