import { expect } from 'chai'
import type { UserId } from '../../domain/identifiers.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { verifyLog } from '../../src/evidence/verifyLog.ts'
import type { ErasureEvent } from '../../src/ledger/erasures.ts'
import { UNATTRIBUTED } from '../../src/ledger/streams.ts'
import { BOTH_STORES } from '../support/erasures/bothStores.ts'
import { GROUND, recordOfStream, sayOfErasure } from '../support/erasures/recordErased.ts'
import { recordAsFound, writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'
import { sealedByHand } from '../support/seals/standingSeals.ts'
import { document, validation, webhookJson } from '../support/webhooks/webhookBuilders.ts'

const userId = (id: string): UserId => id as UserId
const USERS = ['11', '12', '13'].map(userId)

/** Two events of each user, in turns, and some of nobody. */
const written = async (store: EventStore): Promise<void> => {
  for (const id of ['1', '2']) {
    for (const user of USERS) await recordAsFound(store, user, webhookJson(validation(user)))
    await recordAsFound(store, null, webhookJson(document('create', id)))
  }
}

const foundIn = async (store: EventStore, options: Partial<Parameters<typeof verifyLog>[1]> = {}) => {
  const { wrong, size, rootAt, seals, erased, damaged } = await verifyLog(store, { secrets: [], ...options })
  const told = wrong.map(({ stream, place, what }) => `${stream} ${place?.revision}: ${what}`)
  return { told, size, rootAt, agreed: seals.agreedSize, erased, damaged }
}

const asked = (of: UserId | null, by = 'alice'): ErasureEvent => ({
  _tag: 'Requested',
  userId: of,
  reason: 'due',
  ground: GROUND,
  by: { key: by },
})
const confirmed = (erasure: number, by = 'bob'): ErasureEvent => ({ _tag: 'Confirmed', erasure, by: { key: by } })

for (const [name, inStore] of Object.entries(BOTH_STORES)) {
  describe(`a sealed log of which events were erased, in ${name}`, () => {
    it('has nothing wrong from the record of the erasure on, and every checkpoint agrees', async () => {
      await inStore(async ({ store, scavenge }) => {
        const { seal, keys, grow } = await sealedByHand(store)
        await written(store)
        const first = await seal()
        await recordAsFound(store, null, webhookJson(validation('77')))
        await seal()
        const sizes = [3, first.size]
        const before = await foundIn(store, { keys, sizes })
        expect(before.told).to.deep.equal([])

        await sayOfErasure(store, asked(userId('11')), confirmed(0))
        await sayOfErasure(store, { ...(await recordOfStream(store, 'kyc-11')), erasure: 0 })
        await sayOfErasure(store, asked(null, 'carol'), confirmed(3))
        const record = await recordOfStream(store, UNATTRIBUTED, { to: 1 })
        await sayOfErasure(store, { ...record, erasure: 3 })
        const recorded = await foundIn(store, { keys, sizes })
        expect(recorded).to.deep.include({ told: [], damaged: [], erased: { users: 1, events: 4, standing: 4 } })

        right(await store.erase('kyc-11', 1)())
        right(await store.truncate(UNATTRIBUTED, 2)())
        scavenge()
        await grow(2)
        const last = await seal()
        const after = await foundIn(store, { keys, sizes })
        expect(after).to.deep.include({ told: [], damaged: [], agreed: last.size })
        // The double keeps the last event of a stream whatever becomes of it.
        const { standing, ...erased } = after.erased
        expect(standing).to.be.at.most(name === 'EventStoreDB' ? 1 : 0)
        expect(erased).to.deep.equal({ users: 1, events: 4 })
        for (const size of sizes) {
          expect(after.rootAt.get(size)?.equals(before.rootAt.get(size) ?? expect.fail()), `${size}`).to.equal(true)
        }
      })
    })
  })
}

describe('a sealed log of which events are gone', () => {
  const wrongIn = async (change: (store: EventStore) => Promise<void>) =>
    writingLog(newDirectory(), async (store) => {
      const { seal, keys } = await sealedByHand(store)
      await written(store)
      await seal()
      await change(store)
      return (await foundIn(store, { keys })).told
    })

  it('says so where no record tells of them, or one that has other leaves', async () => {
    const gone = await wrongIn(async (store) => void right(await store.erase('kyc-13', 1)()))
    expect(gone.join()).to.match(/kyc-seals 0: it seals 9 events, and the log has only 7/)
    const forged = await wrongIn(async (store) => {
      await sayOfErasure(store, asked(userId('13')), confirmed(0))
      const record = await recordOfStream(store, 'kyc-13')
      const leaves = record.leaves.map(([index]) => [index, Buffer.alloc(32, 1).toString('base64')] as const)
      await sayOfErasure(store, { ...record, leaves })
      expect((await foundIn(store)).told.filter((told) => told.includes('the leaf of another event'))).to.have.length(2)
      right(await store.erase('kyc-13', 1)())
    })
    expect(forged.join()).to.contain('the first 9 events are not those that it was made over')
  })

  it('says so where nobody, or one alone, has wanted it', async () => {
    const unasked = await wrongIn(
      async (store) => void (await sayOfErasure(store, await recordOfStream(store, 'kyc-11'))),
    )
    expect(unasked).to.deep.equal([
      'kyc-erasures 0: it records events as erased, and nobody has confirmed the erasure 0',
    ])
    const alone = await wrongIn(async (store) => {
      await sayOfErasure(store, asked(userId('12')), confirmed(0, 'alice'), confirmed(7))
      await sayOfErasure(store, { ...(await recordOfStream(store, 'kyc-11')), leaves: [] })
    })
    expect(alone.filter((told) => told.startsWith('kyc-erasures'))).to.deep.equal([
      'kyc-erasures 1: whoever asked for the erasure has confirmed it himself',
      'kyc-erasures 2: it confirms the erasure 7, which nobody asks for',
      'kyc-erasures 3: it is about another user than the erasure',
      'kyc-erasures 3: it has not one leaf for each event',
    ])
  })
})
