import { expect } from 'chai'
import { type CurrentStatus, currentStatus } from '../../../domain/answer/currentStatus.ts'
import type { StoredEvent } from '../../../domain/event/storedEvent.ts'
import { parseRfc3339 } from '../../../domain/instant.ts'
import type { AnomalyKind } from '../../../domain/state/anomaly.ts'
import { fold } from '../../../domain/state/fold.ts'
import { recordedStream } from '../../support/events/storedEvents.ts'
import { USER } from '../../support/histories/histories.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'
import { day, document, kyc, liveness, qes, sentAgain, undated, user } from '../../support/webhooks/plainWebhooks.ts'
import { at } from '../../support/webhooks/webhookBuilders.ts'

const streamOf = (...arriving: readonly WebhookJson[]): readonly StoredEvent[] => recordedStream(USER, arriving)
const statusOf = (...arriving: readonly WebhookJson[]): CurrentStatus =>
  currentStatus(fold(USER, streamOf(...arriving)))
const asOf = (at: string, ...arriving: readonly WebhookJson[]): CurrentStatus =>
  currentStatus(fold(USER, streamOf(...arriving), [], { asOf: parseRfc3339(at) }))
const kinds = ({ anomalies }: CurrentStatus): readonly AnomalyKind[] => anomalies.map(({ kind }) => kind)

/** What the plain webhooks leave by their names and ids aside. */
const odd = (status: CurrentStatus): readonly AnomalyKind[] =>
  kinds(status).filter((kind) => kind !== 'envelope-disagrees' && kind !== 'webhook-id-reused')

const like = (webhook: WebhookJson, fields: Record<string, unknown>): WebhookJson => ({
  ...webhook,
  object_payload: { ...(webhook.object_payload as object), ...fields },
})
/** A user object that says more than its review. */
const userWith = (kycReview: unknown, at: string, fields: Record<string, unknown>): WebhookJson => {
  const webhook = user(kycReview, at)
  const [one] = (webhook.object_payload as { readonly users: readonly object[] }).users
  return { ...webhook, object_payload: { users: [{ ...one, ...fields }] } }
}

const REQUEST = user('1', day(1))

describe('a success that nothing but its receipt dates', () => {
  const success = undated(user('2', day(9)))

  it('is followed while nothing was decided', () => {
    expect(statusOf(success)).to.include({ status: 'validated', verified: true })
    expect(statusOf(REQUEST, success)).to.include({ status: 'validated', verified: true })
    expect(statusOf(kyc('PENDING', day(1)), undated(kyc('VALIDATED', day(9))))).to.include({ status: 'validated' })
  })

  it('is not followed after a refusal, whatever came between, and whichever life cycle it was', () => {
    const refused = [REQUEST, user('3', day(2))]
    for (const [history, weak] of [
      [refused, success],
      [[...refused, undated(user('1', day(3)))], success],
      [[...refused, user('1', day(3))], success],
      [refused, undated(kyc('VALIDATED', day(9)))],
      [[kyc('PENDING', day(1)), kyc('REFUSED', day(2))], undated(kyc('VALIDATED', day(9)))],
      [[REQUEST, user('6', day(2))], success],
      [[REQUEST, user('what', day(2))], success],
    ] as const) {
      const status = statusOf(...history, weak)
      expect(status.verified, JSON.stringify(history)).to.equal(false)
      expect(kinds(status)).to.include('weakly-dated')
      expect(status.status).to.equal(statusOf(...history).status)
    }
  })

  it('is one whose time is there and cannot be read, too', () => {
    for (const claim of ['yesterday', 1_234_567_890_123_456, -1, 0, {}, [], true, '2024-06-09 12:00:00']) {
      const status = statusOf(REQUEST, user('3', day(2)), { ...user('2', day(9)), webhook_created_at: claim })
      expect(status, JSON.stringify(claim)).to.include({ status: 'refused', verified: false })
      expect(kinds(status)).to.include.members(['time-unreadable', 'weakly-dated'])
    }
  })

  it('is not one whose time is written as ISO 8601 with a zone', () => {
    for (const claim of ['2024-06-09T12:00:00Z', '2024-06-09T14:00:00.000+02:00']) {
      const status = statusOf(REQUEST, user('3', day(2)), { ...user('2', day(9)), webhook_created_at: claim })
      expect(status, claim).to.include({ status: 'validated', verified: true })
    }
  })

  it('is one that claims a time more than five minutes after its receipt', () => {
    const stream = (claim: string): readonly StoredEvent[] =>
      recordedStream(USER, [REQUEST, user('3', day(2)), user('2', claim)], () => day(3))
    expect(currentStatus(fold(USER, stream('2024-06-03T12:05:00.000Z'))).verified).to.equal(true)
    const status = currentStatus(fold(USER, stream('2024-06-03T12:05:00.001Z')))
    expect(status).to.include({ status: 'refused', verified: false })
    expect(kinds(status)).to.include.members(['time-not-believed', 'weakly-dated'])
  })

  it('tells of a time of the payload that cannot be read', () => {
    const status = statusOf(like(kyc('REFUSED', day(2)), { lastReviewDatetime: '20x4-06-02T12:00:00.000000Z' }))
    expect(status.anomalies.find(({ kind }) => kind === 'time-unreadable')?.detail).to.equal(
      'object_payload.lastReviewDatetime: expected a time; what is there is none',
    )
    for (const absent of [null, '']) {
      expect(kinds(statusOf(like(kyc('REFUSED', day(2)), { lastReviewDatetime: absent })))).to.not.include(
        'time-unreadable',
      )
    }
  })
})

describe('a payload that contradicts itself', () => {
  it('reads as unknown where it says validated beside a review that does not', () => {
    for (const kycReview of [0, 1, 3, 4, 5, 6, 7, 8, '3', 'VALIDATED', {}, 2.5]) {
      const status = statusOf(kyc('PENDING', day(1)), like(kyc('VALIDATED', day(2)), { kycReview }))
      expect(status, JSON.stringify(kycReview)).to.include({ status: 'unknown', verified: false })
      expect(kinds(status)).to.include('payload-contradicts')
    }
    for (const kycReview of [2, '2', undefined, null, '']) {
      const status = statusOf(kyc('PENDING', day(1)), like(kyc('VALIDATED', day(2)), { kycReview }))
      expect(status, JSON.stringify(kycReview)).to.include({ status: 'validated', verified: true })
    }
  })

  it('reads as unknown where a level of refused stands beside a success', () => {
    for (const webhook of [
      userWith('2', day(2), { kycLevel: '4' }),
      like(kyc('VALIDATED', day(2)), { kycLevel: 4 }),
      like(kyc(null, day(2)), { kycReview: 2, kycLevel: '4' }),
    ]) {
      const status = statusOf(webhook)
      expect(status).to.include({ status: 'unknown', verified: false })
      expect(kinds(status)).to.include('payload-contradicts')
    }
  })

  it('reads as unknown where a user is validated beside a kycStatus that is another one', () => {
    for (const kycStatus of ['REFUSED', 'PENDING', 'validated', 2, {}]) {
      const status = statusOf(userWith('2', day(2), { kycStatus }))
      expect(status, JSON.stringify(kycStatus)).to.include({ status: 'unknown', verified: false })
      expect(kinds(status)).to.include('payload-contradicts')
    }
    for (const kycStatus of ['VALIDATED', undefined, null, '']) {
      const status = statusOf(userWith('2', day(2), { kycStatus }))
      expect(status, JSON.stringify(kycStatus)).to.include({ status: 'validated', verified: true })
    }
  })

  it('reads as unknown where a level or a user status that nobody understands stands beside a success', () => {
    for (const fields of [
      { kycLevel: 'REFUSED' },
      { kycLevel: {} },
      { kycLevel: 2.5 },
      { userStatus: 'CANCELLED' },
      { userStatus: 'canceled' },
      { userStatus: 3 },
      { userStatus: ['CANCELED'] },
    ]) {
      const status = statusOf(REQUEST, userWith('2', day(2), fields))
      expect(status, JSON.stringify(fields)).to.include({ status: 'unknown', verified: false })
      expect(kinds(status)).to.include('unknown-value')
    }
    expect(statusOf(like(kyc('VALIDATED', day(2)), { kycLevel: 'REFUSED' })).verified).to.equal(false)
    for (const fields of [
      { kycLevel: '', userStatus: null },
      { kycLevel: '6', userStatus: 'PENDING' },
    ]) {
      expect(statusOf(REQUEST, userWith('2', day(2), fields)), JSON.stringify(fields)).to.include({ verified: true })
    }
  })

  it('is not read where a key of the KYC object stands beside a list: whoever is named is unknown', () => {
    for (const fields of [{ kycReview: 3 }, { kycStatus: 'REFUSED' }, { kycLevel: 4 }]) {
      const status = statusOf(REQUEST, like(user('2', day(2)), fields))
      expect(status, JSON.stringify(fields)).to.include({ status: 'unknown', verified: false })
    }
  })

  it('is refused where it says so, beside a review that does not, with an anomaly', () => {
    const status = statusOf(kyc('PENDING', day(1)), like(kyc('REFUSED', day(2)), { kycReview: 2 }))
    expect(status).to.include({ status: 'refused' })
    expect(odd(status)).to.deep.equal(['payload-contradicts'])
  })
})

describe('a user whom the provider has closed', () => {
  const closing = (kycReview: string, at: string): WebhookJson => userWith(kycReview, at, { userStatus: 'CANCELED' })

  it('is closed from there on, whatever comes, and each event that comes leaves an anomaly', () => {
    const status = statusOf(
      REQUEST,
      user('2', day(2)),
      closing('2', day(3)),
      user('2', day(4)),
      kyc('VALIDATED', day(5)),
      userWith('2', day(6), { userStatus: 'VALIDATED' }),
    )
    expect(status).to.deep.include({ status: 'closed', verified: false })
    expect(status.anomalyCounts['after-closure']).to.equal(3)
    expect([status.legacy.state, status.lifecycle.state]).to.deep.equal(['validated', 'validated'])
  })

  it('was not closed before', () => {
    const history = [REQUEST, user('2', day(2)), closing('2', day(5))]
    expect(asOf(day(4), ...history)).to.include({ status: 'validated', verified: true })
    expect(asOf(day(5), ...history)).to.include({ status: 'closed', verified: false })
  })

  it('is closed by what nothing dates as well', () => {
    expect(statusOf(REQUEST, user('3', day(2)), undated(closing('2', day(3)))).status).to.equal('closed')
  })

  it('is closed by a user without its list as well, and by none of several', () => {
    const flat = (users: readonly number[]): WebhookJson => ({
      ...user('2', day(3)),
      object_payload: { userId: users, userStatus: 'CANCELED', email: 'x' },
    })
    expect(statusOf(REQUEST, user('2', day(2)), flat([42]), user('2', day(4))).status).to.equal('closed')
    expect(statusOf(REQUEST, user('2', day(2)), flat([42, 43])).status).to.equal('unknown')
  })

  it('is so by the signed payload alone, not by the name of the webhook', () => {
    const named = { ...userWith('2', day(2), { userStatus: 'VALIDATED' }), webhook: 'user.cancel' }
    expect(statusOf(REQUEST, named)).to.include({ status: 'validated' })
    expect(kinds(statusOf(REQUEST, named))).to.deep.equal(['envelope-disagrees'])
  })
})

describe('a refusal by the legacy life cycle beside a validation by the new one', () => {
  const lifecycle = [kyc('PENDING', day(1)), kyc('VALIDATED', day(3))]

  it('makes the status unknown, at the same time as the validation or later', () => {
    for (const at of [day(3), day(4)]) {
      const status = statusOf(...lifecycle, user('3', at))
      expect(status).to.include({ status: 'unknown', verified: false, governedBy: 'lifecycle' })
      expect(kinds(status)).to.include('life-cycles-contradict')
    }
    const before = statusOf(...lifecycle, user('3', day(2)))
    expect(before).to.include({ status: 'validated', verified: true })
    expect(kinds(before)).to.include('life-cycles-contradict')
  })

  it('is not taken back by anything the legacy one says afterwards', () => {
    const after = statusOf(...lifecycle, user('3', day(4)), user('1', day(5)), user('2', day(6)))
    expect(after).to.include({ status: 'unknown', verified: false })
    expect(kinds(after)).to.include('life-cycles-contradict')
  })

  it('ends with what the new one says later, unless that is an echo or only its receipt dates it', () => {
    const contradicted = [...lifecycle, user('3', day(4))]
    const again = like(kyc('VALIDATED', day(5)), { nextReviewDate: '2029-01-01' })
    expect(statusOf(...contradicted, again)).to.include({ status: 'validated', verified: true })
    expect(statusOf(...contradicted, undated(again))).to.include({ status: 'unknown', verified: false })
    expect(statusOf(...contradicted, sentAgain(kyc('VALIDATED', day(3)), day(5)))).to.include({ verified: false })
    expect(statusOf(...contradicted, { ...again, webhook_created_at: at(day(4)) }).verified).to.equal(false)
  })

  it('leaves the status refused where the new one refuses itself, with an anomaly', () => {
    const status = statusOf(user('2', day(2)), kyc('PENDING', day(3)), kyc('REFUSED', day(4)))
    expect(status).to.include({ status: 'refused' })
    expect(kinds(status)).to.include('life-cycles-contradict')
  })

  it('is told of a legacy review that is opened after the validation, which stays', () => {
    for (const review of ['6', '7', '4']) {
      const status = statusOf(...lifecycle, user(review, day(4)))
      expect(status).to.include({ status: 'validated', verified: true })
      expect(kinds(status)).to.include('life-cycles-contradict')
    }
  })
})

describe('a KYC object with older dates than were heard before', () => {
  const reviewed = (kycStatus: string, at: string, reviewedAt: string, more: object = {}): WebhookJson =>
    like(kyc(kycStatus, at), { lastReviewDatetime: reviewedAt, ...more })

  it('is not followed where it is a success', () => {
    const history = [kyc('PENDING', day(1)), reviewed('REFUSED', day(5), day(5))]
    const older = reviewed('VALIDATED', day(6), day(4))
    expect(statusOf(...history, older)).to.include({ status: 'refused', verified: false })
    expect(kinds(statusOf(...history, older))).to.include('outdated')
    expect(statusOf(...history, reviewed('VALIDATED', day(6), day(5)))).to.include({ status: 'validated' })
  })

  it('is followed where it is a refusal that was not heard before', () => {
    const status = statusOf(
      kyc('PENDING', day(1)),
      reviewed('VALIDATED', day(5), day(5)),
      reviewed('REFUSED', day(6), day(4)),
    )
    expect(status.status).to.equal('refused')
  })

  it('is not followed where it is an echo, whatever it says', () => {
    const pending = like(kyc('PENDING', day(1)), { lastRequestDatetime: day(1) })
    const status = statusOf(pending, reviewed('VALIDATED', day(3), day(3)), sentAgain(pending, day(5)))
    expect(status).to.include({ status: 'validated', verified: true })
    expect(odd(status)).to.deep.equal(['outdated'])
  })
})

describe('an echo that is not followed', () => {
  it('changes nothing: a life cycle governs once one of its objects was followed', () => {
    const success = kyc('VALIDATED', day(20))
    const history = [REQUEST, user('2', day(2)), success, sentAgain(success, day(10))]
    expect(asOf(day(12), ...history)).to.include({ status: 'validated', verified: true, governedBy: 'legacy' })
    expect(statusOf(...history)).to.include({ status: 'validated', governedBy: 'lifecycle' })
  })
})

describe('a user first heard of as validated', () => {
  it('leaves an anomaly of its own kind', () => {
    expect(kinds(statusOf(user('2', day(1))))).to.deep.equal(['no-request-seen'])
    expect(kinds(statusOf(kyc('VALIDATED', day(1))))).to.deep.equal(['no-request-seen'])
    expect(kinds(statusOf(document('801', 'VALIDATED', day(1))))).to.deep.equal(['unexpected-transition'])
  })
})

describe('an identification that fails after a validation', () => {
  it('leaves an anomaly, and the status', () => {
    const validated = [REQUEST, user('2', day(2))]
    for (const failing of [
      [qes('a', 'STARTED', day(3)), qes('a', 'CANCELED', day(4))],
      [qes('a', 'STARTED', day(3)), qes('a', 'FRAUD_SUSPICION_CONFIRMED', day(4))],
      [liveness('a', 'processing', null, day(3)), liveness('a', 'processed', 0, day(4))],
    ]) {
      const status = statusOf(...validated, ...failing)
      expect(status).to.include({ status: 'validated' })
      expect(kinds(status)).to.deep.equal(['identification-contradicts'])
      expect(kinds(statusOf(REQUEST, ...failing))).to.deep.equal([])
    }
    expect(kinds(statusOf(...validated, qes('a', 'STARTED', day(3)), qes('a', 'ABORTED', day(4))))).to.deep.equal([])
  })
})

describe('of one time', () => {
  it('a new request with a later signed date comes after the result before it', () => {
    const dates = (request: string, review: string | null) => ({
      lastRequestDatetime: request,
      lastReviewDatetime: review,
    })
    const status = statusOf(
      like(kyc('PENDING', day(1)), dates(day(1), null)),
      like(kyc('VALIDATED', day(5)), dates(day(1), day(4))),
      like(kyc('PENDING', day(5)), dates(day(5), day(4))),
    )
    expect(status).to.include({ status: 'pending', verified: false })
    expect(odd(status)).to.deep.equal([])
  })

  it('and of clocks ahead of the receipt, a refusal comes after the validation', () => {
    const stream = recordedStream(
      USER,
      [REQUEST, user('2', '2024-06-03T12:04:59.000Z'), user('3', '2024-06-03T12:01:00.000Z')],
      () => day(3),
    )
    const status = currentStatus(fold(USER, stream))
    expect(status).to.include({ status: 'refused', verified: false })
    expect(kinds(status)).to.not.include('time-not-believed')
  })

  it('a document is cancelled after it was created, whichever of its dates is ahead', () => {
    const created = { createdDate: '2024-06-02 22:55:13', modifiedDate: '0000-00-00 00:00:00' }
    const canceled = { createdDate: '2024-06-02 22:55:13', modifiedDate: '2024-06-02 20:55:24' }
    const status = statusOf(
      undated(document('801', 'CANCELED', day(9), canceled)),
      undated(document('801', 'PENDING', day(9), created)),
    )
    expect(status.documents[0]?.state).to.equal('canceled')
    expect(kinds(status)).to.deep.equal([])
  })
})

describe('what neither id nor time tells from what was said before', () => {
  const [refusal, success] = [undated(user('3', day(2))), undated(user('2', day(2)))]

  it('is known while it is the last word, and else an echo', () => {
    expect(streamOf(refusal, refusal)).to.have.length(1)
    const stream = streamOf(success, refusal, success, success, refusal)
    expect(stream.map(({ metadata }) => JSON.parse(metadata).echoOf)).to.deep.equal([null, null, 0, 1])
    expect(new Set(stream.map(({ eventId }) => eventId)).size).to.equal(4)
  })

  it('never makes anybody verified whom it refuses in another order', () => {
    const said = [undated(user('1', day(2))), refusal, success, refusal, success]
    const orders = <A>(items: readonly A[]): readonly (readonly A[])[] =>
      items.length < 2
        ? [items]
        : items.flatMap((first, index) => orders(items.toSpliced(index, 1)).map((rest) => [first, ...rest]))
    for (const order of orders(said)) {
      const stream = recordedStream(USER, order, (index) => day(index + 1))
      expect(currentStatus(fold(USER, stream)).verified, JSON.stringify(order)).to.equal(false)
    }
  })

  it('is told apart by an id only where that never came with another payload', () => {
    const constant = { webhook_id: 'constant' }
    const stream = streamOf({ ...refusal, ...constant }, { ...success, ...constant }, { ...refusal, ...constant })
    expect(stream).to.have.length(3)
    expect(currentStatus(fold(USER, stream)).verified).to.equal(false)
  })
})

describe('a stream with a gap', () => {
  it('is unknown, and says so, with what is there', () => {
    const stream = streamOf(REQUEST, user('3', day(2)), user('1', day(3)), user('2', day(4)))
    for (const cut of [stream.slice(1), stream.slice(2), stream.toSpliced(1, 1), stream.slice(3)]) {
      const status = currentStatus(fold(USER, cut))
      expect(status).to.include({ status: 'unknown', verified: false, events: cut.length, revision: 3 })
      expect(status.anomalies.at(-1)).to.deep.include({ kind: 'history-incomplete', eventId: null, at: null })
      expect(status.legacy.state).to.equal('validated')
    }
    expect(currentStatus(fold(USER, stream.slice(0, 2)))).to.include({ status: 'refused' })
  })
})

describe('anomalies in the status', () => {
  it('are the newest twenty of each kind, and all of them counted', () => {
    const alternating = Array.from({ length: 60 }, (_, index) =>
      user(index % 2 === 0 ? '2' : '3', `2024-06-01T12:${String(index).padStart(2, '0')}:00.000Z`),
    ).map((webhook, index) => like(webhook, { clientId: index }))
    const status = statusOf(...alternating)
    expect(status.anomalyCounts).to.deep.equal({ 'no-request-seen': 1, 'unexpected-transition': 59 })
    expect(status.anomalies).to.have.length(21)
    expect(status.anomalies.at(-1)?.at).to.equal('2024-06-01T12:59:00.000Z')
    expect(status.anomalies[1]?.at).to.equal('2024-06-01T12:40:00.000Z')
  })
})
