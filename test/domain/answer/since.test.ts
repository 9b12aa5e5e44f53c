import { expect } from 'chai'
import fc from 'fast-check'
import { statusOf, statusSince } from '../../../domain/answer/status.ts'
import { comparePlaces } from '../../../domain/event/order.ts'
import { evolve } from '../../../domain/state/evolve.ts'
import { initialState, withFlaw } from '../../../domain/state/kycState.ts'
import { readHistory } from '../../../domain/state/ownHistory.ts'
import { readStored } from '../../../domain/state/reading.ts'
import { assertLaw } from '../../support/assertLaw.ts'
import { recordedStream } from '../../support/events/storedEvents.ts'
import { shownTime, stateOf } from '../../support/histories/folded.ts'
import { arrivals, USER } from '../../support/histories/histories.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'
import { day, document, kyc, user } from '../../support/webhooks/plainWebhooks.ts'

const since = (...arriving: readonly WebhookJson[]): string | null => shownTime(statusSince(stateOf(...arriving)))

describe('since when a user has had his status', () => {
  it('is when the word came about, through whatever states of a life cycle and events of other objects', () => {
    expect(since()).to.equal(null)
    expect(since(document('8', 'PENDING', day(1)))).to.equal(null)
    const pending = [user('1', day(2)), user('6', day(3)), user('7', day(4)), document('8', 'PENDING', day(5))]
    expect(since(...pending)).to.equal(day(2))
    expect(statusOf(stateOf(...pending))).to.equal('pending')
    expect(since(...pending, user('2', day(6)), user('2', day(7)))).to.equal(day(6))
    // The other life cycle takes over, and says the same.
    expect(since(user('2', day(6)), kyc('VALIDATED', day(8)))).to.equal(day(6))
    expect(since(user('2', day(6)), kyc('PENDING', day(8)))).to.equal(day(8))
  })

  it('goes by the order in which it happened, and not by that of arrival', () => {
    expect(since(user('2', day(6)), user('1', day(2)))).to.equal(day(6))
    expect(since(user('1', day(6)), user('1', day(2)))).to.equal(day(2))
  })

  it('is not told where nothing is certain', () => {
    const state = stateOf(user('2', day(6)))
    expect(shownTime(statusSince(state))).to.equal(day(6))
    expect(statusSince(withFlaw(state, 'history-removed', 'x'))).to.equal(null)
  })

  it('is, in any history, the time of the first of the last events after which the word was the same', async () => {
    let moved = 0
    await assertLaw(
      fc.property(arrivals(12), (webhooks) => {
        const { sorted } = readHistory(USER, recordedStream(USER, webhooks), readStored())
        let state = initialState(USER)
        let expected: { readonly word: string; readonly at: number | null } = { word: 'none', at: null }
        for (const reading of sorted.toSorted((a, b) => comparePlaces(a.place, b.place))) {
          state = evolve(state, reading)
          if (state.word.status !== expected.word) {
            if (expected.at !== null) moved += 1
            expected = { word: state.word.status, at: reading.event.occurredAt }
          }
          expect(state.word).to.deep.equal({ status: expected.word, since: expected.at })
        }
      }),
      { same: 60, others: 40 },
      () => {
        expect(moved).to.be.greaterThan(10)
      },
    )
  })
})
