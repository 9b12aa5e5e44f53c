import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { RELEASE_REQUESTED } from '../../domain/event/ownEvent.ts'
import type { Instant } from '../../domain/instant.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import type { Position } from '../../src/eventStore/recordedEvent.ts'
import { ownEvent } from '../../src/ledger/ownEvent.ts'
import { recordOwn, type StreamStanding } from '../../src/ledger/recordOwn.ts'
import { instant } from '../support/events/storedEvents.ts'
import { USER } from '../support/histories/histories.ts'
import { day } from '../support/webhooks/plainWebhooks.ts'

type Append = EventStore['append']

/** Records by what the streams read as, one after the other, at this time; gives what was decided by, and the revisions expected. */
const recorded = async (now: string, streams: readonly StreamStanding[], append: Append) => {
  const [left, decidedBy, expected] = [[...streams], [] as (StreamStanding & { at: Instant })[], [] as unknown[]]
  const store: Pick<EventStore, 'append'> = {
    append: (stream, revision, events) => {
      expected.push(revision)
      return append(stream, revision, events)
    },
  }
  const outcome = await recordOwn<StreamStanding, never, { readonly event: ReturnType<typeof ownEvent> }>(
    { store, now: () => instant(now), clockFault: () => null },
    USER,
    async () => E.right(left.shift() as StreamStanding),
    (known, at) => {
      decidedBy.push({ ...known, at })
      return E.right({ event: ownEvent('own', { type: RELEASE_REQUESTED, data: {}, recordedAt: at }) })
    },
  )
  return { outcome, decidedBy, expected }
}

const taken: Append = () => TE.right({ revision: 9, position: '9' as Position })

describe('an event of our own', () => {
  it('is recorded when it is, and never before the last one of the stream: the clock of another node may be ahead', async () => {
    for (const [now, last, at] of [
      [day(5), day(3), day(5)],
      [day(5), null, day(5)],
      [day(5), day(7), day(7)],
    ] as const) {
      const standing = { revision: 3, recordedAt: last === null ? null : instant(last) }
      const { outcome, decidedBy } = await recorded(now, [standing], taken)
      expect(E.isRight(outcome)).to.equal(true)
      expect(decidedBy).to.deep.equal([{ ...standing, at: instant(at) }])
    }
  })

  it('is decided anew, by what the stream holds then, where somebody was faster', async () => {
    const streams = [-1, 0].map((revision) => ({ revision, recordedAt: null }))
    let tries = 0
    const { decidedBy, expected } = await recorded(day(5), streams, (stream, expectedAt, events) => {
      tries += 1
      if (tries > 1) return taken(stream, expectedAt, events)
      return TE.left({ _tag: 'WrongExpectedVersion', stream, expected: expectedAt, actual: 0 })
    })
    expect(expected).to.deep.equal(['no-stream', 0])
    expect(decidedBy.map(({ revision }) => revision)).to.deep.equal([-1, 0])
  })
})
