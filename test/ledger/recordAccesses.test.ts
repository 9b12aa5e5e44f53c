import { join } from 'node:path'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import { appendRefused, storeUnavailable } from '../../src/eventStore/appendOutcome.ts'
import { openEsdbEventStore } from '../../src/eventStore/esdb/esdbEventStore.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { openSqliteEventStore } from '../../src/eventStore/sqlite/sqliteEventStore.ts'
import { type Access, readAccessEvent } from '../../src/ledger/accessEvent.ts'
import { recordAccesses } from '../../src/ledger/recordAccesses.ts'
import { ACCESSES } from '../../src/ledger/streams.ts'
import { startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { instant } from '../support/events/storedEvents.ts'
import { gather } from '../support/gather.ts'
import { left, right } from '../support/right.ts'
import { temporaryDirectory } from '../support/temporaryDirectory.ts'

const NOW = instant('2026-03-01T00:00:00Z')
const now = () => NOW
const accessOf = (n: number, key: string | null = 'auditor'): Access => ({
  key,
  read: 'user-events',
  userId: String(n) as UserId,
})
const many = (count: number, key?: string) => Array.from({ length: count }, (_, n) => accessOf(n + 1, key))

const policies = (open: () => Promise<{ readonly store: EventStore; readonly close: () => Promise<void> }>): void => {
  let store: EventStore
  let close: () => Promise<void>
  beforeEach(async () => {
    ;({ store, close } = await open())
  })
  afterEach(() => close())

  const recorded = async () => (await gather(store.readStream(ACCESSES))).map(readAccessEvent)

  it('are events in the order in which they were asked for, in few appends', async () => {
    let appends = 0
    const counting: EventStore = {
      ...store,
      append: (...args) => {
        appends += 1
        return store.append(...args)
      },
    }
    const record = recordAccesses(counting, now)
    const asked = [...many(50), accessOf(7, null)]
    for (const one of await Promise.all(asked.map((access) => record(access)()))) right(one)
    expect(await recorded()).to.deep.equal(asked.map((access) => ({ ...access, recordedAt: NOW })))
    expect(appends).to.equal(2)
  })

  it('of several nodes at once all are recorded, each once and in its order', async () => {
    const nodes = ['one', 'two', 'three'].map((key) => ({ key, record: recordAccesses(store, now) }))
    for (const answer of await Promise.all(
      nodes.flatMap(({ key, record }) => many(30, key).map((access) => record(access)())),
    )) {
      right(answer)
    }
    const all = await recorded()
    expect(all).to.have.length(90)
    for (const { key } of nodes) {
      expect(all.filter((one) => one?.key === key).map((one) => one?.userId)).to.deep.equal(
        many(30).map(({ userId }) => userId),
      )
    }
  })

  it('go on where a stream stands that another process wrote', async () => {
    right(await recordAccesses(store, now)(accessOf(1))())
    right(await recordAccesses(store, now)(accessOf(2))())
    expect((await recorded()).map((one) => one?.userId)).to.deep.equal(['1', '2'])
  })
}

describe("reads of persons' data", () => {
  describe('in the embedded store', () => {
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

  describe('in EventStoreDB', () => {
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

  const storeWhere = (append: EventStore['append']): EventStore => ({ append }) as EventStore

  it('are refused, each of them, where the store gives no answer, and wait for nothing', async () => {
    const record = recordAccesses(
      storeWhere(() => () => new Promise(() => undefined)),
      now,
      () => null,
      20,
    )
    const answers = await Promise.all(many(3).map((access) => record(access)()))
    expect(answers.map(left)).to.deep.equal(Array(3).fill('not within 20 ms'))
    expect(left(await record(accessOf(4))())).to.equal('not within 20 ms')
  })

  it('are refused where the store refuses or fails, and recorded again once it does not', async () => {
    const failures: EventStore['append'][] = [
      () => async () => E.left(storeUnavailable('out of reach')),
      () => async () => E.left(appendRefused('too large')),
      () => {
        throw new Error('a fault')
      },
    ]
    const appended: EventStore['append'] = () => async () => E.right({ revision: 0, position: '1' })
    const record = recordAccesses(
      storeWhere((...args) => (failures.shift() ?? appended)(...args)),
      now,
    )
    for (const reason of ['out of reach', 'too large', 'a fault']) {
      expect(left(await record(accessOf(1))())).to.equal(reason)
    }
    right(await record(accessOf(1))())
  })

  it('are not recorded by a clock that is wrong', async () => {
    const record = recordAccesses(
      storeWhere(() => {
        throw new Error('nothing was to be appended')
      }),
      now,
      () => ({ clock: 'leapt', reason: 'the clock went back' }),
    )
    expect(left(await record(accessOf(1))())).to.equal('the clock went back')
  })
})
