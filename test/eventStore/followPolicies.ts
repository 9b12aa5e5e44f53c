import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { EventStore, LogBatch } from '../../src/eventStore/eventStore.ts'
import type { Position, RecordedEvent, StreamName } from '../../src/eventStore/recordedEvent.ts'
import { newEvent, newEvents, newStream } from '../support/events/newEvents.ts'
import { gather } from '../support/gather.ts'
import { takesLessThan } from '../support/patience.ts'
import { right } from '../support/right.ts'

/** No batch is larger: a reader that stands still holds no more than this. */
const LARGEST_BATCH = 1_000

/** What every event store promises about following the log. */
export const followPolicies = (store: () => EventStore): void => {
  const appendOneByOne = async (stream: StreamName, count: number): Promise<void> => {
    for (let revision = 0; revision < count; revision += 1) {
      right(await store().append(stream, revision === 0 ? 'no-stream' : revision - 1, [newEvent()])())
    }
  }
  const endOfLog = async (): Promise<Position> =>
    right(await store().append(newStream(), 'no-stream', [newEvent()])()).position

  /** Follows until `enough` says so. */
  const followed = async (
    after: Position | null,
    enough: (events: readonly RecordedEvent[], batch: LogBatch) => boolean | Promise<boolean>,
  ): Promise<readonly RecordedEvent[]> => {
    const stop = new AbortController()
    const events: RecordedEvent[] = []
    for await (const batch of store().follow(after, stop.signal)) {
      events.push(...batch.events)
      if (await enough(events, batch)) stop.abort()
    }
    return events
  }

  describe('following the log', () => {
    it('gives what stands there, from the beginning, and says when it reached the end', async () => {
      const stream = newStream()
      right(await store().append(stream, 'no-stream', newEvents(3))())
      const events = await followed(null, (_, { caughtUp }) => caughtUp)
      expect(events.filter((event) => event.stream === stream).map((event) => event.revision)).to.deep.equal([0, 1, 2])
    })

    it('gives only what stands after the position it is given', async () => {
      const stream = newStream()
      const after = right(await store().append(stream, 'no-stream', newEvents(2))()).position
      right(await store().append(stream, 1, newEvents(2))())
      const events = await followed(after, (_, { caughtUp }) => caughtUp)
      expect(events.map((event) => event.revision)).to.deep.equal([2, 3])
    })

    it('gives what is appended later, each batch with the position to go on from', async () => {
      const after = await endOfLog()
      const stream = newStream()
      const writing = sleep(20).then(() => appendOneByOne(stream, 5))
      let position: Position | null = null
      const events = await followed(after, (seen, batch) => {
        position = batch.position
        return seen.length >= 3
      })
      await writing
      expect(events.at(-1)?.position).to.equal(position)
      const missing = 5 - events.length
      const rest = missing > 0 ? await followed(position, (seen) => seen.length >= missing) : []
      expect([...events, ...rest].map((event) => event.revision)).to.deep.equal([0, 1, 2, 3, 4])
    })

    it('leaves no gap and repeats nothing while several writers append', async () => {
      const after = await endOfLog()
      const streams = Array.from({ length: 8 }, newStream)
      const half = Promise.all(streams.slice(0, 4).map((stream) => appendOneByOne(stream, 150)))
      await sleep(20)
      const writing = Promise.all(streams.slice(4).map((stream) => appendOneByOne(stream, 150)))
      const [events] = await Promise.all([followed(after, (seen) => seen.length >= 1_200), half, writing])

      const log = (await gather(store().readAll(after))).flat()
      expect(events.map((event) => event.eventId)).to.deep.equal(log.map((event) => event.eventId))
    })

    it('shows several followers the same log, each at its own pace', async () => {
      const after = await endOfLog()
      const stream = newStream()
      const slow = followed(after, (seen) => sleep(5, seen.length >= 100))
      const fast = followed(after, (seen) => seen.length >= 100)
      await appendOneByOne(stream, 100)
      expect(await slow).to.deep.equal(await fast)
    })

    it('hands a slow reader bounded batches, and all of the log in order', async () => {
      const after = await endOfLog()
      const streams = Array.from({ length: 6 }, newStream)
      for (const stream of streams) right(await store().append(stream, 'no-stream', newEvents(500))())
      const sizes: number[] = []
      const events = await followed(after, async (seen, batch) => {
        sizes.push(batch.events.length)
        return sleep(10, seen.length >= 3_000)
      })
      expect(Math.max(...sizes)).to.be.at.most(LARGEST_BATCH)
      expect(events.map((event) => [event.stream, event.revision])).to.deep.equal(
        streams.flatMap((stream) => Array.from({ length: 500 }, (_, revision) => [stream, revision])),
      )
    })

    it('says that it caught up only at the end of the log', async () => {
      const after = await endOfLog()
      for (let i = 0; i < 3; i += 1) right(await store().append(newStream(), 'no-stream', newEvents(500))())
      let count = 0
      await followed(after, (seen, { caughtUp }) => {
        count = seen.length
        return caughtUp
      })
      expect(count).to.equal(1_500)
    })

    it('gives nothing while nothing is appended, and ends soon after the signal', async () => {
      const after = await endOfLog()
      await takesLessThan(1_000, async () => {
        const stop = new AbortController()
        let batches = 0
        let aborted = 0
        setTimeout(() => {
          aborted = performance.now()
          stop.abort()
        }, 400)
        for await (const batch of store().follow(after, stop.signal)) batches += batch.events.length
        expect(batches).to.equal(0)
        expect(aborted).to.be.greaterThan(0)
        return performance.now() - aborted
      })
    })

    it('gives nothing when the signal was given before', async () => {
      right(await store().append(newStream(), 'no-stream', [newEvent()])())
      expect(await gather(store().follow(null, AbortSignal.abort()))).to.deep.equal([])
    })

    it('fails rather than waits for ever when the store is closed', async () => {
      const following = gather(store().follow(await endOfLog(), new AbortController().signal)).then(
        () => 'an end',
        (error: unknown) => error,
      )
      await sleep(20)
      await store().close()
      expect(await following).to.be.instanceOf(Error)
    })
  })
}
