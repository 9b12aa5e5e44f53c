import { expect } from 'chai'
import { openEsdbEventStore } from '../../../src/eventStore/esdb/esdbEventStore.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import { isStoreUnreachable, isStreamUnreadable } from '../../../src/eventStore/readFailure.ts'
import { newEvent, newStream } from '../../support/events/newEvents.ts'
import { gather } from '../../support/gather.ts'
import { eventsOf } from '../../support/logs/logs.ts'
import { untilTrue } from '../../support/patience.ts'
import { left, right } from '../../support/right.ts'
import { newPrefix } from './behaviour.ts'

type Right = 'read' | 'write'

/** A server with a user of the service, whose rights can be taken and given back. */
export interface ServerWithRights {
  /** Of that user. */
  readonly connectionString: string
  /** Takes a right from him, on one stream or on all but the system's. */
  readonly withdraw: (right: Right, stream?: string) => Promise<void>
  readonly restore: () => Promise<void>
}

const failure = (read: AsyncIterable<unknown>): Promise<unknown> =>
  gather(read).then(
    () => null,
    (error: unknown) => error,
  )

/** What the adapter does about rights that are missing, on any server that speaks the protocol. */
export const esdbRights = (name: string, server: () => ServerWithRights): void => {
  describe(`the adapter of ${name}, whose user lacks a right`, () => {
    let store: EventStore
    let streamPrefix: string
    const stored = (stream: string): string => `${streamPrefix}${stream.slice('kyc-'.length)}`

    beforeEach(async () => {
      streamPrefix = newPrefix()
      store = right(await openEsdbEventStore({ connectionString: server().connectionString, streamPrefix })())
      await untilTrue('it is up', () => store.health() === 'up')
    })
    afterEach(async () => {
      await server().restore()
      await store.close()
    })

    it('is down when it may not write any more, whether something is appended or not, and up again by itself', async () => {
      for (const appends of [true, false]) {
        const stream = newStream()
        right(await store.append(stream, 'no-stream', [newEvent()])())
        await server().withdraw('write')
        if (appends) expect(left(await store.append(stream, 0, [newEvent()])())._tag).to.equal('StoreUnavailable')
        await untilTrue('it is down', () => store.health() === 'down')
        await server().restore()
        await untilTrue('it is up', () => store.health() === 'up')
        right(await store.append(stream, 0, [newEvent()])())
      }
    })

    it('is down when it may not read any more, once it reads, and up again by itself', async () => {
      const stream = newStream()
      right(await store.append(stream, 'no-stream', [newEvent()])())
      await server().withdraw('read')
      expect(isStoreUnreachable(await failure(store.readStream(stream)))).to.equal(true)
      expect(store.health()).to.equal('down')
      await server().restore()
      await untilTrue('it is up', () => store.health() === 'up')
      expect(await gather(store.readStream(stream))).to.have.length(1)
    })

    it('is down from the start where it may not write, and says which right is missing', async () => {
      await server().withdraw('write')
      const late = right(await openEsdbEventStore({ connectionString: server().connectionString, streamPrefix })())
      const refused = left(await late.append(newStream(), 'no-stream', [newEvent()])())
      expect(refused).to.include({ _tag: 'StoreUnavailable' })
      expect(JSON.stringify(refused)).to.contain('denies access to writing the streams kyc-')
      expect(late.health()).to.equal('down')
      await late.close()
    })

    it('reads where it was opened for reading, without the right to write', async () => {
      right(await store.append(newStream(), 'no-stream', [newEvent()])())
      await server().withdraw('write')
      const options = { connectionString: server().connectionString, streamPrefix, readOnly: true }
      const reader = right(await openEsdbEventStore(options)())
      expect(await eventsOf(reader)).to.have.length(1)
      expect(reader.health()).to.equal('up')
      await reader.close()
    })

    it('refuses for good what goes to one stream that is closed to it, and serves all others', async () => {
      const [closed, other] = [newStream(), newStream()]
      right(await store.append(closed, 'no-stream', [newEvent()])())
      await server().withdraw('read', stored(closed))
      await server().withdraw('write', stored(closed))
      expect(isStreamUnreadable(await failure(store.readStream(closed)))).to.equal(true)
      expect(left(await store.append(closed, 0, [newEvent()])())._tag).to.equal('AppendRefused')
      right(await store.append(other, 'no-stream', [newEvent()])())
      expect(await gather(store.readStream(other))).to.have.length(1)
      expect(store.health()).to.equal('up')
    })
  })
}
