import { expect } from 'chai'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import { statusOf } from '../../../domain/answer/status.ts'
import { type KycEvent, readEvent } from '../../../domain/event/kycEvent.ts'
import { METADATA_FORMAT } from '../../../domain/event/metadata.ts'
import { comparePlaces } from '../../../domain/event/order.ts'
import type { StoredEvent } from '../../../domain/event/storedEvent.ts'
import { isSuccess } from '../../../domain/regions.ts'
import { evolve, isInOrder } from '../../../domain/state/evolve.ts'
import { fold } from '../../../domain/state/fold.ts'
import { initialState, type KycState } from '../../../domain/state/kycState.ts'
import { read } from '../../../domain/state/reading.ts'
import { interpret } from '../../../domain/treezor/interpretation.ts'
import { webhookOf } from '../../../domain/treezor/webhook.ts'
import { assertLaw } from '../../support/assertLaw.ts'
import { recordedStream, storedEvent, userId } from '../../support/events/storedEvents.ts'
import { kinds, shownTime, stateOf } from '../../support/histories/folded.ts'
import {
  arrivals,
  arrivalsWithoutEcho,
  distinguished,
  nearMisses,
  shuffled,
  USER,
} from '../../support/histories/histories.ts'
import { isVerified } from '../../support/histories/oracle.ts'
import { rankOf, type Said, saidOf } from '../../support/histories/said.ts'
import { documented, type WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'
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

/** All but revisions, which are of the stream and not of what happened. */
const meaning = ({ revision: _, heldBack, ...rest }: KycState) => ({
  ...rest,
  heldBack: heldBack.map(({ revision: __, ...held }) => held),
})

const kycEvent = (stored: StoredEvent): KycEvent => {
  const decoded = readEvent(stored)
  if (E.isLeft(decoded)) throw new Error('an event of the tests can be read')
  return decoded.right
}

/** Every order of a few items. */
const ordersOf = <A>(items: readonly A[]): readonly (readonly A[])[] =>
  items.length < 2
    ? [items]
    : items.flatMap((first, index) => ordersOf(items.toSpliced(index, 1)).map((rest) => [first, ...rest]))

const verified = (state: KycState): boolean => currentStatus(state).verified

describe('the documented history', () => {
  it('of user 6461762 ends validated at level REGULAR, since the review', () => {
    const owner = userId('6461762')
    for (const order of ordersOf([documented('user.kycrequest'), documented('user.kycreview')])) {
      const state = fold(owner, recordedStream(owner, order))
      expect(state.legacy).to.deep.include({ state: 'validated', level: { code: 2, name: 'REGULAR' } })
      expect(shownTime(state.legacy.since)).to.equal('2022-05-30T14:11:02.072Z')
      expect(state.anomalies).to.deep.equal([])
      expect(verified(state)).to.equal(true)
    }
  })

  it('of user 1 ends validated by the new life cycle, though request and result bear one time', () => {
    const owner = userId('1')
    for (const order of ordersOf([documented('kycreview.request'), documented('kycreview.result')])) {
      const state = fold(owner, recordedStream(owner, order))
      expect(state.lifecycle).to.deep.include({ state: 'validated', nextReviewDate: '2020-02-25' })
      expect(currentStatus(state)).to.include({ governedBy: 'lifecycle', verified: true })
      expect(state.anomalies).to.deep.equal([])
    }
  })

  it('of a QES that is said to be both successful and canceled at one time ends canceled', () => {
    const owner = userId('4137216')
    const both = [documented('qes.finalized.success'), documented('qes.finalized.canceled')]
    const all = [documented('qes.created'), documented('qes.processing'), ...both]
    for (const order of ordersOf(all)) {
      const state = fold(owner, recordedStream(owner, order))
      expect(state.qes.map(({ state: says }) => says)).to.deep.equal(['canceled'])
      expect(kinds(state)).to.include('webhook-id-reused')
    }
  })

  it('of an identification announced as QES and as video conference counts the second as an echo, and follows it', () => {
    const owner = userId('4137216')
    for (const order of ordersOf([documented('qes.created'), documented('videoConference.created')])) {
      const stream = recordedStream(owner, order)
      expect(stream).to.have.length(2)
      const state = fold(owner, stream)
      expect([state.qes[0]?.state, state.videoConference[0]?.state]).to.deep.equal(['started', 'started'])
      expect(kinds(state)).to.deep.equal(['echo'])
    }
  })
})

describe('a success that is sent again under another date', () => {
  const KINDS: Readonly<Record<string, readonly [success: WebhookJson, refusal: WebhookJson]>> = {
    'a legacy validation': [user('2', day(10)), user('3', day(20))],
    'a validation of the new life cycle': [kyc('VALIDATED', day(10)), kyc('REFUSED', day(20))],
    'a validated document': [document('801', 'VALIDATED', day(10)), document('801', 'CANCELED', day(20))],
    'a passed liveness check': [liveness('a', 'processed', 1, day(10)), liveness('a', 'processed', 0, day(20))],
    'a successful QES': [qes('t', 'SUCCESS', day(10)), qes('t', 'CANCELED', day(20))],
    'a successful video conference': [
      videoConference('t', 'SUCCESS', day(10)),
      videoConference('t', 'CANCELED', day(20)),
    ],
  }
  const states = ({ legacy, lifecycle, documents, ...regions }: KycState): readonly string[] =>
    [legacy, lifecycle, ...documents, ...regions.liveness, ...regions.qes, ...regions.videoConference].map(
      (one) => one.state,
    )

  for (const [what, [success, refusal]] of Object.entries(KINDS)) {
    it(`turns nobody's refusal around: ${what}`, () => {
      for (const again of [5, 15, 20, 25]) {
        const captured = sentAgain(success, day(again))
        const state = stateOf(success, refusal, captured)
        expect(state.events, `day ${again}`).to.equal(3)
        expect(states(state), `day ${again}`).to.deep.equal(states(stateOf(success, refusal)))
        expect(
          states(state).filter((one) => isSuccess(one as never)),
          `day ${again}`,
        ).to.deep.equal([])
        // On the day of the refusal itself it comes before the refusal, while the original still holds.
        expect(kinds(state).includes('echo'), `day ${again}`).to.equal(again === 5 || again === 25)
      }
    })

    it(`makes nothing of nothing, were the original not there: ${what}`, () => {
      const echo = storedEvent(success, { user: USER, echoOf: 0 })
      expect(states(fold(USER, [echo])).filter((one) => isSuccess(one as never))).to.deep.equal([])
    })

    it(`takes nothing from the original, whichever of the two arrives first: ${what}`, () => {
      const captured = sentAgain(success, day(5))
      for (const order of [
        [success, captured],
        [captured, success],
      ]) {
        expect(states(stateOf(...order)).filter((one) => isSuccess(one as never))).to.have.length(1)
      }
    })
  }

  it('changes nothing at all in any history, but for what it leaves behind', () => {
    fc.assert(
      fc.property(arrivals(), (arriving) => {
        const stream = recordedStream(USER, arriving)
        const saysNothingElse = (event: StoredEvent): boolean => {
          const { echoOf, webhook } = kycEvent(event)
          const said = interpret(webhook).statements.filter((statement) => statement.userId === USER)
          return echoOf !== null && said.every(({ says }) => isSuccess(says))
        }
        const without = fold(
          USER,
          stream.filter((event) => !saysNothingElse(event)),
        )
        const all = fold(USER, stream)
        for (const part of [
          'legacy',
          'lifecycle',
          'documents',
          'liveness',
          'qes',
          'videoConference',
          'hasLifecycle',
        ] as const) {
          expect(all[part]).to.deep.equal(without[part])
        }
      }),
      { numRuns: 300 },
    )
  })

  it('is followed where it is a refusal or a request, and leaves an anomaly where it changes something', () => {
    const pending = user('1', day(1))
    const state = stateOf(pending, user('2', day(10)), sentAgain(pending, day(20)))
    expect(state.legacy.state).to.equal('pending')
    expect(kinds(state)).to.deep.equal(['echo'])
    const twice = stateOf(pending, sentAgain(pending, day(5)))
    expect(twice.legacy.state).to.equal('pending')
    expect(kinds(twice)).to.deep.equal([])
  })
})

describe('an event of the stream', () => {
  const validated = [user('1', day(1)), user('2', day(2))]

  it('that cannot be read makes the status unknown, wherever it stands', () => {
    const stream = recordedStream(USER, validated)
    expect(verified(fold(USER, stream))).to.equal(true)
    const [event] = stream
    if (event === undefined) throw new Error('an event')
    const metadata = JSON.parse(event.metadata) as object
    const unreadable: readonly Partial<StoredEvent>[] = [
      { data: '' },
      { data: '{"webhook":' },
      { metadata: '' },
      { metadata: '[]' },
      { metadata: JSON.stringify({ ...metadata, format: 1 }) },
      { metadata: JSON.stringify({ ...metadata, format: METADATA_FORMAT + 1 }) },
      { metadata: JSON.stringify({ ...metadata, receivedAt: null }) },
      { metadata: JSON.stringify({ ...metadata, statedAt: '2024-06-01' }) },
      { metadata: JSON.stringify({ ...metadata, claim: 'believed' }) },
      { metadata: JSON.stringify({ ...metadata, family: 'constructor' }) },
    ]
    for (const change of unreadable) {
      const broken = { ...event, ...change, eventId: 'broken', revision: 2 }
      for (const order of ordersOf([...stream, broken])) {
        const state = fold(USER, order)
        expect(currentStatus(state), JSON.stringify(change)).to.include({
          status: 'unknown',
          verified: false,
          events: 3,
          revision: 2,
        })
        expect(currentStatus(state).anomalies).to.deep.include({
          kind: 'unreadable-event',
          eventId: 'broken',
          at: null,
          detail: 'an event of the stream cannot be read by this version: the status is not certain',
        })
      }
    }
  })

  it('that can be read as JSON, and of which nothing can be made for this user, makes the status unknown too', () => {
    const stream = recordedStream(USER, validated)
    for (const data of ['null', '[]', '{}', '0', '{"webhook":"user.kycreview","object_payload":{"users":{"0":{}}}}']) {
      const [event] = stream
      if (event === undefined) throw new Error('an event')
      const state = fold(USER, [...stream, { ...event, data, eventId: 'strange', revision: 2 }])
      expect(currentStatus(state), data).to.include({ status: 'unknown', verified: false, events: 3 })
    }
  })

  it('that comes late is told from one that is in order, and is folded where it belongs', () => {
    const stream = recordedStream(USER, [user('1', day(1)), user('3', day(3)), user('2', day(2))])
    const [first, third, late] = stream.map((event) => read(kycEvent(event), USER))
    if (first === undefined || third === undefined || late === undefined) throw new Error('three events')
    const onTop = [first, third].reduce(evolve, initialState(USER))
    expect(isInOrder(initialState(USER), first.place)).to.equal(true)
    expect(isInOrder(onTop, late.place)).to.equal(false)
    expect(isInOrder(onTop, third.place), 'what was folded last').to.equal(false)
    const refolded = fold(USER, stream)
    expect(refolded.legacy.state).to.equal('refused')
    expect(shownTime(refolded.legacy.since)).to.equal(day(3))
  })

  it('about several users is no anomaly when its object_id names another of them', () => {
    const payload = {
      users: [
        { userId: '41', kycReview: '2' },
        { userId: '42', kycReview: '1' },
      ],
    }
    const event = (objectId: string): WebhookJson => ({
      ...user('1', day(1)),
      object_id: objectId,
      object_payload: payload,
    })
    expect(kinds(stateOf(event('41')))).to.deep.equal([])
    expect(kinds(stateOf(event('42')))).to.deep.equal([])
    expect(kinds(stateOf(event('43')))).to.deep.equal(['envelope-disagrees'])
    expect(stateOf(event('41')).legacy.state).to.equal('pending')
  })

  it('leaves an anomaly where its name is unknown, or of another family than its payload', () => {
    expect(kinds(stateOf({ ...user('1', day(1)), webhook: 'user.expired' }))).to.deep.equal(['unknown-name'])
    expect(kinds(stateOf({ ...user('1', day(1)), webhook: 'document.create' }))).to.deep.equal(['envelope-disagrees'])
    expect(kinds(stateOf({ ...user('1', day(1)), webhook: 'qes.expired' }))).to.have.members([
      'unknown-name',
      'envelope-disagrees',
    ])
    for (const name of ['user.create', 'user.update', 'user.cancel', 'user.kycrequest']) {
      expect(kinds(stateOf({ ...user('1', day(1)), webhook: name })), name).to.deep.equal([])
    }
  })

  it('leaves an anomaly where its time was not believed', () => {
    const future = { ...user('1', day(1)), webhook_created_at: Date.parse('2031-01-01') * 10 }
    expect(kinds(stateOf(future))).to.deep.equal(['time-not-believed'])
    const result = { ...documented('qes.processing'), webhook_created_at: Date.parse('2024-06-27T07:11:22Z') * 10 }
    const owner = userId('4137216')
    const state = fold(owner, recordedStream(owner, [result]))
    expect(kinds(state)).to.include('time-not-believed')
    expect(shownTime(state.last?.occurredAt ?? null)).to.equal('2024-06-27T07:16:23.000Z')
  })

  it('leaves an anomaly where it brings another payload under a known id', () => {
    const [first, second] = [user('1', day(1)), { ...user('2', day(2)), webhook_id: user('1', day(1)).webhook_id }]
    const state = stateOf(first, second)
    expect(kinds(state)).to.deep.equal(['webhook-id-reused'])
    expect(state.legacy.state).to.equal('validated')
  })

  it('leaves an anomaly that names state, report and what was expected, where the move is odd; and the move is made', () => {
    const refused = stateOf(user('3', day(1)))
    expect(refused.legacy.state).to.equal('refused')
    expect(refused.anomalies.map(({ kind, detail, at }) => [kind, detail, shownTime(at)])).to.deep.equal([
      ['unexpected-transition', 'legacy: none -> refused; expected after none: pending', day(1)],
    ])
    const state = stateOf(user('2', day(1)))
    expect(state.legacy.state).to.equal('validated')
    expect(state.anomalies.map(({ kind, detail, at }) => [kind, detail, shownTime(at)])).to.deep.equal([
      ['no-request-seen', 'legacy: the first thing heard is that it is validated: no request for it was seen', day(1)],
    ])
  })
})

describe('the state of a user', () => {
  /** A stream with the same events under other revisions, given in another order. */
  const recordedOtherwise = (stream: readonly StoredEvent[]) =>
    fc
      .tuple(shuffled(stream), shuffled([...stream.keys()]))
      .map(([events, revisions]) => events.map((event, index) => ({ ...event, revision: revisions[index] ?? 0 })))

  it('depends on the set of his events, not on their order nor their revisions', () => {
    const streams = arrivals().map((arriving) => recordedStream(USER, arriving))
    const pairs = streams.chain((stream) => recordedOtherwise(stream).map((other) => [stream, other] as const))
    fc.assert(
      fc.property(pairs, ([stream, other]) => {
        expect(meaning(fold(USER, other))).to.deep.equal(meaning(fold(USER, stream)))
      }),
      { numRuns: 300 },
    )
  })

  it('depends on the set of what arrives: neither on the order of arrival nor on what arrives twice', () => {
    const twoOrders = arrivalsWithoutEcho
      .map(distinguished)
      .chain((arriving) =>
        fc
          .subarray([...arriving])
          .chain((again) => shuffled([...arriving, ...again]).map((other) => [arriving, other] as const)),
      )
    fc.assert(
      fc.property(twoOrders, ([arriving, other]) => {
        expect(meaning(stateOf(...other))).to.deep.equal(meaning(stateOf(...arriving)))
      }),
      { numRuns: 300 },
    )
  })

  it('is the same folded at once and event by event, in order', () => {
    fc.assert(
      fc.property(arrivals(), (arriving) => {
        const stream = recordedStream(USER, arriving)
        const readings = stream
          .map((event) => read(kycEvent(event), USER))
          .sort((a, b) => comparePlaces(a.place, b.place))
        let state = initialState(USER)
        for (const reading of readings) {
          expect(isInOrder(state, reading.place)).to.equal(true)
          state = evolve(state, reading)
        }
        expect(state).to.deep.equal(fold(USER, stream))
      }),
    )
  })

  it('survives JSON', () => {
    fc.assert(
      fc.property(arrivals(), (arriving) => {
        const state = stateOf(...arriving)
        expect(JSON.parse(JSON.stringify(state))).to.deep.equal(state)
      }),
    )
  })

  it('is not changed by folding on top of it', () => {
    const frozen = <A>(value: A): A => {
      if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
      return value
    }
    fc.assert(
      fc.property(arrivals(), (arriving) => {
        const readings = recordedStream(USER, arriving).map((event) => read(kycEvent(event), USER))
        readings.reduce((state, reading) => evolve(frozen(state), frozen(reading)), initialState(USER))
      }),
    )
  })
})

describe('a user is verified', () => {
  /** What one payload says of the user, where it can be told what it is. */
  const said = (payload: unknown): readonly Said[] => {
    const own = (key: string): unknown =>
      typeof payload === 'object' && payload !== null && Object.hasOwn(payload, key)
        ? (payload as Record<string, unknown>)[key]
        : undefined
    const has = (...keys: readonly string[]) => keys.filter((key) => own(key) !== undefined).length
    const holdsMany = (key: string) => typeof own(key) === 'object' && own(key) !== null
    const isKyc =
      has('kycStatus', 'kycReview', 'kycLevel', 'kycReviewType', 'lastReviewDatetime', 'nextReviewDate') > 0 &&
      [42, '42'].includes(own('userId') as string)
    const isOther =
      holdsMany('documents') ||
      has('user_id', 'kyc-status', 'score', 'started-at') > 1 ||
      has('transactionNumber', 'identId', 'result') > 1
    if (Array.isArray(payload) || isOther || (isKyc && holdsMany('users'))) return []
    return saidOf(payload, USER, () => isKyc)
  }

  /** The rules of the status without any machine. */
  const expectedOf = (stream: readonly StoredEvent[]): boolean =>
    isVerified(
      stream.flatMap((event) => {
        const { occurredAt, weaklyDated, echoOf, payloadHash, eventId } = kycEvent(event)
        const all = said(JSON.parse(event.data).object_payload)
        const rank = Math.max(...all.map(({ says }) => rankOf(says)))
        const placed = {
          at: occurredAt,
          isWeak: weaklyDated,
          isEcho: echoOf !== null,
          tie: payloadHash + eventId,
          rank,
        }
        return all.map((one) => ({ ...one, ...placed }))
      }),
    )

  it('exactly where the life cycle that governs says so last', async () => {
    let verifiedOnes = 0
    await assertLaw(
      fc.property(arrivals(30), (arriving) => {
        const stream = recordedStream(USER, arriving)
        const expected = expectedOf(stream)
        if (expected) verifiedOnes += 1
        expect(verified(fold(USER, stream))).to.equal(expected)
      }),
      { same: 1000, others: 500 },
      () => {
        expect(verifiedOnes).to.be.greaterThan(50)
      },
    )
  })

  it('by no payload but one that says kycReview 2 or kycStatus VALIDATED, whatever stands in it', async () => {
    let verifiedOnes = 0
    await assertLaw(
      fc.property(nearMisses, fc.constantFrom('user.kycreview', 'kycreview.result', 'foo'), (payload, name) => {
        const webhook = { webhook: name, webhook_created_at: Date.parse(day(2)) * 10, object_payload: payload }
        const attributed = interpret(webhookOf(webhook)).statements.some((statement) => statement.userId === USER)
        const stream = attributed ? [storedEvent(webhook, { user: USER })] : []
        const all = said(payload)
        const expected =
          all.some(({ says }) => says === 'success') && all.every(({ says, closes }) => rankOf(says) < 2 && !closes)
        if (expected) verifiedOnes += 1
        expect(verified(fold(USER, stream))).to.equal(expected)
      }),
      { same: 2500, others: 1500 },
      () => {
        expect(verifiedOnes).to.be.greaterThan(10)
      },
    )
  })

  it('no more, once something unknown is said last', () => {
    for (const unknown of [null, '', '8', 99, 'VALIDATED', {}, [2], true, '2 ', '02', 2.5]) {
      expect(
        statusOf(stateOf(user('1', day(1)), user('2', day(2)), user(unknown, day(3)))),
        JSON.stringify(unknown),
      ).to.equal('unknown')
    }
    for (const unknown of ['validated', 'VALIDATED ', 2, {}, ['VALIDATED'], true]) {
      expect(
        statusOf(stateOf(kyc('PENDING', day(1)), kyc('VALIDATED', day(2)), kyc(unknown, day(3)))),
        JSON.stringify(unknown),
      ).to.equal('unknown')
    }
  })
})
