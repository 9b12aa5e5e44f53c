import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import { appendErasures } from '../../src/erasing/appendErasures.ts'
import { carryOut } from '../../src/erasing/carryOut.ts'
import { stageOf } from '../../src/erasing/course.ts'
import type { Judging } from '../../src/erasing/judging.ts'
import { knownErasures } from '../../src/erasing/knownErasures.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { readHolds } from '../../src/ledger/holds.ts'
import { placeHold } from '../../src/ledger/recordHold.ts'
import { HOLDS, streamOf } from '../../src/ledger/streams.ts'
import { BOTH_STORES } from '../support/erasures/bothStores.ts'
import { GROUND, sayOfErasure } from '../support/erasures/recordErased.ts'
import { right } from '../support/right.ts'

const now = (): Instant => 1_767_571_200_000_000 as Instant

/** Every user may go whom no legal hold keeps, as the log has them. */
const byHoldsOf = (store: EventStore, authority: string | null, judged: () => Promise<void>): Judging => ({
  user: async (userId) => {
    const isHeld = (await readHolds(store)).of(userId).length > 0
    const ground = authority === null ? GROUND : { ...GROUND, rule: 'authority' as const, authority }
    const revision = (await Array.fromAsync(store.readStream(streamOf(userId)))).length - 1
    await judged()
    return {
      ground: isHeld ? E.left('legal hold 0 stands') : E.right(ground),
      isHeld,
      revision,
    }
  },
  lastOfHolds: async () => (await Array.fromAsync(store.readStream(HOLDS))).at(-1)?.revision ?? -1,
  ofNobody: () => E.left('not asked here'),
  due: () => [],
  wholesAbout: () => [],
  erasedInWholes: () => [],
})

/** A user's stream with one event each, in one append. */
const append = (store: EventStore, userId: UserId, metadata: readonly object[]): Promise<unknown> => {
  const event = { type: 'user.kycrequest', data: '{}' }
  const events = metadata.map((about) => ({ ...event, eventId: randomUUID(), metadata: JSON.stringify(about) }))
  return store.append(streamOf(userId), 'no-stream', events)().then(right)
}

const confirm = (store: EventStore, userId: UserId, erasure: number): Promise<unknown> =>
  sayOfErasure(
    store,
    { _tag: 'Requested', userId, reason: 'over', ground: GROUND, by: { key: 'legal' } },
    { _tag: 'Confirmed', erasure, by: { key: 'judge' } },
  )

/** What they are carried out with, and what is told of them; `treeReaches` is asked once users are judged and read. */
const carrying = async (
  store: EventStore,
  treeReaches: () => Promise<boolean> = async () => true,
  authority: string | null = null,
  judged = async (): Promise<void> => undefined,
) => {
  const known = knownErasures(store, () => undefined)
  await known.readOn()
  const out = {
    store,
    known,
    judging: byHoldsOf(store, authority, judged),
    treeReaches,
    tree: { indexOf: () => 0 },
    append: appendErasures(store, known, now, () => null),
    isStopping: () => false,
  }
  const failed: (readonly [number, string])[] = []
  const told = {
    failed: (erasure: number, reason: string) => void failed.push([erasure, reason]),
    completed: () => undefined,
    withdrawn: (erasure: number, reason: string) => void failed.push([erasure, `withdrawn: ${reason}`]),
  }
  return { known, failed, carryOut: () => carryOut(out, known.courses.pending(), told) }
}

describe('erasures that are carried out together', () => {
  for (const [kind, withStore] of Object.entries(BOTH_STORES)) {
    it(`take no more with one append than a server does: ${kind}`, () =>
      withStore(async ({ store }) => {
        const userId = '42' as UserId
        const wholes = Array.from({ length: 250 }, () => ({ whole: { stream: `kyc-shared-${randomUUID()}` } }))
        await append(store, userId, wholes)
        await confirm(store, userId, 0)
        const { known, failed, carryOut: carry } = await carrying(store, undefined, 'x'.repeat(5000))
        await carry()
        expect(failed).to.deep.equal([])
        expect(known.courses.get(0)?.recorded.size).to.equal(251)
        expect(known.courses.get(0)?.completed).to.not.equal(null)
      }))

    it(`do not take a user on whom a hold is placed while they are worked out: ${kind}`, () =>
      withStore(async ({ store }) => {
        const [held, gone] = ['42', '43'] as [UserId, UserId]
        for (const userId of [held, gone]) {
          await append(store, userId, [{}])
          await confirm(store, userId, userId === held ? 0 : 2)
        }
        let isPlaced = false
        const placeOnce = async (): Promise<boolean> => {
          if (!isPlaced) right(await placeHold(store, now, { userId: held, by: 'legal', reason: 'a court' })())
          isPlaced = true
          return true
        }
        const { known, failed, carryOut: carry } = await carrying(store, placeOnce)
        await carry()
        expect(failed).to.deep.equal([[0, 'legal hold 0 stands']])
        expect([...known.erased.users.keys()]).to.deep.equal([gone])
        expect(await Array.fromAsync(store.readStream(streamOf(held)))).to.have.length(1)
        expect(await Array.fromAsync(store.readStream(streamOf(gone)))).to.be.empty

        // When it is tried again it is taken back.
        await carry()
        expect(failed.at(-1)).to.deep.equal([0, 'withdrawn: legal hold 0 stands'])
        expect(known.courses.pending().map(stageOf)).to.deep.equal([])
      }))
  }

  it('goes on by an order however many events of the user come meanwhile, and takes them as well', () =>
    BOTH_STORES['an embedded store']?.(async ({ store }) => {
      const userId = '42' as UserId
      await append(store, userId, [{}])
      const order = { ...GROUND, rule: 'authority', authority: 'an order' } as const
      await sayOfErasure(
        store,
        { _tag: 'Requested', userId, reason: 'over', ground: order, by: { key: 'legal' } },
        { _tag: 'Confirmed', erasure: 0, by: { key: 'judge' } },
      )
      let come = 0
      // Whenever he was judged, one more has come.
      const comeMore = async (): Promise<void> => {
        const more = { eventId: randomUUID(), type: 'x', data: '{}', metadata: '{}' }
        right(await store.append(streamOf(userId), come, [more])())
        come += 1
      }
      const { known, failed, carryOut: carry } = await carrying(store, undefined, 'an order', comeMore)
      await carry()
      expect(failed).to.deep.equal([])
      expect(known.courses.get(0)).to.include({ events: come + 1 })
      expect(known.courses.get(0)?.completed).to.not.equal(null)
    }))
})
