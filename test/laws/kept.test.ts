import { expect } from 'chai'
import fc from 'fast-check'
import type { StoredEvent } from '../../domain/event/storedEvent.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { fold } from '../../domain/state/fold.ts'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { userOfStream } from '../../src/ledger/streams.ts'
import { assertLaw } from '../support/assertLaw.ts'
import { recordedStream } from '../support/events/storedEvents.ts'
import { expectFoldedAlike, expectToldAlike, keptOf } from '../support/histories/asKept.ts'
import { arrivals, orphans as ofNobody, USER } from '../support/histories/histories.ts'
import { mixedStreams } from '../support/histories/mixedStreams.ts'
import { clocks, live, stories } from '../support/histories/stories.ts'
import { eventsOf, readingLog } from '../support/logs/logs.ts'
import { leftDirectory, writtenLogs } from '../support/logs/writtenLogs.ts'

/** Of his webhooks those of his own stream, and some in which he was not found when they were recorded, with others that name nobody. */
const toldApart = arrivals(12).chain((webhooks) =>
  fc.tuple(
    fc.subarray([...webhooks]),
    fc
      .tuple(fc.subarray([...webhooks]), fc.array(ofNobody, { maxLength: 4 }))
      .map(([unread, nobodys]) => [...nobodys, ...unread]),
  ),
)

describe('what is kept of what the events of a user say', () => {
  it('comes to what his stream comes to, and tells the same history', async () => {
    const seen = { kept: 0, own: 0, times: 0 }
    const law = fc.asyncProperty(stories, clocks, async (steps, clock) => {
      const { ledger } = await live(steps, clock)
      const [own, orphans] = [ledger.own(USER), ledger.orphans()]
      const kept = keptOf(USER, own)
      if (kept === null) return
      seen.kept += 1
      seen.own += kept.filter(({ _tag }) => _tag === 'OwnReading').length
      seen.times += expectFoldedAlike(USER, own, kept, orphans)
      await expectToldAlike(USER, own, kept, orphans)
    })
    await assertLaw(law, { same: 60, others: 200 }, () => {
      for (const [what, count] of Object.entries(seen)) expect(count, what).to.be.greaterThan(20)
    })
  })

  it('does so with what he hears of nobody, wherever that stands between his own', async () => {
    let adopted = 0
    const law = fc.asyncProperty(toldApart, async ([webhooks, others]) => {
      // Places are even of his own, and odd of the others, which so stand between them.
      const placed = (stream: string, events: readonly StoredEvent[], by: number): readonly RecordedEvent[] =>
        events.map((event, index) => ({ ...event, stream, position: String(100 + index * 10 + by) }))
      const own = placed(`kyc-${USER}`, recordedStream(USER, webhooks), 0)
      const orphans = placed('kyc-unattributed', recordedStream(null, others), 5)
      const kept = keptOf(USER, own)
      if (kept === null) return
      adopted += fold(USER, own, orphans).events - own.length
      expectFoldedAlike(USER, own, kept, orphans)
      await expectToldAlike(USER, own, kept, orphans)
    })
    await assertLaw(law, { same: 60, others: 200 }, () => expect(adopted).to.be.greaterThan(20))
  })

  it('does so between what the service has observed and released', async () => {
    let kept = 0
    const law = fc.property(mixedStreams, (own) => {
      const readings = keptOf(USER, own)
      if (readings !== null) kept += expectFoldedAlike(USER, own, readings, [])
    })
    await assertLaw(law, { same: 60, others: 200 }, () => expect(kept).to.be.greaterThan(200))
  })

  for (const log of writtenLogs) {
    it(`does so of each user of ${log.name}, by what that holds of him and of nobody`, async () => {
      const events = await readingLog(leftDirectory(log), eventsOf)
      const streams = Map.groupBy(events, ({ stream }) => userOfStream(stream))
      const orphans = events.filter(({ stream }) => stream === 'kyc-unattributed')
      let users = 0
      for (const [userId, own] of streams as ReadonlyMap<UserId | null, RecordedEvent[]>) {
        const kept = userId === null ? null : keptOf(userId, own)
        if (userId === null || kept === null) continue
        users += 1
        expectFoldedAlike(userId, own, kept, orphans)
        await expectToldAlike(userId, own, kept, orphans)
      }
      expect(users).to.be.greaterThan(5)
    })
  }
})
