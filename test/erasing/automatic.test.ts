import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { pino } from 'pino'
import { type Instant, minutes } from '../../domain/instant.ts'
import { eraseByPolicy } from '../../src/erasing/automatic.ts'
import { openSqliteEventStore } from '../../src/eventStore/sqlite/sqliteEventStore.ts'
import { acceptNotAsSealed } from '../../src/joining/acceptLost.ts'
import { lossAcceptedAt } from '../../src/ledger/logIdentity.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { right } from '../support/right.ts'

const LOST_AT = 1_767_571_200_000_000 as Instant
const WEEK = minutes(7 * 24 * 60)

/** What is begun, or said, at the first look at some time. */
const firstLook = async (now: number, lostAt: () => Promise<Instant | null>): Promise<unknown> => {
  const begun: (readonly number[])[] = []
  const lines: string[] = []
  const end = eraseByPolicy(
    { automatic: async () => E.right([4711]) },
    {
      now: () => now as Instant,
      lossAcceptedAt: lostAt,
      begin: (erasures) => begun.push(erasures),
      log: pino({ level: 'warn' }, { write: (line) => lines.push(line) }),
    },
  )
  const seen = await eventually('the first look', () => begun[0] ?? lines[0] ?? null)
  end()
  return typeof seen === 'string' ? JSON.parse(seen) : seen
}

describe('erasing by the policy', () => {
  it('waits for a week after the end of a log was accepted as lost, and says until when', async () => {
    const store = right(await openSqliteEventStore({ file: `${newDirectory()}/events.db` })())
    const lostAt = () => lossAcceptedAt(store)
    expect(await firstLook(LOST_AT, lostAt)).to.deep.equal([4711])
    await acceptNotAsSealed(store, null, () => LOST_AT)
    const said = { until: '2026-01-12T00:00:00.000000Z' }
    expect(await firstLook(LOST_AT + WEEK - 1, lostAt)).to.deep.include(said)
    expect(await firstLook(LOST_AT + WEEK, lostAt)).to.deep.equal([4711])
    await store.close()
  })
})
