import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ANY,
  type AppendExpectedRevision,
  type AppendResult,
  BACKWARDS,
  END,
  type EventStoreDBClient,
  FORWARDS,
  jsonEvent,
  NO_STREAM,
  START,
  streamNameFilter,
} from '@eventstore/db-client'
import { expect } from 'chai'
import { gather } from '../gather.ts'
import type { Version } from './log.ts'
import { append, type Event, failure, newEvent, newEvents, newStream, subscribed, until } from './rawClient.ts'

/**
 * What EventStoreDB does, as its own client shows it: run it on the double and on a real server, to hold the two
 * together. Nobody else may write to that server meanwhile: checkpoints count every event of the log.
 */
export const protocolPolicies = (client: () => EventStoreDBClient, version: Version = '24.6'): void => {
  describe('appends', () => {
    const put = (stream: string, expected: AppendExpectedRevision, ...events: Event[]): Promise<AppendResult> =>
      append(client())(stream, expected, ...events)

    it('acknowledges a repetition at the same revision with the place where it stands', async () => {
      const [stream, [a, b]] = [newStream(), newEvents(2) as [Event, Event]]
      const first = await put(stream, NO_STREAM, a)
      const second = await put(stream, 0n, b)
      expect(first).to.include({ success: true, nextExpectedRevision: 0n })
      expect(first.position?.commit).to.equal(first.position?.prepare)
      expect(Number(second.position?.commit)).to.be.greaterThan(Number(first.position?.commit))
      expect(await put(stream, NO_STREAM, a)).to.deep.equal(first)
      expect(await put(stream, 0n, b)).to.deep.equal(second)
      expect(await put(stream, ANY, b)).to.deep.equal(second)
    })

    it('writes a known id again at the head of the stream', async () => {
      const [stream, [a, b]] = [newStream(), newEvents(2) as [Event, Event]]
      await put(stream, NO_STREAM, a, b)
      expect((await put(stream, 1n, a)).nextExpectedRevision).to.equal(2n)
    })

    it('knows a repetition by its place and not by its id', async () => {
      const [stream, events] = [newStream(), newEvents(3)]
      const last = events.at(-1) as Event
      await put(stream, NO_STREAM, ...events)
      expect(await failure(put(stream, NO_STREAM, last))).to.include({
        type: 'wrong-expected-version',
        actualVersion: 2n,
      })
    })

    it('acknowledges a repeated batch and any part of it, but not more than it held', async () => {
      const [stream, events] = [newStream(), newEvents(3)]
      const whole = await put(stream, NO_STREAM, ...events)
      expect(await put(stream, NO_STREAM, ...events)).to.deep.equal(whole)
      expect((await put(stream, NO_STREAM, ...events.slice(0, 2))).nextExpectedRevision).to.equal(1n)
      expect(await put(stream, 0n, ...events.slice(1))).to.deep.equal(whole)
      for (const other of [[...events, newEvent()], events.slice(1), events.toReversed()]) {
        expect((await failure(put(stream, NO_STREAM, ...other))).type).to.equal('wrong-expected-version')
      }
    })

    it('says where the stream stands when it was expected elsewhere', async () => {
      const stream = newStream()
      const wrong = async (expected: AppendExpectedRevision) =>
        (await failure(put(stream, expected, newEvent()))).actualVersion
      expect(await wrong(0n)).to.equal('no_stream')
      await put(stream, NO_STREAM, ...newEvents(2))
      for (const expected of [NO_STREAM, 0n, 7n] as const) expect(await wrong(expected)).to.equal(1n)
    })

    it('takes 1 MiB in one append and no more, of data alone or of all that it holds', async () => {
      const sized = (bytes: number): Event => newEvent(randomUUID(), 'x'.repeat(bytes - 2))
      const besides = version === '24.6' ? 0 : 2 * newEvent().type.length
      await put(newStream(), NO_STREAM, sized(524_288 - besides), sized(524_288 - besides))
      const stream = newStream()
      expect(await failure(put(stream, NO_STREAM, sized(524_288 - besides), sized(524_289 - besides)))).to.include({
        type: 'maximum-append-size-exceeded',
        maxAppendSize: 1_048_576,
      })
      await put(stream, NO_STREAM, newEvent())
    })
  })

  describe('reads', () => {
    const revisions = async (stream: string, options: object): Promise<bigint[]> =>
      (await gather(client().readStream(stream, options))).map(({ event }) => event?.revision ?? -1n)

    it('give a stream in both directions, from a revision, up to a limit', async () => {
      const stream = newStream()
      await append(client())(stream, NO_STREAM, ...newEvents(4))
      expect(await revisions(stream, {})).to.deep.equal([0n, 1n, 2n, 3n])
      expect(await revisions(stream, { fromRevision: 2n })).to.deep.equal([2n, 3n])
      expect(await revisions(stream, { fromRevision: 9n })).to.deep.equal([])
      expect(await revisions(stream, { maxCount: 2 })).to.deep.equal([0n, 1n])
      const back = { direction: BACKWARDS }
      expect(await revisions(stream, { ...back, fromRevision: END, maxCount: 2 })).to.deep.equal([3n, 2n])
      expect(await revisions(stream, { ...back, fromRevision: 1n })).to.deep.equal([1n, 0n])
      expect(await revisions(stream, { ...back, fromRevision: 9n, maxCount: 1 })).to.deep.equal([3n])
    })

    it('give back an event as it was appended, with its place', async () => {
      const stream = newStream()
      const event = jsonEvent({ id: randomUUID(), type: 'a', data: { name: 'é' }, metadata: { format: 1 } })
      const { position } = await client().appendToStream(stream, event, { expectedRevision: NO_STREAM })
      const [read] = await gather(client().readStream(stream))
      expect(read?.event).to.deep.include({
        streamId: stream,
        id: event.id,
        type: 'a',
        data: { name: 'é' },
        metadata: { format: 1 },
        revision: 0n,
        position,
      })
      expect(Math.abs(Number(read?.event?.created) - Date.now())).to.be.lessThan(60_000)
    })

    it('say that a stream does not exist', async () => {
      for (const direction of ['forwards', 'backwards'] as const) {
        expect((await failure(gather(client().readStream(newStream(), { direction })))).type).to.equal(
          'stream-not-found',
        )
      }
    })

    it('give $all from the event at a position, or back from before it', async () => {
      const stream = newStream()
      const { position = { commit: 0n, prepare: 0n } } = await append(client())(stream, NO_STREAM, newEvent())
      await append(client())(stream, 0n, ...newEvents(2))
      const ours = async (options: object): Promise<(bigint | undefined)[]> =>
        (await gather(client().readAll(options)))
          .filter(({ event }) => event?.streamId === stream)
          .map(({ event }) => event?.revision)
      expect(await ours({ fromPosition: position })).to.deep.equal([0n, 1n, 2n])
      expect(await ours({ fromPosition: { ...position, prepare: 0n } })).to.deep.equal([0n, 1n, 2n])
      expect(await ours({ fromPosition: position, direction: BACKWARDS })).to.deep.equal([])
      expect(await ours({ fromPosition: END, direction: BACKWARDS, maxCount: 2 })).to.deep.equal([2n, 1n])
      const inside = { commit: position.commit + 1n, prepare: position.prepare + 1n }
      expect(await failure(gather(client().readAll({ fromPosition: inside })))).to.include({
        type: 'unknown',
        message: '2 UNKNOWN: Unexpected ReadAllResult: InvalidPosition',
      })
    })
  })

  describe('streams that were cut or deleted', () => {
    const put = (stream: string, expected: AppendExpectedRevision, ...events: Event[]): Promise<AppendResult> =>
      append(client())(stream, expected, ...events)
    const shown = async (stream: string, options = {}): Promise<readonly bigint[]> =>
      (await gather(client().readStream(stream, options))).map(({ event }) => event?.revision ?? -1n)
    const three = async (): Promise<{ readonly stream: string; readonly events: readonly [Event, Event, Event] }> => {
      const [stream, events] = [newStream(), newEvents(3) as [Event, Event, Event]]
      await put(stream, NO_STREAM, ...events)
      return { stream, events }
    }
    const CUTS = { maxCount: { maxCount: 1 }, truncateBefore: { truncateBefore: 2 } } as const

    for (const [name, metadata] of Object.entries(CUTS)) {
      it(`begin later by ${name}, whichever way they are read, and go on where they stood`, async () => {
        const { stream } = await three()
        await client().setStreamMetadata(stream, metadata)
        expect(await shown(stream)).to.deep.equal([2n])
        expect(await shown(stream, { fromRevision: 0n })).to.deep.equal([2n])
        expect(await shown(stream, { direction: BACKWARDS, fromRevision: END })).to.deep.equal([2n])
        for (const expected of [NO_STREAM, 0n] as const) {
          expect((await failure(put(stream, expected, newEvent()))).actualVersion).to.equal(2n)
        }
        expect((await put(stream, 2n, newEvent())).nextExpectedRevision).to.equal(3n)
      })
    }

    it('read as empty, and not as missing, once they are cut behind their last event or it is too old', async () => {
      for (const metadata of [{ truncateBefore: 3 }, { maxAge: 1 }]) {
        const { stream } = await three()
        await client().setStreamMetadata(stream, metadata)
        if ('maxAge' in metadata) await sleep(2500)
        for (const direction of [FORWARDS, BACKWARDS] as const) {
          expect(await shown(stream, { direction, fromRevision: direction === FORWARDS ? START : END })).to.deep.equal(
            [],
          )
        }
        expect((await failure(put(stream, NO_STREAM, newEvent()))).actualVersion).to.equal(2n)
        expect((await put(stream, 2n, newEvent())).nextExpectedRevision).to.equal(3n)
        expect(await shown(stream)).to.deep.equal([3n])
      }
    })

    it('acknowledge without a position what they do not show any more', async () => {
      for (const remove of [
        (stream: string) => client().setStreamMetadata(stream, { truncateBefore: 10 }),
        (stream: string) => client().deleteStream(stream),
      ]) {
        const { stream, events } = await three()
        await remove(stream)
        const at = (nextExpectedRevision: bigint) => ({ success: true, nextExpectedRevision, position: undefined })
        expect(await put(stream, NO_STREAM, events[0])).to.deep.equal(at(0n))
        expect(await put(stream, 0n, events[1])).to.deep.equal(at(1n))
      }
    })

    it('are missing once deleted softly, and go on behind what they held', async () => {
      const { stream } = await three()
      await client().deleteStream(stream)
      for (const options of [{}, { fromRevision: 1n }, { direction: BACKWARDS, fromRevision: END }]) {
        expect((await failure(shown(stream, options))).type).to.equal('stream-not-found')
      }
      expect((await failure(put(stream, 0n, newEvent()))).actualVersion).to.equal(2n)
      expect((await put(stream, NO_STREAM, newEvent())).nextExpectedRevision).to.equal(3n)
      expect(await shown(stream)).to.deep.equal([3n])
      await client().deleteStream(stream)
      expect((await put(stream, 3n, newEvent())).nextExpectedRevision).to.equal(4n)
      expect(await shown(stream)).to.deep.equal([4n])
    })

    it('are shown no more and take nothing once they are deleted for good', async () => {
      const { stream } = await three()
      await client().tombstoneStream(stream)
      expect((await failure(shown(stream))).type).to.equal('stream-deleted')
      for (const expected of [NO_STREAM, 2n, ANY] as const) {
        expect((await failure(put(stream, expected, newEvent()))).type).to.equal('stream-deleted')
      }
    })

    it('tell $all of it: by their metadata, and by an event at 2^63 - 1', async () => {
      const { stream } = await three()
      const seen: string[] = []
      const subscription = client().subscribeToAll({
        fromPosition: START,
        filter: streamNameFilter({ prefixes: [stream, `$$${stream}`] }),
      })
      subscription.on('data', ({ event }) => {
        const tb = Buffer.isBuffer(event?.data) || event?.data instanceof Uint8Array ? '' : JSON.stringify(event?.data)
        if (event?.type.startsWith('$')) seen.push(`${event.streamId} ${event.type} ${event.revision} ${tb}`)
      })
      await client().deleteStream(stream)
      await put(stream, NO_STREAM, newEvent())
      await client().tombstoneStream(stream)
      await until(() => seen.length === 3)
      expect(seen).to.deep.equal([
        `$$${stream} $metadata 0 {"$tb":9223372036854776000}`,
        `$$${stream} $metadata 1 {"$tb":3}`,
        `${stream} $streamDeleted 9223372036854775807 `,
      ])
      await subscription.unsubscribe()
    })
  })

  describe('subscriptions to $all', () => {
    it('give what stands after a position in the streams asked for, then what comes', async () => {
      const [prefix, other] = [newStream('a'), newStream('b')]
      const put = append(client())
      const { position = START } = await put(`${prefix}-1`, NO_STREAM, ...newEvents(2))
      await put(other, NO_STREAM, ...newEvents(2))
      await put(`${prefix}-1`, 1n, newEvent())
      const reader = subscribed(client(), position, prefix)
      await reader.caughtUp()
      expect(reader.revisions).to.deep.equal([[`${prefix}-1`, 2n]])
      await put(other, 1n, newEvent())
      await put(`${prefix}-2`, NO_STREAM, newEvent())
      await reader.until(() => reader.revisions.length === 2)
      expect(reader.revisions.at(-1)).to.deep.equal([`${prefix}-2`, 0n])
      expect(reader.said).to.deep.equal(['confirmation', 'caughtUp'])
      await reader.subscription.unsubscribe()
    })

    it('give a long log whole and in order', async () => {
      const prefix = newStream('a')
      const put = append(client())
      const { position = START } = await put(newStream(), NO_STREAM, newEvent())
      for (let i = 0; i < 5; i += 1) await put(`${prefix}-${i}`, NO_STREAM, ...newEvents(400))
      const reader = subscribed(client(), position, prefix)
      await reader.caughtUp()
      expect(reader.revisions).to.deep.equal(
        Array.from({ length: 2_000 }, (_, i) => [`${prefix}-${Math.floor(i / 400)}`, BigInt(i % 400)]),
      )
      await reader.subscription.unsubscribe()
    })

    it('name checkpoints that stay behind while catching up', async () => {
      const [prefix, other] = [newStream('a'), newStream('b')]
      const put = append(client())
      const { position: start = START } = await put(other, NO_STREAM, newEvent())
      const { position: wanted } = await put(prefix, NO_STREAM, newEvent())
      await put(other, 0n, ...newEvents(5))
      const others = (await gather(client().readStream(other))).map(({ event }) => event?.position?.commit)

      // Pages of 2 events: [0 and the wanted one], [1, 2], [3, 4], [5]; where nothing matches, its beginning is named.
      const reader = subscribed(client(), start, prefix, 2)
      await reader.caughtUp()
      expect(reader.checkpoints).to.deep.equal([
        wanted,
        { commit: others[1], prepare: 0n },
        { commit: others[3], prepare: 0n },
        ...(version === '24.6' ? [] : [{ commit: others[5], prepare: 0n }]),
      ])
      await reader.subscription.unsubscribe()
    })

    it('name a checkpoint every so many events once they are live, whoever wrote these', async () => {
      const [prefix, other] = [newStream('a'), newStream('b')]
      const put = append(client())
      const reader = subscribed(client(), END, prefix, 3)
      await reader.caughtUp()
      expect(reader.checkpoints).to.deep.equal([])
      const { position: third } = await put(other, NO_STREAM, ...newEvents(3))
      await put(other, 2n, ...newEvents(2))
      const { position: sixth } = await put(prefix, NO_STREAM, newEvent())
      await put(prefix, 0n, newEvent())
      await reader.until(() => reader.revisions.length === 2)
      expect(reader.checkpoints).to.deep.equal([third, sixth])
      await reader.subscription.unsubscribe()
    })

    it('name no place as their checkpoint when nothing from the start to the end was asked for', async () => {
      const prefix = newStream('a')
      await append(client())(newStream(), NO_STREAM, newEvent())
      const reader = subscribed(client(), START, prefix, 1_000_000_000)
      await reader.caughtUp()
      const end = { commit: 2n ** 64n - 1n, prepare: 2n ** 64n - 1n }
      expect(reader.checkpoints).to.deep.equal([version === '24.6' ? end : { commit: 0n, prepare: 0n }])
      await reader.subscription.unsubscribe()
      if (version !== '24.6') return

      // To go on from there is to go on from the end: what came between is lost.
      await append(client())(prefix, NO_STREAM, newEvent())
      const next = subscribed(client(), end, prefix)
      await next.caughtUp()
      await append(client())(prefix, 0n, newEvent())
      await next.until(() => next.revisions.length > 0)
      expect(next.revisions).to.deep.equal([[prefix, 1n]])
      await next.subscription.unsubscribe()
    })

    it('fail at a position inside an event, and wait at one that is still to come', async () => {
      const { position = { commit: 0n, prepare: 0n } } = await append(client())(newStream(), NO_STREAM, newEvent())
      await append(client())(newStream(), NO_STREAM, newEvent())
      const at = (place: bigint) => subscribed(client(), { commit: place, prepare: place }, 'kyc-')
      const inside = at(position.commit + 1n)
      await inside.until(() => inside.errors.length > 0)
      expect(inside.errors[0]).to.include({ code: 3 })
      expect(inside.said).to.deep.equal(['confirmation'])
      const ahead = at(position.commit + 1_000_000_000n)
      await ahead.caughtUp()
      expect(ahead.revisions).to.deep.equal([])
      await ahead.subscription.unsubscribe()
    })
  })
}
