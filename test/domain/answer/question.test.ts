import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { knownBy, type Question } from '../../../domain/answer/question.ts'
import { readMetadata } from '../../../domain/event/kycEvent.ts'
import { hasOccurred } from '../../../domain/event/occurrence.ts'
import { instant, storedEvent } from '../../support/events/storedEvents.ts'
import { USER } from '../../support/histories/histories.ts'
import { day, kyc, user } from '../../support/webhooks/plainWebhooks.ts'
import { at } from '../../support/webhooks/webhookBuilders.ts'

/** Recorded in this order: on days 2, 6 and 8; the second of them is of day 5, the third, a late one, of day 3. */
const STREAM = [
  storedEvent(user('1', day(1)), { user: USER, revision: 0, receivedAt: day(2) }),
  storedEvent(user('2', day(5)), { user: USER, revision: 1, receivedAt: day(6) }),
  storedEvent(kyc('PENDING', day(3)), { user: USER, revision: 2, receivedAt: day(8) }),
]

const asked = ({ asOf, knownAt }: { asOf?: number; knownAt?: number }, stream = STREAM): readonly number[] => {
  const at = (n: number | undefined): Question['asOf'] => (n === undefined ? null : instant(day(n)))
  return knownBy(stream, at(knownAt)).flatMap((event) => {
    const metadata = readMetadata(event)
    return E.isLeft(metadata) || hasOccurred(metadata.right, at(asOf)) ? [event.revision] : []
  })
}

describe('a question', () => {
  it('without limits is about everything', () => {
    expect(asked({})).to.deep.equal([0, 1, 2])
  })

  it('of what had occurred is about events by their own time, whenever they were recorded', () => {
    expect(asked({ asOf: 4 })).to.deep.equal([0, 2])
    expect(asked({ asOf: 5 })).to.deep.equal([0, 1, 2])
    expect([asked({ asOf: 1 }), asked({ asOf: 3 })]).to.deep.equal([[0], [0, 2]])
  })

  it('of what was known is about events by the time they were recorded', () => {
    expect([asked({ knownAt: 1 }), asked({ knownAt: 2 }), asked({ knownAt: 7 })]).to.deep.equal([[], [0], [0, 1]])
  })

  it('of what was known at one time about another is about events that had occurred and were recorded', () => {
    expect(asked({ asOf: 4, knownAt: 7 })).to.deep.equal([0])
    expect(asked({ asOf: 4, knownAt: 8 })).to.deep.equal([0, 2])
  })

  it('is about what cannot be read as well, from when the event before it was known', () => {
    const broken = { eventId: 'broken', revision: 3, position: '3', type: 'user.kycreview', data: '{}', metadata: '' }
    expect(asked({ asOf: 1 }, [...STREAM, broken])).to.deep.equal([0, 3])
    expect(asked({ knownAt: 7 }, [...STREAM, broken])).to.deep.equal([0, 1])
    expect(asked({ knownAt: 7 }, STREAM.toSpliced(1, 0, broken))).to.deep.equal([0, 3, 1])
  })

  it('counts an event from the millisecond on in which it is shown', () => {
    const later = storedEvent({ ...user('1', day(1)), webhook_created_at: at(day(1)) + 9 }, { user: USER })
    expect(asked({ asOf: 1 }, [later])).to.deep.equal([0])
  })

  it('counts what has been recorded as occurred, were the clock of the provider ahead', () => {
    const ahead = storedEvent(user('1', '2024-06-02T12:04:00Z'), { user: USER, receivedAt: day(2) })
    expect([asked({ asOf: 2 }, [ahead]), asked({ asOf: 1 }, [ahead])]).to.deep.equal([[0], []])
  })
})
