import { expect } from 'chai'
import type { UserId } from '../../domain/identifiers.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { leafOf } from '../../src/evidence/record.ts'
import { Erased, hearErasures, readErased, withoutErased } from '../../src/ledger/erased.ts'
import { ErasedLeaves } from '../../src/ledger/erasedLeaves.ts'
import { ERASURES } from '../../src/ledger/streams.ts'
import { GROUND, recordErased, recordOfStream, sayOfErasure } from '../support/erasures/recordErased.ts'
import { newEvents } from '../support/events/newEvents.ts'
import { gather } from '../support/gather.ts'
import { eventsOf, writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'

const append = async (store: EventStore, stream: string, count: number): Promise<void> => {
  const [last] = await gather(store.readStream(stream, { direction: 'backwards', limit: 1 }))
  right(await store.append(stream, last?.revision ?? 'no-stream', newEvents(count))())
}

const placesOf = (events: readonly { readonly stream: string; readonly revision: number }[]): readonly string[] =>
  events.map(({ stream, revision }) => `${stream} ${revision}`)

describe('what was erased', () => {
  it('is known by index, place and user as soon as its record stands, and passed over wherever the log is read', async () => {
    await writingLog(newDirectory(), async (store) => {
      for (const stream of ['kyc-1', 'kyc-2', 'kyc-1']) await append(store, stream, 2)
      const before = await eventsOf(store)
      const erased = await readErased(store)
      const seen = withoutErased(store, erased)
      expect(erased.users.size).to.equal(0)
      expect(await eventsOf(seen)).to.deep.equal(before)

      await recordErased(store, 'kyc-1')
      await append(store, 'kyc-1', 1)
      await sayOfErasure(store, {
        ...(await recordOfStream(store, 'kyc-3')),
        erasure: 7,
        userId: '3' as UserId,
      })
      await hearErasures(store, erased)
      for (const known of [erased, await readErased(store)]) {
        expect([0, 1, 2, 3, 4, 5, 6].map((index) => known.leafAt(index)?.toString('hex') ?? null)).to.deep.equal(
          before.map((event) => (event.stream === 'kyc-1' ? leafOf(event).toString('hex') : null)).concat(null),
        )
        expect([...known.users.keys()]).to.deep.equal(['1', '3'])
        expect(known.users.get('3' as UserId))
          .to.include({ erasure: 7, revision: 1 })
          .and.to.have.property('ground')
        expect(known.leaves).to.equal(4)
      }
      expect(placesOf(await eventsOf(seen))).to.deep.equal([
        'kyc-2 0',
        'kyc-2 1',
        'kyc-erasures 0',
        'kyc-1 4',
        'kyc-erasures 1',
      ])
      expect(placesOf(await gather(seen.readStream('kyc-1')))).to.deep.equal(['kyc-1 4'])
      expect(placesOf(await gather(seen.readStream('kyc-1', { direction: 'backwards', limit: 2 })))).to.deep.equal([
        'kyc-1 4',
      ])
      expect(await gather(seen.readStream('kyc-1', { limit: 0 }))).to.deep.equal([])
      const stopped = new AbortController()
      const followed: string[] = []
      for await (const { events, caughtUp } of seen.follow(null, stopped.signal)) {
        followed.push(...placesOf(events))
        if (caughtUp) stopped.abort()
      }
      expect(followed).to.deep.equal(placesOf(await eventsOf(seen)))
    })
  })

  it('is counted by users as far as the log goes, each once', async () => {
    await writingLog(newDirectory(), async (store) => {
      for (const stream of ['kyc-1', 'kyc-2', 'kyc-1']) await append(store, stream, 2)
      const record = await recordOfStream(store, 'kyc-1', { to: 1 })
      const first = await sayOfErasure(store, record)
      const again = await sayOfErasure(store, { ...record, from: 2, to: 3, leaves: [] })
      const second = await sayOfErasure(store, await recordOfStream(store, 'kyc-2'))
      const erased = await readErased(store)
      expect(erased.usersAt(null)).to.equal(0)
      const counts = [...(await eventsOf(store)), first, again, second].map(({ position }) => erased.usersAt(position))
      expect(counts).to.deep.equal([0, 0, 0, 0, 0, 0, 1, 1, 2, 1, 1, 2])
      expect(erased.has({ stream: 'kyc-1', revision: 3 })).to.equal(true)
    })
  })

  it('is not guessed where the stream of erasures lacks an event, or names what can be no leaf', async () => {
    await writingLog(newDirectory(), async (store) => {
      const request = { _tag: 'Requested', userId: null, reason: 'x', ground: GROUND, by: { key: 'a' } } as const
      await sayOfErasure(store, request, request)
      const [first, second] = await gather(store.readStream(ERASURES))
      if (first === undefined || second === undefined) throw new Error('two events stand there')
      const erased = new Erased()
      expect(() => erased.hear(second)).to.throw('kyc-erasures does not show its event at revision 0')
      expect(erased.hear(first)?.said._tag).to.equal('Requested')
      expect(erased.hear(first)).to.equal(null)
      expect(erased.next).to.equal(1)
      await append(store, 'kyc-1', 1)
      await sayOfErasure(store, { ...(await recordOfStream(store, 'kyc-1')), leaves: [[0, 'AAAA']] })
      const failed = await readErased(store).catch((error: unknown) => error)
      expect(String(failed)).to.contain('kyc-erasures, revision 2, names a leaf that can be none')
    })
  })

  it('is held in little for ten thousand users of a hundred leaves each', () => {
    const leaves = new ErasedLeaves()
    const held = (): number => process.memoryUsage().arrayBuffers
    const before = held()
    const hash = Buffer.alloc(32)
    for (let index = 0; index < 1_000_000; index++) leaves.put(7 * index, hash.fill(index % 251))
    expect(leaves.count).to.equal(1_000_000)
    expect(leaves.at(7 * 999_999)).to.deep.equal(Buffer.alloc(32, 999_999 % 251))
    expect(leaves.at(8)).to.equal(null)
    leaves.put(0, Buffer.alloc(32, 8))
    expect(leaves.at(0)).to.deep.equal(Buffer.alloc(32, 0))
    expect(held() - before).to.be.lessThan(120_000_000)
  })
})
