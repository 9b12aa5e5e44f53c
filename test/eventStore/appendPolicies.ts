import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import type { StreamName } from '../../src/eventStore/recordedEvent.ts'
import { newEvent, newEvents, newStream } from '../support/events/newEvents.ts'
import { gather } from '../support/gather.ts'
import { left, right } from '../support/right.ts'

/** What every event store promises about appends. */
export const appendPolicies = (store: () => EventStore): void => {
  const idsIn = async (stream: StreamName): Promise<readonly string[]> => {
    const ids: string[] = []
    for await (const event of store().readStream(stream)) ids.push(event.eventId)
    return ids
  }

  describe('appending', () => {
    it('starts a stream that does not exist at revision 0', async () => {
      const stream = newStream()
      const appended = right(await store().append(stream, 'no-stream', [newEvent()])())
      expect(appended.revision).to.equal(0)
    })

    it('goes on at the exact revision of the last event', async () => {
      const stream = newStream()
      const first = right(await store().append(stream, 'no-stream', [newEvent()])())
      const second = right(await store().append(stream, 0, [newEvent()])())
      expect(second.revision).to.equal(1)
      expect(second.position > first.position).to.equal(true)
    })

    it('answers several events with the place of the last one', async () => {
      const stream = newStream()
      const events = newEvents(3)
      const appended = right(await store().append(stream, 'no-stream', events)())
      const recorded = await gather(store().readStream(stream))
      expect(recorded.map((event) => event.eventId)).to.deep.equal(events.map((event) => event.eventId))
      expect(recorded.map((event) => event.revision)).to.deep.equal([0, 1, 2])
      expect(recorded.at(-1)).to.include(appended)
    })

    it('writes none of several events when the revision is wrong', async () => {
      const stream = newStream()
      const standing = newEvent()
      right(await store().append(stream, 'no-stream', [standing])())
      left(await store().append(stream, 5, newEvents(3))())
      expect(await idsIn(stream)).to.deep.equal([standing.eventId])
    })

    it('names the actual revision when another one was expected', async () => {
      const stream = newStream()
      right(await store().append(stream, 'no-stream', newEvents(2))())
      for (const expected of ['no-stream', 0, 7] as const) {
        expect(left(await store().append(stream, expected, [newEvent()])())).to.deep.equal({
          _tag: 'WrongExpectedVersion',
          stream,
          expected,
          actual: 1,
        })
      }
    })

    it('names the stream as missing when a revision of it was expected', async () => {
      const stream = newStream()
      expect(left(await store().append(stream, 0, [newEvent()])())).to.deep.equal({
        _tag: 'WrongExpectedVersion',
        stream,
        expected: 0,
        actual: 'no-stream',
      })
    })

    it('takes at the actual revision what it refused at another one', async () => {
      const stream = newStream()
      const refused = newEvents(2)
      right(await store().append(stream, 'no-stream', [newEvent()])())
      for (const expected of ['no-stream', 1] as const) left(await store().append(stream, expected, refused)())
      expect(right(await store().append(stream, 0, refused)()))
        .to.include({ revision: 2 })
        .and.not.have.property('already')
      expect((await idsIn(stream)).slice(1)).to.deep.equal(refused.map(({ eventId }) => eventId))
    })

    it('takes one of many writers who begin the same stream', async () => {
      const stream = newStream()
      const events = newEvents(50)
      const outcomes = await Promise.all(events.map((event) => store().append(stream, 'no-stream', [event])()))
      const winner = outcomes.findIndex(E.isRight)
      expect(outcomes.filter(E.isRight)).to.have.length(1)
      for (const error of outcomes.filter(E.isLeft))
        expect(error.left).to.deep.equal({ _tag: 'WrongExpectedVersion', stream, expected: 'no-stream', actual: 0 })
      expect(await idsIn(stream)).to.deep.equal([events[winner]?.eventId])
    })

    it('takes one of many writers at the same revision', async () => {
      const stream = newStream()
      right(await store().append(stream, 'no-stream', [newEvent()])())
      const events = newEvents(50)
      const outcomes = await Promise.all(events.map((event) => store().append(stream, 0, [event])()))

      const winner = outcomes.findIndex(E.isRight)
      expect(outcomes.filter(E.isRight)).to.have.length(1)
      for (const error of outcomes.filter(E.isLeft))
        expect(error.left).to.include({ _tag: 'WrongExpectedVersion', actual: 1 })
      expect((await idsIn(stream)).slice(1)).to.deep.equal([events[winner]?.eventId])
    })

    it('acknowledges a repeated append with the place where its events stand, and says that they stood there', async () => {
      const stream = newStream()
      right(await store().append(stream, 'no-stream', [newEvent()])())
      const events = newEvents(2)
      const first = right(await store().append(stream, 0, events)())
      const again = { ...first, already: true }
      expect(right(await store().append(stream, 0, events)())).to.deep.equal(again)

      right(await store().append(stream, 2, [newEvent()])())
      expect(right(await store().append(stream, 0, events)())).to.deep.equal(again)
      expect(await idsIn(stream)).to.have.length(4)
    })

    it('acknowledges a part of an earlier append where it stands, but not more than it held, nor anything else', async () => {
      const stream = newStream()
      const events = newEvents(3)
      right(await store().append(stream, 'no-stream', events)())
      const recorded = await gather(store().readStream(stream))
      for (const [expected, from, to] of [
        ['no-stream', 0, 1],
        [0, 1, 2],
        [1, 2, 3],
      ] as const) {
        const { position, revision } = right(await store().append(stream, expected, events.slice(from, to))())
        expect([position, revision]).to.deep.equal([recorded[from]?.position, from])
      }
      for (const others of [[...events, newEvent()], [...events.slice(0, 2), newEvent()], events.toReversed()]) {
        const refused = left(await store().append(stream, 'no-stream', others)())
        expect(refused).to.deep.equal({ _tag: 'WrongExpectedVersion', stream, expected: 'no-stream', actual: 2 })
      }
      expect(await idsIn(stream)).to.have.length(3)
    })

    it('takes one event id in two streams, once in each', async () => {
      const [event, streams] = [newEvent(), [newStream(), newStream()]]
      for (const stream of [...streams, ...streams]) right(await store().append(stream, 'no-stream', [event])())
      for (const stream of streams) expect(await idsIn(stream)).to.deep.equal([event.eventId])
    })

    it('refuses for good an event id twice in one append, and writes nothing of it', async () => {
      const stream = newStream()
      const event = newEvent()
      expect(left(await store().append(stream, 'no-stream', [event, newEvent(), event])())._tag).to.equal(
        'AppendRefused',
      )
      expect(await idsIn(stream)).to.deep.equal([])
    })

    it('writes an event once that is sent several times at once', async () => {
      const stream = newStream()
      const event = newEvent()
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () => store().append(stream, 'no-stream', [event])()),
      )
      for (const outcome of outcomes) expect(right(outcome).revision).to.equal(0)
      expect(outcomes.filter((outcome) => right(outcome).already === undefined)).to.have.length(1)
      expect(await idsIn(stream)).to.deep.equal([event.eventId])
    })

    it('tells one of several writers of an event, whatever metadata each gives it, that it wrote it', async () => {
      const stream = newStream()
      const event = newEvent()
      const written = Array.from({ length: 20 }, (_, writer) => ({ ...event, metadata: JSON.stringify({ writer }) }))
      const outcomes = await Promise.all(written.map((one) => store().append(stream, 'no-stream', [one])()))
      const winners = outcomes.flatMap((outcome, i) => (right(outcome).already === undefined ? [written[i]] : []))
      const [standing, ...others] = await gather(store().readStream(stream))
      expect(others).to.deep.equal([])
      expect(winners.map((one) => one?.metadata)).to.deep.equal([standing?.metadata])
    })

    it('takes an empty list of events for a mistake of the caller', async () => {
      const attempt = async (): Promise<unknown> => store().append(newStream(), 'no-stream', [])()
      expect(await attempt().catch((error: unknown) => error)).to.be.instanceOf(Error)
    })

    it('does nothing before the task is run', async () => {
      const stream = newStream()
      store().append(stream, 'no-stream', [newEvent()])
      expect(await idsIn(stream)).to.deep.equal([])
    })
  })
}
