import { expect } from 'chai'
import type { UserEvent } from '../../domain/event/kycEvent.ts'
import type { StoredEvent } from '../../domain/event/storedEvent.ts'
import { fold } from '../../domain/state/fold.ts'
import { readHistory } from '../../domain/state/ownHistory.ts'
import type { Position } from '../../src/eventStore/recordedEvent.ts'
import { asAppended } from '../../src/ledger/recordOwn.ts'
import {
  confirmRelease,
  type KnownOfUser,
  MOST_REQUESTS,
  releasesOf,
  requestRelease,
} from '../../src/ledger/releases.ts'
import { instant } from '../support/events/storedEvents.ts'
import { heard, named, releasedByTwo, requested, withOwn } from '../support/events/writings.ts'
import { USER } from '../support/histories/histories.ts'
import { openMemoryLedger } from '../support/pipeline/memoryLedger.ts'
import { left, right } from '../support/right.ts'
import { day, sentAgain, user } from '../support/webhooks/plainWebhooks.ts'

const known = (stream: readonly StoredEvent[]): KnownOfUser => {
  const last = stream.at(-1)
  return {
    revision: last?.revision ?? -1,
    position: (last?.position ?? null) as Position | null,
    recordedAt: null,
    events: readHistory(USER, stream).arrived.map(({ event }): UserEvent => event),
    state: fold(USER, stream),
    stateWith: (event) =>
      fold(USER, [...stream, ...asAppended(USER, last && { ...last, position: last.position as Position }, [event])]),
  }
}

const VALID = user('2', day(2))
const STREAM = heard(user('1', day(1)), VALID, user('3', day(3)), sentAgain(VALID, day(4)))
const NAMED = named(STREAM, 3)
const AT = instant(day(8))

describe('the releases of a user', () => {
  it('are each told by what became of it: that one is void says nothing of the next', () => {
    const stream = withOwn(
      STREAM,
      requested(NAMED, 'ann', day(5)),
      releasedByTwo(NAMED, [4, 'ann', 'ann'], day(6)),
      requested(NAMED, 'bob', day(6)),
      releasedByTwo(NAMED, [6, 'bob', 'ann'], day(7)),
    )
    expect(releasesOf(known(stream)).map(({ release, why }) => [release, why])).to.deep.equal([
      [4, 'not followed: it was requested and confirmed by one and the same'],
      [6, null],
    ])
  })

  it('are asked for once in the same words by the same person', () => {
    const asked = { event: { eventId: NAMED.eventId }, by: 'ann', reason: 'the provider says so on the telephone' }
    const before = known(withOwn(STREAM, requested(NAMED, 'ann', day(5))))
    expect(left(requestRelease(before, asked, AT))).to.deep.include({ _tag: 'AskedBefore' })
    for (const other of [{ by: 'bob' }, { reason: 'by letter' }]) {
      expect(right(requestRelease(before, { ...asked, ...other }, AT)).release.release).to.equal(5)
    }
  })

  it('are confirmed of what somebody has asked for, and of nothing that only a release speaks of', () => {
    const stream = withOwn(STREAM, releasedByTwo(NAMED, [9, 'ann', 'bob'], day(6)))
    expect(left(confirmRelease(known(stream), 9, 'carl', AT))).to.deep.equal({ _tag: 'Unknown' })
    const requestedOnly = known(withOwn(STREAM, requested(NAMED, 'ann', day(5))))
    expect(left(confirmRelease(requestedOnly, 4, 'ann', AT))).to.deep.equal({ _tag: 'SamePerson' })
    expect(right(confirmRelease(requestedOnly, 4, 'bob', AT)).state.legacy.state).to.equal('validated')
  })
})

describe('a release', () => {
  it('is asked for a hundred times at most: each request is folded whenever the user is', async () => {
    const ledger = openMemoryLedger()
    const validation = user('2', day(1))
    for (const webhook of [validation, user('3', day(2)), sentAgain(validation, day(3))])
      await ledger.deliver(webhook, Date.parse(day(4)))
    const state = fold(USER, ledger.own(USER), [])
    const [held] = state.heldBack
    if (held === undefined) throw new Error('nothing is held back')
    const asked = { event: { eventId: held.eventId }, by: 'anna', reason: 'by telephone' }
    const requestedSoOften = (times: number) => {
      const requests = Array.from({ length: times }, (_, revision) => ({ revision, by: 'bert' }))
      const known: KnownOfUser = {
        revision: 2,
        recordedAt: null,
        position: null,
        events: [],
        state: { ...state, heldBack: [{ ...held, requests }] },
        stateWith: () => state,
      }
      return requestRelease(known, asked, instant(day(5)))
    }
    expect(right(requestedSoOften(MOST_REQUESTS - 1)).release.request).to.include({ by: 'anna' })
    expect(left(requestedSoOften(MOST_REQUESTS))).to.deep.equal({
      _tag: 'NotHeldBack',
      reason: 'its release was asked for 100 times: one of those requests is to be confirmed',
    })
  })
})
