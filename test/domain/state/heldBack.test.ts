import { expect } from 'chai'
import { type CurrentStatus, currentStatus } from '../../../domain/answer/currentStatus.ts'
import { statusSince } from '../../../domain/answer/status.ts'
import type { NamedEvent } from '../../../domain/event/ownEvent.ts'
import type { StoredEvent } from '../../../domain/event/storedEvent.ts'
import { formatMilliseconds } from '../../../domain/instant.ts'
import type { AnomalyKind } from '../../../domain/state/anomaly.ts'
import { fold } from '../../../domain/state/fold.ts'
import { confirmed } from '../../../domain/state/heldBack.ts'
import { instant, recordedStream } from '../../support/events/storedEvents.ts'
import {
  heard,
  named,
  observation,
  observed,
  releasedByTwo,
  releasedOn,
  requested,
  type Writing,
  withOwn,
} from '../../support/events/writings.ts'
import { USER } from '../../support/histories/histories.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'
import { day, kyc, sentAgain, undated, user } from '../../support/webhooks/plainWebhooks.ts'

type Stream = readonly StoredEvent[]

const statusOf = (stream: Stream): CurrentStatus => currentStatus(fold(USER, stream))
const kinds = ({ anomalies }: CurrentStatus): readonly AnomalyKind[] => anomalies.map(({ kind }) => kind)
const since = (stream: Stream): string | null => {
  const at = statusSince(fold(USER, stream))
  return at === null ? null : formatMilliseconds(at)
}

/** A user object, or a KYC object, with more fields. */
const userWith = (kycReview: unknown, at: string, fields: object): WebhookJson => ({
  ...user(kycReview, at),
  object_payload: { users: [{ userId: '42', kycReview, ...fields }] },
})
const kycWith = (kycStatus: unknown, at: string, fields: object): WebhookJson => ({
  ...kyc(kycStatus, at),
  object_payload: { userId: 42, kycStatus, ...fields },
})

const VALID = user('2', day(2))
const REFUSAL = user('3', day(3))
/** Validated, refused, and validated anew in the same words: the last is an echo, at revision 3. */
const AGAIN = [user('1', day(1)), VALID, REFUSAL, sentAgain(VALID, day(4))]
const LIFECYCLE_VALID = kyc('VALIDATED', day(2))
const LIFECYCLE_AGAIN = [
  kyc('PENDING', day(1)),
  LIFECYCLE_VALID,
  kyc('REFUSED', day(3)),
  sentAgain(LIFECYCLE_VALID, day(4)),
]
/** Refused, and validated by what nothing but its receipt dates, at revision 1. */
const UNDATED = (): Stream => recordedStream(USER, [REFUSAL, undated(user('2', day(4)))], (index) => day(index + 3))

/** The stream, asked about on the 6th, and what that confirms released on the 7th. */
const confirmedAndReleased = (stream: Stream, named_: NamedEvent, answer: unknown = '2'): Stream =>
  withOwn(stream, observed(answer, day(6)), releasedOn(named_, `own-${stream.length}`, day(7)))

const byTwo = (stream: Stream, named_: NamedEvent, more: readonly Writing[] = []): Stream =>
  withOwn(
    stream,
    requested(named_, 'ann', day(6)),
    ...more,
    releasedByTwo(named_, [stream.length, 'ann', 'bob'], day(8)),
  )

describe('a signed success that is not followed', () => {
  it('is held back as an echo, by the name of its event', () => {
    const stream = heard(...AGAIN)
    expect(statusOf(stream).heldBack).to.deep.equal([
      { ...named(stream, 3), region: 'legacy', why: 'echo', at: day(4) },
    ])
    const ofLifecycle = heard(...LIFECYCLE_AGAIN)
    expect(statusOf(ofLifecycle).heldBack).to.deep.equal([
      { ...named(ofLifecycle, 3), region: 'lifecycle', why: 'echo', at: day(4) },
    ])
  })

  it('is held back for want of a time', () => {
    const stream = UNDATED()
    expect(statusOf(stream)).to.include({ status: 'refused' })
    expect(statusOf(stream).heldBack).to.deep.equal([
      { ...named(stream, 1), region: 'legacy', why: 'weakly-dated', at: day(4) },
    ])
  })

  it('is not held back where its signed dates are older than ones that were heard', () => {
    const dates = (review: number) => ({ lastReviewDatetime: day(review), lastRequestDatetime: null })
    const outdated = [
      kycWith('VALIDATED', day(5), dates(5)),
      kycWith('PENDING', day(6), dates(5)),
      kycWith('VALIDATED', day(7), dates(2)),
    ]
    expect(statusOf(heard(...outdated)).heldBack).to.deep.equal([])
    expect(kinds(statusOf(heard(...outdated)))).to.include('outdated')
  })

  it('is not held back where it would have changed nothing', () => {
    expect(statusOf(heard(VALID, sentAgain(VALID, day(4)))).heldBack).to.deep.equal([])
    expect(statusOf(heard(VALID)).heldBack).to.deep.equal([])
  })

  it('is held back of the new life cycle that stands validated, where a refusal by the legacy one contradicts it', () => {
    const stream = heard(LIFECYCLE_VALID, user('3', day(3)), sentAgain(LIFECYCLE_VALID, day(4)))
    expect(statusOf(stream)).to.include({ status: 'unknown' })
    expect(statusOf(stream).heldBack).to.have.length(1)
    const released = confirmedAndReleased(stream, named(stream, 2))
    expect(statusOf(released)).to.include({ status: 'validated', verified: true })
  })

  const without: Readonly<Record<string, WebhookJson>> = {
    'a refusal': userWith('3', day(5), { city: 'Lyon' }),
    'a refusal that was here before': sentAgain(REFUSAL, day(5)),
    'a refusal by the other life cycle': kyc('REFUSED', day(5)),
    'a value that nobody knows': user('what', day(5)),
    'one of the other life cycle': kyc('what', day(5)),
    'a review that was closed': user('5', day(5)),
    'a payload that contradicts itself': userWith('2', day(5), { kycLevel: 4 }),
    'a refusal that contradicts itself': kycWith('REFUSED', day(5), { kycReview: 2 }),
    'a closure': userWith('2', day(5), { userStatus: 'CANCELED' }),
    'a closure that says pending': userWith('1', day(5), { userStatus: 'CANCELED' }),
    'something that cannot be read': {
      ...user('2', day(5)),
      object_payload: { users: [{ userId: '42x', kycReview: '2' }], userId: '42', kycStatus: 'VALIDATED' },
    },
    'a success that is followed': userWith('2', day(5), { city: 'Lyon' }),
    'a new request': userWith('1', day(5), { city: 'Lyon' }),
    'a request that was here before': sentAgain(user('1', day(1)), day(5)),
  }
  for (const [what, webhook] of Object.entries(without)) {
    it(`is not held back any more after ${what}, and cannot be released`, () => {
      const stream = heard(...AGAIN, webhook)
      expect(statusOf(stream).heldBack).to.deep.equal([])
      const released = statusOf(confirmedAndReleased(stream, named(stream, 3)))
      expect(kinds(released)).to.include('release-void')
      expect(released.legacy).to.deep.equal(statusOf(stream).legacy)
      expect(released.released).to.equal(null)
    })
  }

  it('is not held back any more of either life cycle once the provider has closed the user', () => {
    const canceled = userWith('1', day(5), { userStatus: 'CANCELED' })
    expect(statusOf(heard(...LIFECYCLE_AGAIN, userWith('1', day(5), { city: 'Lyon' }))).heldBack).to.have.length(1)
    expect(statusOf(heard(...LIFECYCLE_AGAIN, canceled)).heldBack).to.deep.equal([])
  })

  it('stays held back through what says nothing against it', () => {
    for (const webhook of [kyc('PENDING', day(5)), sentAgain(VALID, day(5))]) {
      const stream = heard(...AGAIN, webhook)
      expect(statusOf(stream).heldBack.length, JSON.stringify(webhook)).to.be.greaterThan(0)
    }
  })

  it('is shown once for each payload, the newest, and at most twenty; each of them may be released', () => {
    const twice = heard(...AGAIN, sentAgain(VALID, day(5)))
    expect(statusOf(twice).heldBack.map(({ revision }) => revision)).to.deep.equal([4])
    for (const revision of [3, 4]) {
      const released = statusOf(confirmedAndReleased(twice, named(twice, revision)))
      expect(released, String(revision)).to.include({ status: 'validated', verified: true })
      expect(released.heldBack).to.deep.equal([])
    }
    const many = Array.from({ length: 25 }, (_, index) => userWith('2', day(4), { clientId: index }))
    const stream = recordedStream(USER, [REFUSAL, ...many.map(undated)], () => day(4))
    expect(statusOf(stream).heldBack.map(({ eventId }) => eventId)).to.deep.equal(
      fold(USER, stream)
        .heldBack.slice(5)
        .map(({ eventId }) => eventId),
    )
    expect(fold(USER, stream).heldBack).to.have.length(25)
  })
})

describe('a release', () => {
  it('on an observation makes the success count, from then on', () => {
    const stream = confirmedAndReleased(heard(...AGAIN), named(heard(...AGAIN), 3))
    const status = statusOf(stream)
    expect(status).to.include({ status: 'validated', verified: true, events: 6, revision: 5 })
    expect(status.legacy).to.include({ state: 'validated', since: day(7) })
    expect(status.released).to.deep.equal({
      eventId: 'own-5',
      at: day(7),
      releases: named(stream, 3).eventId,
      on: 'observation',
    })
    expect(status.heldBack).to.deep.equal([])
    expect(kinds(status)).to.not.include('release-void')
    expect(since(stream)).to.equal(day(7))
    expect(currentStatus(fold(USER, stream, [], { asOf: instant(day(6)) }))).to.include({ status: 'refused' })
    expect(currentStatus(fold(USER, stream, [], { asOf: instant(day(7)) }))).to.include({ status: 'validated' })
  })

  it('makes the success of the new life cycle count: it governs, and is assured from then on', () => {
    const stream = confirmedAndReleased(heard(...LIFECYCLE_AGAIN), named(heard(...LIFECYCLE_AGAIN), 3))
    expect(statusOf(stream)).to.include({ status: 'validated', governedBy: 'lifecycle' })
    expect(fold(USER, stream).lifecycle).to.include({ assuredAt: instant(day(7)), enteredBy: 'own-5' })
    const first = recordedStream(
      USER,
      [REFUSAL, undated(kycWith('VALIDATED', day(4), { kycLevel: 2, nextReviewDate: '2029-01-01' }))],
      () => day(4),
    )
    expect(statusOf(first)).to.include({ status: 'refused', governedBy: 'legacy' })
    const released = statusOf(confirmedAndReleased(first, named(first, 1)))
    expect(released).to.include({ status: 'validated', governedBy: 'lifecycle' })
    expect(released.lifecycle).to.deep.include({ level: { code: 2, name: 'REGULAR' }, nextReviewDate: '2029-01-01' })
  })

  it('takes over what the signed event says', () => {
    const valid = userWith('2', day(2), { kycLevel: 3, userStatus: 'VALIDATED' })
    const stream = heard(valid, userWith('3', day(3), { kycLevel: 4 }), sentAgain(valid, day(4)))
    expect(statusOf(confirmedAndReleased(stream, named(stream, 2))).legacy).to.deep.include({
      review: { code: 2, name: 'VALIDATED' },
      level: { code: 3, name: 'STRONG' },
      userStatus: 'VALIDATED',
    })
  })

  it('moves as the machine has it, by what is no echo any more', () => {
    const status = statusOf(confirmedAndReleased(heard(...AGAIN), named(heard(...AGAIN), 3)))
    const moved = status.anomalies.filter(({ eventId }) => eventId === 'own-5')
    expect(moved.map(({ kind, detail }) => [kind, detail])).to.deep.equal([
      ['unexpected-transition', 'legacy: refused -> validated; expected after refused: pending'],
    ])
  })

  it('is told until the life cycle leaves the state, and not of one that does not govern', () => {
    const named_ = named(heard(...AGAIN), 3)
    const later = (webhook: WebhookJson) => confirmedAndReleased(heard(...AGAIN, webhook), named_)
    expect(statusOf(later(userWith('2', day(9), { city: 'Lyon' }))).released).to.include({ on: 'observation' })
    expect(statusOf(later(userWith('1', day(9), { city: 'Lyon' }))).released).to.equal(null)
    expect(statusOf(later(userWith('3', day(9), { city: 'Lyon' }))).released).to.equal(null)
    expect(statusOf(later(kyc('VALIDATED', day(9)))).released).to.equal(null)
  })

  it('is void by its ground: the observation says something else, stands no more, or was none', () => {
    const stream = heard(...AGAIN)
    const named_ = named(stream, 3)
    for (const answer of ['3', '1', null, 'what', { kycReview: 2, userStatus: 'CANCELED' }]) {
      const status = statusOf(confirmedAndReleased(stream, named_, answer))
      expect(kinds(status), JSON.stringify(answer)).to.include('release-void')
      expect(status.verified).to.equal(false)
    }
    for (const [later, ground] of [
      [[], 'own-4'],
      [[observed('2', day(5)), observed('2', day(6))], 'own-4'],
      [[observed('2', day(8))], 'own-4'],
      [[observed('2', day(6))], 'other'],
    ] as const) {
      const status = statusOf(withOwn(stream, ...later, releasedOn(named_, ground, day(7))))
      expect(kinds(status), JSON.stringify(later)).to.include('release-void')
      expect(status.verified).to.equal(false)
    }
  })

  it('is void where the observation was lifted before it', () => {
    const stream = heard(...AGAIN, kyc('PENDING', day(6)))
    const observedBefore = withOwn(stream, observed('2', day(5)), releasedOn(named(stream, 3), 'own-5', day(7)))
    expect(kinds(statusOf(observedBefore))).to.include('release-void')
  })

  it('is void where both tell a level, and another one', () => {
    const valid = userWith('2', day(2), { kycLevel: 2 })
    const stream = heard(valid, REFUSAL, sentAgain(valid, day(4)))
    const verified = (answer: unknown) => statusOf(confirmedAndReleased(stream, named(stream, 2), answer)).verified
    expect(verified({ kycReview: 2, kycLevel: 2 })).to.equal(true)
    expect(verified({ kycReview: 2 })).to.equal(true)
    expect(verified({ kycReview: 2, kycLevel: 1 })).to.equal(false)
  })

  it('names an event of the stream of the unattributed by its place there', () => {
    const own = heard(VALID, REFUSAL)
    const others = recordedStream(null, [sentAgain(VALID, day(4))])
    const [held] = fold(USER, own, others).heldBack
    expect(held).to.include({ stream: 'kyc-unattributed', revision: 0, why: 'echo' })
    if (held === undefined) throw new Error('it is held back')
    const released = confirmedAndReleased(own, held)
    expect(currentStatus(fold(USER, released, others))).to.include({ status: 'validated', verified: true })
    expect(kinds(currentStatus(fold(USER, released)))).to.include('release-void')
  })

  it('is void by any part of the name', () => {
    const stream = heard(...AGAIN)
    const named_ = named(stream, 3)
    for (const other of [{ stream: 'kyc-43' }, { revision: 1 }, { eventId: 'other' }, { payloadHash: 'other' }]) {
      const status = statusOf(confirmedAndReleased(stream, { ...named_, ...other }))
      expect(kinds(status), JSON.stringify(other)).to.include('release-void')
      expect(status.verified).to.equal(false)
    }
    expect(kinds(statusOf(confirmedAndReleased(stream, named(stream, 1))))).to.include('release-void')
  })

  it('is void a second time', () => {
    const stream = heard(...AGAIN)
    const twice = withOwn(
      stream,
      observed('2', day(6)),
      releasedOn(named(stream, 3), 'own-4', day(7)),
      releasedOn(named(stream, 3), 'own-4', day(8)),
    )
    expect(kinds(statusOf(twice)).filter((kind) => kind === 'release-void')).to.have.length(1)
    expect(statusOf(twice)).to.include({ status: 'validated' })
  })

  it('is void by a refusal that comes in late and lies between, and stands where it lies before', () => {
    const named_ = named(heard(...AGAIN), 3)
    const late = (at: string) => [
      ...confirmedAndReleased(heard(...AGAIN), named_),
      ...heard(...AGAIN, userWith('3', at, { city: 'Lyon' }))
        .slice(4)
        .map((event) => ({ ...event, revision: 6 })),
    ]
    for (const at of [day(5), day(7)]) {
      expect(statusOf(late(at)), at).to.include({ status: 'refused', verified: false })
      expect(kinds(statusOf(late(at)))).to.include('release-void')
    }
    expect(statusOf(late('2024-06-03T13:00:00.000Z'))).to.include({ status: 'validated', verified: true })
    expect(statusOf(late(day(9)))).to.include({ status: 'refused' })
    expect(kinds(statusOf(late(day(9))))).to.not.include('release-void')
  })

  it('stays what it was when the success is sent once more, between the two', () => {
    for (const at of ['2024-06-04T10:00:00.000Z', day(5), day(9)]) {
      const stream = heard(...AGAIN, sentAgain(VALID, at))
      expect(statusOf(confirmedAndReleased(stream, named(stream, 3))), at).to.include({ status: 'validated' })
    }
  })

  it('is void where newer signed dates were heard since, and the newer one is what is confirmed', () => {
    const dates = (review: string) => ({ lastReviewDatetime: review, lastRequestDatetime: null })
    const valid = kycWith('VALIDATED', day(2), dates(day(2)))
    const claimsTooMuch = kycWith('VALIDATED', day(20), dates('2024-06-04T13:00:00.000Z'))
    const stream = recordedStream(
      USER,
      [valid, kycWith('REFUSED', day(3), dates(day(2))), sentAgain(valid, day(4)), claimsTooMuch],
      () => day(5),
    )
    expect(statusOf(stream).heldBack.map(({ why }) => why)).to.deep.equal(['echo', 'weakly-dated'])
    const older = statusOf(confirmedAndReleased(stream, named(stream, 2)))
    expect(kinds(older)).to.include('release-void')
    expect(older).to.include({ status: 'refused', verified: false })
    expect(statusOf(confirmedAndReleased(stream, named(stream, 3)))).to.include({ status: 'validated' })
    expect(confirmed(fold(USER, stream), observation('2'))).to.include({ revision: 3 })
    const outdatedAlone = recordedStream(
      USER,
      [
        valid,
        kycWith('REFUSED', day(3), dates(day(2))),
        sentAgain(valid, day(4)),
        kycWith('VALIDATED', day(20), { ...dates('2024-06-04T13:00:00.000Z'), kycLevel: 3 }),
      ],
      () => day(5),
    )
    expect(confirmed(fold(USER, outdatedAlone), observation({ kycReview: 2, kycLevel: 2 }))).to.equal(null)
  })

  it('does not beat what is observed: who is released by persons stays refused where the provider says so', () => {
    const stream = heard(...AGAIN)
    const status = statusOf(byTwo(withOwn(stream, observed('3', day(5))), named(stream, 3)))
    expect(status.legacy.state).to.equal('validated')
    expect(status).to.include({ status: 'refused', verified: false })
    expect(status.observed).to.include({ stands: true, overlays: true })
  })

  it('changes nothing of a user who was closed for good', () => {
    const closed = userWith('1', day(5), { userStatus: 'CANCELED' })
    const stream = heard(VALID, closed, sentAgain(VALID, '2024-06-05T13:00:00.000Z'))
    const status = statusOf(confirmedAndReleased(stream, named(stream, 2)))
    expect(status).to.include({ status: 'closed', verified: false })
    const ofRelease = status.anomalies.filter(({ eventId }) => eventId === 'own-4').map(({ kind }) => kind)
    expect(ofRelease).to.include('after-closure')
  })
})

describe('a release by two persons', () => {
  const stream = heard(...AGAIN)
  const named_ = named(stream, 3)

  it('makes the success count, from when it is confirmed', () => {
    const status = statusOf(byTwo(stream, named_))
    expect(status).to.include({ status: 'validated', verified: true })
    expect(status.released).to.deep.equal({ eventId: 'own-5', at: day(8), releases: named_.eventId, on: 'two-persons' })
    expect(statusOf(withOwn(stream, requested(named_, 'ann', day(6))))).to.include({ status: 'refused' })
  })

  it('is void where one and the same did both, where another one asked, and where nobody did', () => {
    const by = (first: string, second: string, request = 4) =>
      statusOf(
        withOwn(stream, requested(named_, 'ann', day(6)), releasedByTwo(named_, [request, first, second], day(8))),
      )
    expect(by('ann', 'bob')).to.include({ status: 'validated' })
    for (const void_ of [by('ann', 'ann'), by('cid', 'bob'), by('ann', 'bob', 3), by('ann', 'bob', 5)]) {
      expect(void_).to.include({ status: 'refused', verified: false })
      expect(kinds(void_)).to.include('release-void')
    }
    expect(kinds(statusOf(withOwn(stream, releasedByTwo(named_, [4, 'ann', 'bob'], day(8)))))).to.include(
      'release-void',
    )
  })

  it('is void where something else was asked for', () => {
    const twice = heard(...AGAIN, sentAgain(VALID, day(5)))
    const other = withOwn(
      twice,
      requested(named(twice, 3), 'ann', day(6)),
      releasedByTwo(named(twice, 4), [5, 'ann', 'bob'], day(8)),
    )
    expect(kinds(statusOf(other))).to.include('release-void')
    expect(statusOf(other).verified).to.equal(false)
  })

  it('is void where a refusal lies between the two steps', () => {
    const refused = heard(...AGAIN, userWith('3', day(7), { city: 'Lyon' }))
    expect(kinds(statusOf(byTwo(refused, named_)))).to.include('release-void')
    // What is held back again is another event: it has to be asked for anew.
    const heldAgain = heard(
      ...AGAIN,
      userWith('3', day(7), { city: 'Lyon' }),
      sentAgain(VALID, '2024-06-07T13:00:00.000Z'),
    )
    expect(kinds(statusOf(byTwo(heldAgain, named_)))).to.include('release-void')
  })

  it('is void where it was confirmed before it was asked for', () => {
    const early = withOwn(stream, requested(named_, 'ann', day(8)), releasedByTwo(named_, [4, 'ann', 'bob'], day(6)))
    expect(kinds(statusOf(early))).to.include('release-void')
  })
})

describe('what an observation confirms', () => {
  const what = (stream: Stream, answer: unknown) => confirmed(fold(USER, stream), observation(answer))

  it('is what is held back of one who is not validated, where it says validated', () => {
    const stream = heard(...AGAIN)
    expect(what(stream, '2')).to.include({ ...named(stream, 3), region: 'legacy' })
    for (const answer of ['3', '1', '0', null, 'what', { kycReview: 2, kycLevel: 4 }])
      expect(what(stream, answer)).to.equal(null)
    expect(what(heard(VALID, REFUSAL), '2')).to.equal(null)
    expect(what(heard(VALID), '2')).to.equal(null)
    // Of the life cycle that does not govern something may be held back all the same.
    const validated = heard(VALID, REFUSAL, kyc('VALIDATED', day(4)), sentAgain(VALID, day(5)))
    expect(statusOf(validated)).to.include({ status: 'validated' })
    expect(statusOf(validated).heldBack).to.have.length(1)
    expect(what(validated, '2')).to.equal(null)
  })

  it('is the same once it was recorded, and nothing once it was released', () => {
    const stream = heard(...AGAIN)
    expect(what(withOwn(stream, observed('2', day(6))), '2')).to.include({ revision: 3 })
    expect(what(withOwn(stream, observed('3', day(6))), '2')).to.include({ revision: 3 })
    expect(what(confirmedAndReleased(stream, named(stream, 3)), '2')).to.equal(null)
  })

  it('is the newest of the life cycle that governs, else of the other', () => {
    const twice = heard(...AGAIN, sentAgain(VALID, day(5)))
    expect(what(twice, '2')).to.include({ revision: 4 })
    // Both are held back, the legacy one later.
    const both = heard(
      LIFECYCLE_VALID,
      VALID,
      kyc('REFUSED', day(3)),
      sentAgain(LIFECYCLE_VALID, day(4)),
      sentAgain(VALID, day(5)),
    )
    expect(statusOf(both).heldBack.map(({ region }) => region)).to.deep.equal(['lifecycle', 'legacy'])
    expect(what(both, '2')).to.include({ region: 'lifecycle' })
    const other = recordedStream(USER, [REFUSAL, undated(kyc('VALIDATED', day(4)))], () => day(4))
    expect(what(other, '2')).to.include({ region: 'lifecycle' })
  })

  it('has the same level, where both tell one', () => {
    const valid = userWith('2', day(2), { kycLevel: 2 })
    const stream = heard(valid, REFUSAL, sentAgain(valid, day(4)))
    expect(what(stream, { kycReview: 2, kycLevel: 2 })).to.include({ revision: 2 })
    expect(what(stream, { kycReview: 2, kycLevel: 1 })).to.equal(null)
  })

  it('is nothing of one who was closed for good', () => {
    const closed = userWith('1', day(5), { userStatus: 'CANCELED' })
    expect(what(heard(VALID, closed, sentAgain(VALID, day(6))), '2')).to.equal(null)
  })
})
