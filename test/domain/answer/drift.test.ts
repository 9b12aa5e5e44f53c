import { expect } from 'chai'
import { type DriftKind, driftAt, driftOf } from '../../../domain/answer/drift.ts'
import type { StoredEvent } from '../../../domain/event/storedEvent.ts'
import { type Instant, minutes } from '../../../domain/instant.ts'
import { fold } from '../../../domain/state/fold.ts'
import { type KycState, withFlaw } from '../../../domain/state/kycState.ts'
import type { NewEvent, RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { observed as observedOf, released as releasedBy, type SaidByApi } from '../../support/events/ownEvents.ts'
import { instant, recordedStream } from '../../support/events/storedEvents.ts'
import { stateOf } from '../../support/histories/folded.ts'
import { USER } from '../../support/histories/histories.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'
import {
  day,
  document,
  kyc,
  liveness,
  qes,
  sentAgain,
  user,
  videoConference,
} from '../../support/webhooks/plainWebhooks.ts'

const HOURS = 72
const after = minutes(HOURS * 60)

/** The time that is so many microseconds away from another one. */
const away = (rfc3339: string, microseconds: number): Instant => (instant(rfc3339) + microseconds) as Instant

const drift = (state: KycState, now: Instant): readonly DriftKind[] => driftAt(driftOf(state), { now, after })

/** With the members of the KYC object that date a review. */
const dated = (webhook: WebhookJson, more: object): WebhookJson => ({
  ...webhook,
  object_payload: { ...(webhook['object_payload'] as object), ...more },
})

describe('what looks as if a webhook never came', () => {
  it('is a user who has been pending for longer than the hours that are allowed, by either life cycle', () => {
    for (const state of [stateOf(user('1', day(2))), stateOf(kyc('PENDING', day(2))), stateOf(user('6', day(2)))]) {
      expect(drift(state, away(day(2), after - 1))).to.deep.equal([])
      expect(drift(state, away(day(2), after))).to.deep.equal([])
      expect(drift(state, away(day(2), after + 1))).to.deep.equal(['pending-long'])
    }
    // Pending through several states of a life cycle is pending since the first.
    expect(drift(stateOf(user('1', day(2)), user('7', day(4))), away(day(5), 1))).to.deep.equal(['pending-long'])
    for (const decided of [user('2', day(3)), user('3', day(3)), user('8', day(3))])
      expect(drift(stateOf(user('1', day(2)), decided), away(day(30), 0))).to.deep.equal([])
    expect(drift(stateOf(document('8', 'PENDING', day(2))), away(day(30), 0))).to.deep.equal([])
  })

  it('is an identification without an end, of whatever kind, from when it was started', () => {
    for (const open of [
      liveness('a', 'initiated', -1, day(2)),
      liveness('a', 'processing', -1, day(3), day(2)),
      qes('a', 'STARTED', day(2)),
      videoConference('a', 'FRAUD_SUSPICION_PENDING', day(2)),
    ]) {
      expect(drift(stateOf(open), away(day(2), after))).to.deep.equal([])
      expect(drift(stateOf(open), away(day(2), after + 1)), open['webhook'] as string).to.deep.equal([
        'identification-open',
      ])
    }
    const started = qes('a', 'STARTED', day(2))
    for (const end of [qes('a', 'SUCCESS', day(3)), qes('a', 'ABORTED', day(3)), qes('b', 'SUCCESS', day(3))])
      expect(drift(stateOf(started, end), away(day(30), 0))).to.deep.equal([])
    // Whatever was started later counts from its own start, and what was started in another way from the first.
    expect(drift(stateOf(started, qes('b', 'STARTED', day(4))), away(day(4), after))).to.deep.equal([])
    expect(drift(stateOf(started, liveness('c', 'initiated', -1, day(4))), away(day(2), after + 1))).to.deep.equal([
      'identification-open',
    ])
  })

  it('is a review whose day has passed in UTC without a request on that day or after it', () => {
    const reviewed = dated(kyc('VALIDATED', day(1)), { nextReviewDate: '2024-06-10' })
    const state = stateOf(reviewed)
    expect(drift(state, instant('2024-06-10T00:00:00Z'))).to.deep.equal([])
    expect(drift(state, instant('2024-06-10T23:59:59.999999Z'))).to.deep.equal([])
    expect(drift(state, away('2024-06-11T00:00:00Z', 1))).to.deep.equal(['review-overdue'])
    const overdue = instant('2024-12-01T00:00:00Z')
    const again = (lastRequestDatetime: string): KycState =>
      stateOf(reviewed, dated(kyc('VALIDATED', day(20)), { nextReviewDate: '2024-06-10', lastRequestDatetime }))
    expect(drift(again('2024-06-09T23:59:59Z'), overdue)).to.deep.equal(['review-overdue'])
    expect(drift(again('2024-06-10T00:00:00Z'), overdue)).to.deep.equal([])
    expect(drift(again('2024-06-12T10:00:00Z'), overdue)).to.deep.equal([])
    // What was asked for early is under way, and overdue as a decision.
    const early = stateOf(reviewed, dated(kyc('PENDING', day(5)), { nextReviewDate: '2024-06-10' }))
    expect(drift(early, overdue)).to.deep.equal(['pending-long'])
    // Another day counts from then on, and none is none.
    expect(
      drift(stateOf(reviewed, dated(kyc('VALIDATED', day(12)), { nextReviewDate: '2029-06-10' })), overdue),
    ).to.deep.equal([])
    expect(drift(stateOf(reviewed, kyc('VALIDATED', day(12))), overdue)).to.deep.equal([])
  })

  it('is nothing of a user whom the provider has closed, or of whom nothing is certain', () => {
    const all = [dated(kyc('VALIDATED', day(1)), { nextReviewDate: '2024-06-10' }), qes('a', 'STARTED', day(2))]
    const late = instant('2025-01-01T00:00:00Z')
    expect(drift(stateOf(...all), late)).to.deep.equal(['identification-open', 'review-overdue'])
    const closed = dated(user('2', day(3)), { users: [{ userId: '42', kycReview: '2', userStatus: 'CANCELED' }] })
    expect(drift(stateOf(...all, closed), late)).to.deep.equal([])
    const pending = stateOf(user('1', day(2)))
    expect(drift(withFlaw(pending, 'history-removed', 'x'), late)).to.deep.equal([])
  })

  it('goes by when it began: that does not change as time passes', () => {
    const state = stateOf(dated(kyc('PENDING', day(1)), { nextReviewDate: '2024-06-10' }), qes('a', 'STARTED', day(2)))
    expect(driftOf(state)).to.deep.equal({ 'pending-long': instant(day(1)), 'identification-open': instant(day(2)) })
  })
})

const heard = (...webhooks: readonly WebhookJson[]): readonly StoredEvent[] => recordedStream(USER, webhooks)

/** What the provider answers at a time: the review alone, or all fields. */
const observed = (said: SaidByApi | string, rfc3339: string, documents: readonly object[] | null = null): NewEvent =>
  observedOf(USER, typeof said === 'string' ? { kycReview: said } : said, instant(rfc3339), documents)

/** The stream with these behind what it holds. */
const withOwn = (stream: readonly StoredEvent[], ...events: readonly NewEvent[]): readonly StoredEvent[] =>
  stream.concat(
    events.map((event, index) => {
      const revision = stream.length + index
      return { ...event, revision, position: String(revision).padStart(16, '0') }
    }),
  )

describe('what looks so once the provider was asked', () => {
  const LATE = instant('2025-01-01T00:00:00Z')
  const now = (stream: readonly StoredEvent[]): readonly DriftKind[] => drift(fold(USER, stream), LATE)
  const validated = (): readonly StoredEvent[] => heard(user('1', day(1)), user('2', day(2)))
  const OTHERWISE = ['observed-otherwise']

  it('is another review, level or status than was heard, for as long as the observation stands', () => {
    const levels = { kycReview: '2', kycLevel: '2', userStatus: 'VALIDATED' }
    const told = heard({ ...user('2', day(2)), object_payload: { users: [{ userId: '42', ...levels }] } })
    for (const same of [levels, { kycReview: 2, kycLevel: 2 }, { kycReview: 2 }])
      expect(now(withOwn(told, observed(same, day(3)))), JSON.stringify(same)).to.deep.equal([])
    const others = [
      { ...levels, kycLevel: '1' },
      { ...levels, userStatus: 'PENDING' },
      { kycReview: '3' },
      { kycReview: 'x' },
      null,
    ]
    for (const other of others)
      expect(now(withOwn(told, observed(other, day(3)))), JSON.stringify(other)).to.deep.equal(OTHERWISE)
    // Another answer takes the place of the former.
    expect(now(withOwn(told, observed('3', day(3)), observed(levels, day(4))))).to.deep.equal([])
    expect(now(withOwn(told, observed(levels, day(3)), observed('3', day(4))))).to.deep.equal(OTHERWISE)
    // So does what the provider says by a webhook after it, and not what is older.
    const after3 = (...more: readonly WebhookJson[]) =>
      now(withOwn(heard(user('1', day(1)), user('2', day(2)), ...more), observed('3', day(3))))
    expect(after3()).to.deep.equal(OTHERWISE)
    expect(after3(user('3', day(4)))).to.deep.equal([])
    expect(after3(kyc('REFUSED', day(4)))).to.deep.equal([])
    expect(after3(document('8', 'PENDING', day(4)))).to.deep.equal(OTHERWISE)
    expect(after3(user('1', day(2)))).to.deep.equal(OTHERWISE)
  })

  it('is that the user stays pending, where the answer says only that', () => {
    expect(now(withOwn(validated(), observed('1', day(3))))).to.deep.equal(['pending-long', ...OTHERWISE])
    const state = fold(USER, withOwn(validated(), observed('1', day(3))))
    expect(drift(state, away(day(3), after))).to.deep.equal(OTHERWISE)
    expect(drift(state, away(day(3), after + 1))).to.deep.equal(['pending-long', ...OTHERWISE])
    // Asked once more, the provider has not made him wait anew.
    const again = fold(USER, withOwn(validated(), observed('1', day(3)), observed('6', day(20))))
    expect(driftOf(again)['pending-long']).to.equal(instant(day(3)))
  })

  it('is a user of whom no webhook ever spoke, and nothing else of him', () => {
    for (const said of ['2', '0', '3', null])
      expect(now(withOwn([], observed(said, day(3), [{ documentId: '9' }]))), String(said)).to.deep.equal([
        'never-heard',
      ])
    // That the provider has him, and nothing was ever asked about him, is what was to be expected.
    expect(now(withOwn([], observed('1', day(3)), observed({ kycReview: 0, kycLevel: 0 }, day(4))))).to.deep.equal([])
    expect(now(withOwn(heard(document('9', 'PENDING', day(1))), observed('0', day(3))))).to.deep.equal([])
    // Heard of later, be it by something older.
    expect(now(withOwn(heard(user('2', day(1))), observed('2', day(3))))).to.deep.equal([])
  })

  it('is a document that no webhook told of', () => {
    const known = { documentId: '8', documentStatus: 'PENDING' }
    const unheard = { documentId: '9', documentStatus: 'VALIDATED' }
    const told = heard(user('2', day(1)), document('8', 'VALIDATED', day(2)))
    expect(now(withOwn(told, observed('2', day(3), [])))).to.deep.equal([])
    expect(now(withOwn(told, observed('2', day(3), [known])))).to.deep.equal([])
    expect(now(withOwn(told, observed('2', day(3), [known, unheard])))).to.deep.equal(['document-never-heard'])
    // Not asked about them again, they are as they were.
    const twice = withOwn(told, observed('2', day(3), [unheard]), observed('3', day(4)))
    expect(now(twice)).to.deep.equal([...OTHERWISE, 'document-never-heard'])
    const heardLate = heard(user('2', day(1)), document('8', 'VALIDATED', day(2)), document('9', 'VALIDATED', day(5)))
    expect(now(withOwn(heardLate, observed('2', day(3), [unheard])))).to.deep.equal([])
    const lifted = heard(user('2', day(1)), document('8', 'VALIDATED', day(2)), kyc('VALIDATED', day(4)))
    expect(now(withOwn(lifted, observed('2', day(3), [unheard])))).to.deep.equal([])
    // What was lifted is not taken over by an answer that was not asked about them.
    expect(now(withOwn(lifted, observed('2', day(3), [unheard]), observed('3', day(5))))).to.deep.equal(OTHERWISE)
  })

  it('is a success that was held back, until he is validated or something speaks against it', () => {
    const [asked, first, refused] = [user('1', day(1)), user('2', day(2)), user('3', day(3))]
    const echoed = [asked, first, refused, sentAgain(first, day(4))]
    expect(now(heard(...echoed))).to.deep.equal(['held-back-success'])
    expect(now(heard(...echoed, user('3', day(5))))).to.deep.equal([])
    expect(now(heard(...echoed, kyc('VALIDATED', day(5))))).to.deep.equal([])
    expect(now(heard(asked, first, refused))).to.deep.equal([])
    const stream = withOwn(heard(...echoed), observed('2', day(5)))
    expect(now(stream)).to.deep.equal([...OTHERWISE, 'held-back-success'])
    const [held, answer] = [stream[3], stream[4]] as readonly (RecordedEvent | undefined)[]
    if (held === undefined || answer === undefined) throw new Error('the stream is shorter than it was')
    const named = { ...held, stream: `kyc-${USER}` }
    const releasing = releasedBy(named, { observation: answer.eventId }, instant(day(6)))
    expect(now(withOwn(stream, releasing))).to.deep.equal([])
  })
})
