import { expect } from 'chai'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { StoredEvent } from '../../domain/event/storedEvent.ts'
import { fold } from '../../domain/state/fold.ts'
import type { ClockFault } from '../../src/clock/nodeClock.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { streamOf, UNATTRIBUTED } from '../../src/ledger/streams.ts'
import { type CompareUsers, comparingUsers } from '../../src/reconciling/compareUser.ts'
import { instant, recordedStream } from '../support/events/storedEvents.ts'
import { heard, observed, withOwn } from '../support/events/writings.ts'
import { USER } from '../support/histories/histories.ts'
import { writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'
import { day, kyc, sentAgain, user } from '../support/webhooks/plainWebhooks.ts'

const HOW = {
  withDocuments: false,
  dryRun: false,
  signal: new AbortController().signal,
  mayBeGone: () => true,
  mayLose: () => true,
}

/** In front of a log that holds these events: how users are compared, what is asked for, and what the log holds of the user by then. */
interface Surroundings {
  readonly compare: CompareUsers
  readonly asked: () => number
  readonly own: () => Promise<readonly StoredEvent[]>
}

interface Held {
  readonly own?: readonly StoredEvent[]
  readonly orphans?: readonly StoredEvent[]
}

/** The provider answers this review, at this time. */
const comparing = (
  { own = [], orphans = [] }: Held,
  { review, now, ...more }: { review: number; now: string; clockFault?: ClockFault; isErased?: true },
  test: (surroundings: Surroundings) => Promise<void>,
): Promise<void> =>
  writingLog(newDirectory(), async (store: EventStore) => {
    for (const [stream, events] of [
      [streamOf(USER), own],
      [UNATTRIBUTED, orphans],
    ] as const) {
      if (events.length > 0) right(await store.append(stream, 'no-stream', events)())
    }
    let asked = 0
    const compare = comparingUsers({
      store,
      orphansOf: () => orphans.map(({ revision }) => revision),
      provider: {
        user: () => {
          asked += 1
          return TE.right({ userId: USER, user: { kycReview: review } })
        },
        documentsOf: () => TE.right([]),
      },
      now: () => instant(now),
      clockFault: () => more.clockFault ?? null,
      corrections: () => [],
      isErased: () => more.isErased ?? false,
      lookForErasures: async () => undefined,
    })
    await test({ compare, asked: () => asked, own: () => Array.fromAsync(store.readStream(streamOf(USER))) })
  })

const VALID = user('2', day(2))
const received = (at: string) => (): string => at

describe('what the provider answers about a user', () => {
  it('is not recorded while the clock is wrong: it would be so of anybody else, too', () =>
    comparing(
      { own: heard(VALID) },
      { review: 3, now: day(5), clockFault: { reason: 'the clock leapt' } as ClockFault },
      async ({ compare, own }) => {
        expect(await compare.ask(USER, HOW)).to.deep.equal({
          _tag: 'NotCompared',
          reason: 'the clock leapt',
          ends: true,
        })
        expect(await own()).to.have.length(1)
      },
    ))

  it('is not asked for of one who was erased', () =>
    comparing({ own: heard(VALID) }, { review: 3, now: day(5), isErased: true }, async ({ compare, asked, own }) => {
      expect(await compare.ask(USER, HOW)).to.deep.equal({ _tag: 'Erased' })
      expect(await compare.screen(USER, { user: { kycReview: 3 } })).to.equal('erased')
      expect(asked()).to.equal(0)
      expect(await own()).to.have.length(1)
    }))

  it('takes away also from what was received by a clock that is ahead: it is recorded behind all that was known of him', async () => {
    const ahead = kyc('VALIDATED', day(8))
    for (const held of [
      { own: recordedStream(USER, [ahead], received(day(8))) },
      { own: heard(), orphans: recordedStream(null, [ahead], received(day(8))) },
    ]) {
      await comparing(held, { review: 3, now: day(7) }, async ({ compare, own }) => {
        expect(await compare.ask(USER, HOW)).to.include({ _tag: 'Recorded', before: 'validated', after: 'refused' })
        const state = fold(USER, await own(), held.orphans)
        expect(state.observed).to.include({ stands: true, at: instant(day(8)) })
      })
    }
  })

  it('releases what was held back behind it, whichever clock received that', async () => {
    const said = [user('1', day(1)), VALID, user('3', day(3))]
    const again = sentAgain(VALID, day(8))
    const own = recordedStream(USER, said, (index) => day(index + 1))
    const held = { own, orphans: recordedStream(null, [again], received(day(8))) }
    await comparing(held, { review: 2, now: day(7) }, async ({ compare, own: recorded }) => {
      const compared = await compare.ask(USER, HOW)
      expect(compared).to.include({ _tag: 'Recorded', before: 'refused', after: 'validated' })
      expect(compared._tag === 'Recorded' && compared.released?.stream).to.equal(UNATTRIBUTED)
      expect(await recorded()).to.have.length(5)
    })
  })

  it('shows nobody to be known to both of whom no webhook ever spoke, though he was asked about before', () =>
    comparing({ own: withOwn([], observed('1', day(3))) }, { review: 1, now: day(5) }, async ({ compare }) => {
      expect(await compare.ask(USER, HOW)).to.deep.equal({ _tag: 'Same', knownBy: 'provider' })
      expect(await compare.screen(USER, { user: { kycReview: 1 } })).to.equal('unheard')
    }))

  it('is looked for where a page shows him otherwise than he is known, and not where nobody knows anything of him', async () => {
    const echo = heard(user('1', day(1)), VALID, user('3', day(3)), sentAgain(VALID, day(4)))
    for (const [own, seen] of [
      [heard(VALID), { 2: 'same', 3: 'differs', 0: 'differs' }],
      [[], { 0: 'unheard', 1: 'differs' }],
      [echo, { 2: 'differs' }],
      // It is what was answered last, and what it confirms was not released.
      [withOwn(echo, observed('2', day(5))), { 2: 'differs' }],
    ] as const) {
      await comparing({ own }, { review: 0, now: day(9) }, async ({ compare }) => {
        for (const [review, expected] of Object.entries(seen)) {
          expect(await compare.screen(USER, { user: { kycReview: review } }), review).to.equal(expected)
        }
        if (own.length > 0) return
        expect(await compare.ask(USER, HOW)).to.deep.equal({ _tag: 'Same', knownBy: 'provider' })
      })
    }
  })
})
