import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { knownBy } from '../../../domain/answer/question.ts'
import { readEvent, readUserEvent } from '../../../domain/event/kycEvent.ts'
import { comparePlaces, ownPlace } from '../../../domain/event/order.ts'
import { OBSERVED, RELEASE_REQUESTED, RELEASED } from '../../../domain/event/ownEvent.ts'
import type { StoredEvent } from '../../../domain/event/storedEvent.ts'
import { formatMilliseconds } from '../../../domain/instant.ts'
import { fold } from '../../../domain/state/fold.ts'
import { instant } from '../../support/events/storedEvents.ts'
import {
  heard,
  named,
  observed,
  ownStored,
  releasedByTwo,
  releasedOn,
  requested,
  withOwn,
} from '../../support/events/writings.ts'
import { USER } from '../../support/histories/histories.ts'
import { day, user } from '../../support/webhooks/plainWebhooks.ts'

const NAME = named(heard(user('2', day(1))), 0)
const OBSERVATION = ownStored(observed({ kycReview: 2 }, day(5), [{ documentId: '801' }]), 1)

const saidBy = (stored: StoredEvent): unknown => {
  const read = readUserEvent(stored)
  return E.isRight(read) && read.right._tag === 'Own' ? read.right.says : null
}
const withData = (data: unknown, type = OBSERVED): StoredEvent => ({ ...OBSERVATION, type, data: JSON.stringify(data) })

describe('an event that the service wrote into a stream itself', () => {
  it('is read back as it was written, by its type', () => {
    for (const writing of [
      observed({ kycReview: '2', kycLevel: null, userStatus: ['x'] }, day(5)),
      observed(null, day(5)),
      observed({}, day(5), []),
      requested(NAME, 'ann', day(5)),
      releasedOn(NAME, 'own-1', day(5)),
      releasedByTwo(NAME, [1, 'ann', 'bob'], day(5)),
    ]) {
      expect(JSON.parse(JSON.stringify(saidBy(ownStored(writing, 1))))).to.deep.equal(
        JSON.parse(JSON.stringify(writing.own)),
      )
    }
    expect([OBSERVED, RELEASE_REQUESTED, RELEASED].every((type) => type.startsWith('kyc-ledger.'))).to.equal(true)
  })

  it('occurred when it was recorded; a receipt that a wrong clock wrote counts as another time', () => {
    const at = (corrections: Parameters<typeof readUserEvent>[1]): readonly unknown[] => {
      const read = readUserEvent(OBSERVATION, corrections)
      if (E.isLeft(read)) return []
      return [
        formatMilliseconds(read.right.occurredAt),
        formatMilliseconds(read.right.recordedAt),
        read.right.corrected,
      ]
    }
    expect(at([])).to.deep.equal([day(5), day(5), false])
    const { position } = OBSERVATION
    expect(at([{ from: position, to: position, countsAs: instant(day(3)) }])).to.deep.equal([day(3), day(3), true])
  })

  it('is told by its origin, and never by its type', () => {
    const [webhook] = heard(user('2', day(1)))
    if (webhook === undefined) throw new Error('a webhook was recorded')
    const named_ = { ...webhook, type: OBSERVED, data: OBSERVATION.data }
    const read = readUserEvent(named_)
    expect(E.isRight(read) && read.right._tag).to.equal('Webhook')
    const metadata = JSON.parse(OBSERVATION.metadata) as object
    const foreign = { ...OBSERVATION, metadata: JSON.stringify({ ...metadata, origin: 'somebody' }) }
    expect(E.isLeft(readUserEvent(foreign))).to.equal(true)
    expect(E.isLeft(readEvent(OBSERVATION)), 'it is no webhook').to.equal(true)
  })

  it('cannot be read of a type, shape or format that this version does not know: nothing is certain then', () => {
    const { releases, on } = { releases: NAME, on: { observation: 'own-1' } }
    const metadata = JSON.parse(OBSERVATION.metadata) as object
    const unreadable: readonly StoredEvent[] = [
      withData(
        { source: 'treezor-api', user: null, documents: null },
        'kyc-ledger.observed-otherwise' as typeof OBSERVED,
      ),
      withData({ source: 'treezor-api', user: null, documents: null }, 'toString' as typeof OBSERVED),
      withData({ source: 'elsewhere', user: null, documents: null }),
      withData({ source: 'treezor-api', documents: null }),
      withData({ source: 'treezor-api', user: 'x', documents: null }),
      withData({ source: 'treezor-api', user: null }),
      withData({ source: 'treezor-api', user: null, documents: [{}] }),
      withData({ source: 'treezor-api', user: null, documents: [{ documentId: '' }] }),
      withData([]),
      withData({ releases, by: 'ann' }, RELEASE_REQUESTED as never),
      withData({ releases: { ...releases, revision: '3' }, by: 'ann', reason: '' }, RELEASE_REQUESTED as never),
      withData({ releases, on: {} }, RELEASED as never),
      withData({ releases: { ...releases, payloadHash: null }, on }, RELEASED as never),
      withData({ releases, on: { request: 1, requestedBy: 'ann' } }, RELEASED as never),
      { ...OBSERVATION, data: '{' },
      { ...OBSERVATION, metadata: JSON.stringify({ ...metadata, format: 99 }) },
      { ...OBSERVATION, metadata: JSON.stringify({ ...metadata, recordedAt: 'yesterday' }) },
    ]
    for (const event of unreadable) {
      expect(E.isLeft(readUserEvent(event)), `${event.type} ${event.data} ${event.metadata}`).to.equal(true)
      const state = fold(USER, [...heard(user('2', day(1))), event])
      expect(state.unreadable).to.deep.equal([event.eventId])
      expect(state.events).to.equal(2)
    }
  })

  it('stands in the order of its revision among those of the same time', () => {
    const placeOf = (event: StoredEvent) => {
      const read = readUserEvent(event)
      if (E.isLeft(read) || read.right._tag !== 'Own') throw new Error('it can be read')
      return ownPlace(read.right)
    }
    const [one, other] = [ownStored(observed('2', day(5)), 9), ownStored(observed('3', day(5)), 10)]
    const [first, second] = [placeOf({ ...one, eventId: 'b' }), placeOf({ ...other, eventId: 'a' })]
    expect(comparePlaces(first, second)).to.be.lessThan(0)
    expect(comparePlaces(second, first)).to.be.greaterThan(0)
  })

  it('was known from when it was recorded on', () => {
    const stream = withOwn(heard(), observed('2', day(5)), observed('3', day(7)))
    const known = (at: string) => knownBy(stream, instant(at)).length
    expect([known(day(4)), known(day(5)), known(day(6)), known(day(7))]).to.deep.equal([0, 1, 1, 2])
  })
})
