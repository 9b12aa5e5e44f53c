import { join } from 'node:path'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import { storeUnavailable } from '../../src/eventStore/appendOutcome.ts'
import { openEsdbEventStore } from '../../src/eventStore/esdb/esdbEventStore.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { openSqliteEventStore } from '../../src/eventStore/sqlite/sqliteEventStore.ts'
import { readHolds } from '../../src/ledger/holds.ts'
import { ownEvent } from '../../src/ledger/ownEvent.ts'
import { liftHold, placeHold } from '../../src/ledger/recordHold.ts'
import { HOLDS } from '../../src/ledger/streams.ts'
import { startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { instant } from '../support/events/storedEvents.ts'
import { left, right } from '../support/right.ts'
import { temporaryDirectory } from '../support/temporaryDirectory.ts'

const NOW = instant('2026-03-01T00:00:00Z')
const now = () => NOW
const [ONE, OTHER] = ['1', '2'] as readonly string[] as readonly [UserId, UserId]
const asking = (userId: UserId, by = 'legal') => ({ userId, by, reason: 'a case' })

const policies = (open: () => Promise<{ readonly store: EventStore; readonly close: () => Promise<void> }>): void => {
  let store: EventStore
  let close: () => Promise<void>
  beforeEach(async () => {
    ;({ store, close } = await open())
  })
  afterEach(() => close())

  const standing = async (userId: UserId) => (await readHolds(store)).of(userId).map(({ hold }) => hold)

  it('stand for their user, with author, time and reason, until each of them is lifted', async () => {
    for (const userId of [ONE, OTHER, ONE]) right(await placeHold(store, now, asking(userId))())
    const [first] = (await readHolds(store)).of(ONE)
    expect(first).to.deep.equal({ hold: 0, placed: { by: 'legal', at: NOW, reason: 'a case' } })
    expect(await standing(ONE)).to.deep.equal([0, 2])
    right(await liftHold(store, now, 0, asking(ONE, 'judge'))())
    expect(await standing(ONE)).to.deep.equal([2])
    expect(await standing(OTHER)).to.deep.equal([1])
    expect(left(await liftHold(store, now, 0, asking(ONE))())).to.deep.equal({ _tag: 'HoldLifted' })
    for (const number of [1, 3, 99]) {
      expect(left(await liftHold(store, now, number, asking(ONE))())).to.deep.equal({ _tag: 'NoSuchHold' })
    }
  })

  it('are each there once where several are placed at once, and one is lifted once', async () => {
    const placed = await Promise.all(Array.from({ length: 6 }, () => placeHold(store, now, asking(ONE))()))
    expect(placed.map((one) => right(one).hold).sort()).to.deep.equal([0, 1, 2, 3, 4, 5])
    const lifted = await Promise.all(Array.from({ length: 4 }, () => liftHold(store, now, 3, asking(ONE))()))
    expect(lifted.filter(E.isRight)).to.have.length(1)
    expect(await standing(ONE)).to.deep.equal([0, 1, 2, 4, 5])
  })

  it('that cannot be read stand for everybody, and cannot be lifted', async () => {
    right(await placeHold(store, now, asking(ONE))())
    const newer = ownEvent('a5a0c9c2-2b1f-4f0e-9a51-6d8d5f6c2a01', {
      type: 'kyc-ledger.hold-prolonged',
      data: { hold: 0 },
      recordedAt: NOW,
    })
    right(await store.append(HOLDS, 0, [newer])())
    expect(await standing(ONE)).to.deep.equal([0, 1])
    expect((await readHolds(store)).of(OTHER)).to.deep.equal([{ hold: 1, placed: null }])
    expect(left(await liftHold(store, now, 1, asking(OTHER))())).to.deep.equal({ _tag: 'NoSuchHold' })
  })

  it('are not said to be recorded where the store does not say so', async () => {
    const mute: EventStore = { ...store, append: () => async () => E.left(storeUnavailable('out of reach')) }
    expect(left(await placeHold(mute, now, asking(ONE))())).to.deep.include({ _tag: 'StoreUnavailable' })
  })
}

describe('legal holds in a file', () => {
  policies(async () => {
    const directory = await temporaryDirectory()
    const store = right(await openSqliteEventStore({ file: join(directory.path, 'events.db') })())
    return {
      store,
      close: async () => {
        await store.close()
        await directory.remove()
      },
    }
  })
})

describe('legal holds on a server', () => {
  policies(async () => {
    const server = await startEventStoreDb()
    const store = right(await openEsdbEventStore({ connectionString: server.connectionString })())
    return {
      store,
      close: async () => {
        await store.close()
        await server.stop()
      },
    }
  })
})
