import { join } from 'node:path'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { pino } from 'pino'
import type { UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import { appendErasures } from '../../src/erasing/appendErasures.ts'
import { asking } from '../../src/erasing/asking.ts'
import { type ErasingProcess, startErasing } from '../../src/erasing/erasing.ts'
import type { Judging } from '../../src/erasing/judging.ts'
import { knownErasures } from '../../src/erasing/knownErasures.ts'
import { storeUnavailable } from '../../src/eventStore/appendOutcome.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { openSqliteEventStore } from '../../src/eventStore/sqlite/sqliteEventStore.ts'
import { leafOf } from '../../src/evidence/record.ts'
import { SEALS } from '../../src/ledger/streams.ts'
import { GROUND } from '../support/erasures/recordErased.ts'
import { storedEvent, userId } from '../support/events/storedEvents.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { right } from '../support/right.ts'

const NOW = 1_767_571_200_000_000 as Instant
const [LEGAL, JUDGE] = [{ key: 'legal' }, { key: 'judge' }]

describe('what carries erasures out', () => {
  let store: EventStore
  let running: ErasingProcess | null
  let lines: string[]

  beforeEach(async () => {
    store = right(await openSqliteEventStore({ file: join(newDirectory(), 'events.db') })())
    running = null
    lines = []
  })
  afterEach(async () => {
    await running?.stop()
    await store.close()
  })

  const arrive = async (user: UserId, revision: number): Promise<void> => {
    const webhook = {
      webhook: 'user.update',
      object_id: user,
      object_payload: { users: [{ userId: user, n: revision }] },
    }
    const { eventId, data, metadata } = storedEvent(webhook, { user, revision })
    const event = { eventId, type: 'x', data, metadata }
    right(await store.append(`kyc-${user}`, revision === 0 ? 'no-stream' : revision - 1, [event])())
  }

  /** What is asked of a log of which nothing was removed before; `changes` replaces parts of the store that things are removed from. */
  const erasing = async (changes: Partial<EventStore> = {}, judged: Partial<Judging> = {}) => {
    const leaves = (await Array.fromAsync(store.readAll())).flat().filter(({ stream }) => stream !== SEALS)
    const index = new Map(leaves.map((event, at) => [leafOf(event).toString('base64'), at]))
    const judging: Judging = {
      user: async () => ({ ground: E.right(GROUND), isHeld: false, revision: Number.MAX_SAFE_INTEGER }),
      ofNobody: () => E.left('none'),
      due: () => [],
      lastOfHolds: async () => -1,
      wholesAbout: () => [],
      erasedInWholes: () => [],
      ...judged,
    }
    const known = knownErasures(store, () => undefined)
    const append = appendErasures(
      store,
      known,
      () => NOW,
      () => null,
    )
    const out = {
      store: { ...store, ...changes },
      known,
      append,
      judging,
      tree: { indexOf: (_: string, leaf: Buffer) => index.get(leaf.toString('base64')) ?? null },
      treeReaches: async () => true,
    }
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
    const steps = asking(append, judging)
    const ask = async (user: UserId): Promise<number> => {
      const asked = { userId: user, reason: 'over', authority: null, by: LEGAL }
      const erasure = right(await steps.request(asked))
      right(await steps.confirm(user, erasure, JUDGE))
      return erasure
    }
    const begin = (): ErasingProcess => {
      running = startErasing({
        out,
        isSealed: true,
        forget: async () => E.right(0),
        graceMs: 0,
        log,
        completed: () => undefined,
      })
      return running
    }
    const completed = (erasure: number): Promise<true> =>
      eventually('it is complete', () => (known.courses.get(erasure)?.completed ? true : null))
    return { known, ask, begin, completed, append }
  }

  it('keeps no erasure from its end because of one that fails, and brings that to its end later', async () => {
    const users = ['101', '102', '103'].map(userId)
    for (const user of users) await arrive(user, 0)
    let failures = 2
    const { ask, begin, completed, known } = await erasing({
      erase: (stream, expected) => async () => {
        if (stream !== 'kyc-102') return store.erase(stream, expected)()
        failures -= 1
        return failures < 0 ? store.erase(stream, expected)() : E.left(storeUnavailable('out of reach'))
      },
    })
    const [first = -1, failing = -1, third = -1] = await Promise.all([]).then(async () => {
      const numbers: number[] = []
      for (const user of users) numbers.push(await ask(user))
      return numbers
    })
    begin()
    await completed(first)
    await completed(third)
    expect(known.courses.get(failing)?.completed).to.equal(null)
    // Whatever becomes of it, he is erased.
    expect(known.erased.users.has(userId('102'))).to.equal(true)
    await completed(failing)
    expect(await Array.fromAsync(store.readStream('kyc-102'))).to.deep.equal([])
    // The same reason is told once.
    expect(lines.filter((line) => line.includes('it is tried again'))).to.have.length(1)
    expect(lines.join('')).to.include('out of reach')
  })

  it('erases no event that is not the one that was sealed', async () => {
    await arrive(userId('101'), 0)
    const { ask, begin, known } = await erasing()
    // Of this one the tree knows nothing.
    await arrive(userId('101'), 1)
    const erasure = await ask(userId('101'))
    begin()
    await eventually('it is told', () =>
      lines.some((line) => line.includes('is not the event that was sealed')) ? true : null,
    )
    expect(known.courses.get(erasure)?.recorded.size).to.equal(0)
    expect(await Array.fromAsync(store.readStream('kyc-101'))).to.have.length(2)
  })

  it('ends one that the rules forbid by the time that it would begin, unless something of it is recorded', async () => {
    await arrive(userId('101'), 0)
    let isForbidden = false
    const { ask, begin, known } = await erasing(
      {},
      {
        user: async () => ({
          ground: isForbidden ? E.left('legal hold 3 stands') : E.right(GROUND),
          isHeld: isForbidden,
          revision: 0,
        }),
      },
    )
    const erasure = await ask(userId('101'))
    isForbidden = true
    begin()
    await eventually('it is withdrawn', () => (known.courses.get(erasure)?.withdrawn ? true : null))
    expect(known.courses.get(erasure)?.withdrawn?.reason).to.equal('legal hold 3 stands')
    expect(await Array.fromAsync(store.readStream('kyc-101'))).to.have.length(1)
  })

  it('erases a user of whom nothing was heard, so that nothing that comes of him is kept', async () => {
    const { ask, begin, completed } = await erasing()
    const erasure = await ask(userId('404'))
    begin()
    await completed(erasure)
    const { eventId, data, metadata } = storedEvent(
      { object_payload: { users: [{ userId: '404' }] } },
      { user: userId('404') },
    )
    const appended = await store.append('kyc-404', 'no-stream', [{ eventId, type: 'x', data, metadata }])()
    expect(E.isLeft(appended) && appended.left._tag).to.equal('StreamErased')
  })

  it('records thousands of leaves in several events, none with more than a server takes', async () => {
    const user = userId('101')
    const events = Array.from({ length: 12_001 }, (_, revision) => {
      const { eventId, data, metadata } = storedEvent(
        { object_payload: { users: [{ userId: user, n: revision }] } },
        { user, revision },
      )
      return { eventId, type: 'x', data, metadata }
    })
    right(await store.append(`kyc-${user}`, 'no-stream', events)())
    const { ask, begin, completed, known } = await erasing()
    const erasure = await ask(user)
    begin()
    await completed(erasure)
    expect(known.courses.get(erasure)?.events).to.equal(12_001)
    expect(known.erased.leaves).to.equal(12_001)
    const sizes = (await Array.fromAsync(store.readStream('kyc-erasures'))).map(({ data }) => data.length)
    expect(Math.max(...sizes)).to.be.lessThan(512 * 1024)
    expect(await Array.fromAsync(store.readStream(`kyc-${user}`))).to.deep.equal([])
  })
})
