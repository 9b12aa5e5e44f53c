import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { UserId } from '../../domain/identifiers.ts'
import { readPolicy } from '../../domain/retention/policy.ts'
import { openSqliteEventStore } from '../../src/eventStore/sqlite/sqliteEventStore.ts'
import { userOfStream } from '../../src/ledger/streams.ts'
import { type NextErasure, nextErasure } from '../../src/retention/nextErasure.ts'
import { instant } from '../support/events/storedEvents.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'

const LOGS = new URL('../fixtures/logs/', import.meta.url)
const POLICY = right(readPolicy({ version: 1 }))

/** Of a log that a release wrote: what there is of one of its users, the first where none is named, and what would go with him. */
const erasureIn = async (
  log: string,
  now: string,
  named?: UserId,
): Promise<{ readonly own: number; readonly next: NextErasure }> => {
  const file = join(newDirectory(), 'events.db')
  copyFileSync(new URL(`${log}/events.db`, LOGS), file)
  const store = right(await openSqliteEventStore({ file })())
  try {
    const events = (await Array.fromAsync(store.readAll())).flat()
    const users = events.map(({ stream }) => userOfStream(stream)).filter((user): user is UserId => user !== null)
    const userId = named ?? users[0]
    if (userId === undefined) throw new Error(`${log} holds no user`)
    const own = events.filter(({ stream }) => stream === `kyc-${userId}`).length
    return { own, next: await nextErasure(store, new Set([userId]), POLICY, instant(now)) }
  } finally {
    await store.close()
  }
}

describe('what the next erasure would take', () => {
  it('is the records of those who are due, and counts the webhooks of several users that older releases left whole with each', async () => {
    for (const format of ['format-1', 'format-2', 'format-3']) {
      const { own, next } = await erasureIn(format, '2020-01-01T00:00:00Z')
      expect(next.ofUsers.events, format).to.equal(own)
      expect(next.ofUsers.bytes, format).to.be.greaterThan(200 * own)
      expect(next.ofNobody, format).to.deep.equal({ events: 0, bytes: 0 })
      expect(next.mixed.webhooks, format).to.be.greaterThan(0)
      expect(next.mixed.events, format).to.be.at.least(2 * next.mixed.webhooks)
    }
  })

  it('finds none of these where each user has his part alone, and takes the events of nobody once their time is over', async () => {
    const { next } = await erasureIn('format-4', '2200-01-01T00:00:00Z')
    expect(next.mixed).to.deep.equal({ webhooks: 0, events: 0 })
    expect(next.ofNobody.events).to.be.greaterThan(0)
  })

  it('counts what the service itself wrote into the stream of the user, and of somebody of whom nothing else is known', async () => {
    for (const [user, events] of [
      ['1066', 6],
      ['1070', 1],
    ] as const) {
      const { own, next } = await erasureIn('format-4-observed', '2020-01-01T00:00:00Z', user as UserId)
      expect([own, next.ofUsers.events], user).to.deep.equal([events, events])
      expect(next.mixed).to.deep.equal({ webhooks: 0, events: 0 })
    }
  })
})
