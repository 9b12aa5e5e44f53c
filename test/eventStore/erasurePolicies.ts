import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import type { StreamName } from '../../src/eventStore/recordedEvent.ts'
import { newEvent, newEvents, newStream } from '../support/events/newEvents.ts'
import { gather } from '../support/gather.ts'
import { left, right } from '../support/right.ts'

/** What every event store promises about removals. */
export const erasurePolicies = (store: () => EventStore): void => {
  const revisionsIn = async (stream: StreamName): Promise<readonly number[]> =>
    (await gather(store().readStream(stream))).map(({ revision }) => revision)

  describe('erasing a stream', () => {
    it('leaves it empty, and it takes nothing any more, at whatever revision', async () => {
      const stream = newStream()
      const events = newEvents(3)
      right(await store().append(stream, 'no-stream', events)())
      right(await store().erase(stream, 2)())
      for (const direction of ['forwards', 'backwards'] as const) {
        expect(await gather(store().readStream(stream, { direction }))).to.deep.equal([])
      }
      for (const [expected, appended] of [
        ['no-stream', events],
        ['no-stream', [newEvent()]],
        [2, [newEvent()]],
        [7, [newEvent()]],
      ] as const) {
        const refused = left(await store().append(stream, expected, appended)())
        expect(refused).to.deep.equal({ _tag: 'StreamErased', stream })
      }
    })

    it('is refused where it stands elsewhere, and removes nothing', async () => {
      const [stream, absent] = [newStream(), newStream()]
      right(await store().append(stream, 'no-stream', newEvents(2))())
      for (const [of, expected, actual] of [
        [stream, 0, 1],
        [stream, 7, 1],
        [stream, 'no-stream', 1],
        [absent, 0, 'no-stream'],
      ] as const) {
        const wrong = { _tag: 'WrongExpectedVersion', stream: of, expected, actual }
        expect(left(await store().erase(of, expected)())).to.deep.equal(wrong)
      }
      expect(await revisionsIn(stream)).to.deep.equal([0, 1])
      right(await store().append(stream, 1, [newEvent()])())
      right(await store().append(absent, 'no-stream', [newEvent()])())
    })

    it('may be asked for again, and of a stream that never held anything', async () => {
      const [stream, absent] = [newStream(), newStream()]
      right(await store().append(stream, 'no-stream', [newEvent()])())
      for (const expected of [0, 0, 5, 'no-stream'] as const) right(await store().erase(stream, expected)())
      for (let times = 0; times < 2; times += 1) right(await store().erase(absent, 'no-stream')())
      expect(left(await store().append(absent, 'no-stream', [newEvent()])())._tag).to.equal('StreamErased')
      expect(await revisionsIn(absent)).to.deep.equal([])
    })

    it('leaves every other stream as it was, and the log goes on behind it', async () => {
      const [before, stream, after] = [newStream(), newStream(), newStream()]
      const kept = newEvents(2)
      right(await store().append(before, 'no-stream', kept)())
      const last = right(await store().append(stream, 'no-stream', newEvents(2))())
      right(await store().erase(stream, 1)())
      const next = right(await store().append(after, 'no-stream', [newEvent()])())
      expect(next.position > last.position).to.equal(true)
      const ids = (await gather(store().readStream(before))).map(({ eventId }) => eventId)
      expect(ids).to.deep.equal(kept.map(({ eventId }) => eventId))
      const behind = (await gather(store().readAll(last.position))).flat()
      expect(behind.map(({ position }) => position)).to.deep.equal([next.position])
    })

    it('takes many at a time, each by itself', async () => {
      const streams = Array.from({ length: 100 }, newStream)
      await Promise.all(streams.map((stream) => store().append(stream, 'no-stream', newEvents(2))()))
      const outcomes = await Promise.all(streams.map((stream, i) => store().erase(stream, i % 2)()))
      expect(outcomes.map(E.isRight)).to.deep.equal(streams.map((_, i) => i % 2 === 1))
      for (const i of [0, 1, 98, 99]) expect(await revisionsIn(streams[i] ?? '')).to.have.length(i % 2 === 1 ? 0 : 2)
    })

    it('has one winner of an append and an erasure that both know where the stream stands', async () => {
      for (let round = 0; round < 10; round += 1) {
        const stream = newStream()
        right(await store().append(stream, 'no-stream', [newEvent()])())
        const [appended, erased] = await Promise.all([
          store().append(stream, 0, [newEvent()])(),
          store().erase(stream, 0)(),
        ])
        expect(E.isRight(appended)).to.equal(E.isLeft(erased))
        if (E.isLeft(appended)) expect(appended.left._tag).to.equal('StreamErased')
        if (E.isLeft(erased)) expect(erased.left).to.include({ _tag: 'WrongExpectedVersion', actual: 1 })
      }
    })
  })

  describe('truncating a stream', () => {
    it('removes its first events, and it goes on where it stood', async () => {
      const stream = newStream()
      right(await store().append(stream, 'no-stream', newEvents(5))())
      right(await store().truncate(stream, 2)())
      expect(await revisionsIn(stream)).to.deep.equal([2, 3, 4])
      for (const before of [2, 1, 0]) right(await store().truncate(stream, before)())
      right(await store().truncate(stream, 5)())
      expect(await revisionsIn(stream)).to.deep.equal([])
      expect(left(await store().append(stream, 'no-stream', [newEvent()])())).to.include({ actual: 4 })
      expect(right(await store().append(stream, 4, [newEvent()])()).revision).to.equal(5)
      expect(await revisionsIn(stream)).to.deep.equal([5])
      right(await store().erase(stream, 5)())
      expect(left(await store().truncate(stream, 6)())).to.deep.equal({ _tag: 'StreamErased', stream })
    })

    it('is refused where it has not come so far', async () => {
      const [stream, absent] = [newStream(), newStream()]
      right(await store().append(stream, 'no-stream', newEvents(2))())
      expect(left(await store().truncate(stream, 4)())).to.deep.equal({
        _tag: 'WrongExpectedVersion',
        stream,
        expected: 3,
        actual: 1,
      })
      expect(left(await store().truncate(absent, 1)())).to.include({ actual: 'no-stream' })
      expect(await revisionsIn(stream)).to.deep.equal([0, 1])
    })
  })
}
