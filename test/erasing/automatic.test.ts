import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { pino } from 'pino'
import { type Instant, minutes } from '../../domain/instant.ts'
import { eraseByPolicy } from '../../src/erasing/automatic.ts'
import { waitsOf } from '../../src/erasing/waiting.ts'
import { openSqliteEventStore } from '../../src/eventStore/sqlite/sqliteEventStore.ts'
import { acceptNotAsSealed } from '../../src/joining/acceptLost.ts'
import { lossAcceptedAt } from '../../src/ledger/logIdentity.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { right } from '../support/right.ts'

const THEN = 1_767_571_200_000_000 as Instant
const DAY = minutes(24 * 60)
const nothingLost = async () => null

interface Start {
  readonly now: number
  readonly newestAtStart: number
  readonly dataDir?: string
  readonly lost?: () => Promise<Instant | null>
}

/** What is begun, or until when nothing is, at the first look of a service. */
const firstLook = async ({ now, newestAtStart, dataDir = newDirectory(), lost = nothingLost }: Start) => {
  const begun: (readonly number[])[] = []
  const lines: string[] = []
  const clock = () => now as Instant
  const waits = waitsOf({ dataDir, now: clock, newestAtStart: newestAtStart as Instant, lossAcceptedAt: lost })
  const end = eraseByPolicy(
    { automatic: async () => E.right([4711]) },
    {
      waits,
      begin: (erasures) => begun.push(erasures),
      log: pino({ level: 'warn' }, { write: (line) => lines.push(line) }),
    },
  )
  const seen = await eventually('the first look', () => begun[0] ?? lines[0] ?? null)
  end()
  return typeof seen === 'string' ? (JSON.parse(seen) as { readonly until: string }).until : seen
}

describe('erasing by the policy', () => {
  it('waits for a week after the end of a log was accepted as lost, and says until when', async () => {
    const store = right(await openSqliteEventStore({ file: `${newDirectory()}/events.db` })())
    const lost = () => lossAcceptedAt(store)
    const at = (now: number) => firstLook({ now, newestAtStart: THEN, lost })
    expect(await at(THEN)).to.deep.equal([4711])
    await acceptNotAsSealed(store, null, () => THEN)
    expect(await at(THEN + 7 * DAY - 1)).to.equal('2026-01-12T00:00:00.000000Z')
    expect(await at(THEN + 7 * DAY)).to.deep.equal([4711])
    await store.close()
  })

  it('waits for a day where the clock is far ahead of the log, also after a restart, but not by a clock that was set right', async () => {
    const dataDir = newDirectory()
    const ahead = THEN + 40 * DAY
    const start = (now: number, newestAtStart: number) => firstLook({ now, newestAtStart, dataDir })
    expect(await start(ahead, THEN)).to.equal('2026-02-15T00:00:00.000000Z')
    // Meanwhile the service has recorded something by that clock.
    expect(await start(ahead + DAY - 1, ahead)).to.equal('2026-02-15T00:00:00.000000Z')
    expect(await start(THEN + DAY, THEN)).to.deep.equal([4711])
    expect(await start(ahead, THEN)).to.equal('2026-02-15T00:00:00.000000Z')
    expect(await start(ahead + DAY, ahead)).to.deep.equal([4711])
  })
})
