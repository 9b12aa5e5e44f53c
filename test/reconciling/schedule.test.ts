import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import { type Instant, parseRfc3339, seconds } from '../../domain/instant.ts'
import type { Statement } from '../../src/ledger/leases.ts'
import { leasesOf } from '../../src/reconciling/lease.ts'
import type { Reconciling } from '../../src/reconciling/reconciling.ts'
import { COMPLETE, type End, noSums, type Told } from '../../src/reconciling/running.ts'
import { againAfter, dueNow, keepReconciling, timerUntil } from '../../src/reconciling/schedule.ts'
import { writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'

const NOW = parseRfc3339('2026-03-01T10:00:00Z') as Instant
const EVERY = 3600
const ago = (count: number): Instant => (NOW - seconds(count)) as Instant

const SWEPT = { begunAt: ago(9000), through: '7' as UserId, endedAt: ago(8000) }
const OVER: Statement = {
  run: 'run',
  node: 'other',
  work: 'schedule',
  by: null,
  until: null,
  sweep: SWEPT,
  scheduledAt: ago(60),
}

const due = async (said: Statement | null, suspectsThrough: UserId | null = null): Promise<string | null> => {
  const progress = { node: 'this', sweep: () => null, suspectsThrough: () => suspectsThrough }
  const found = await dueNow({ everySeconds: EVERY, leases: { standing: async () => said }, progress, now: () => NOW })
  return found?.schedule ?? null
}

describe('the schedule of reconciling', () => {
  it('begins a period once one is over since the last began, on whichever node that was', async () => {
    expect(await due(null)).to.equal('period')
    expect(await due({ ...OVER, scheduledAt: null })).to.equal('period')
    expect(await due({ ...OVER, scheduledAt: ago(EVERY) })).to.equal('period')
    expect(await due(OVER)).to.equal(null)
  })

  it('begins one where the last was written by a clock that was ahead, and where whoever was at it died', async () => {
    expect(await due({ ...OVER, scheduledAt: ago(-60) })).to.equal('period')
    expect(await due({ ...OVER, until: ago(600) })).to.equal('period')
    expect(await due({ ...OVER, node: 'this', until: ago(-60) })).to.equal('period')
  })

  it('goes on within a period with what was left of suspects, or of everybody', async () => {
    expect(await due(OVER, '7' as UserId)).to.equal('goes on')
    expect(await due({ ...OVER, sweep: { ...SWEPT, endedAt: null } })).to.equal('goes on')
  })

  it('leaves it to another node that is at work', async () => {
    expect(await due({ ...OVER, until: ago(-60), scheduledAt: ago(2 * EVERY) })).to.equal(null)
  })

  it('has a period begun again that failed, and no other', () =>
    writingLog(newDirectory(), async (store) => {
      const leases = leasesOf(
        store,
        'this',
        () => NOW,
        () => null,
      )
      const first = right(await leases.take('schedule', null))
      await first.end(true)
      expect((await leases.standing())?.scheduledAt).to.equal(NOW)
      const later = leasesOf(
        store,
        'this',
        () => (NOW + seconds(EVERY)) as Instant,
        () => null,
      )
      await right(await later.take('schedule', null)).end(false)
      expect((await leases.standing())?.scheduledAt).to.equal(NOW)
      await right(await later.take('sweep', null)).end(false)
      expect((await leases.standing())?.scheduledAt).to.equal(NOW)
    }))

  it('asks about suspects and then about everybody, at whatever moment of a millisecond it is', async () => {
    const ending = new AbortController()
    const works: string[] = []
    const warned: unknown[] = []
    let time = NOW
    const now = (): Instant => {
      time = (time + 1001) as Instant
      return time
    }
    async function* completed(): AsyncGenerator<Told, End> {
      yield { _tag: 'Failed', userId: null, reason: 'of one nothing was learned' }
      return COMPLETE
    }
    const reconciling: Pick<Reconciling, 'begin'> = {
      begin: async ({ work }) => {
        works.push(work)
        if (work === 'sweep') ending.abort()
        return E.right({ told: completed(), sums: noSums() })
      },
    }
    const log = {
      warn: (told: unknown) => {
        warned.push(told)
        ending.abort()
      },
    }
    const leases = { standing: async () => null }
    const progress = { node: 'this', sweep: () => null, suspectsThrough: () => null }
    await keepReconciling({ everySeconds: 1, reconciling, leases, progress, now, log }, ending.signal)
    expect(warned).to.deep.equal([])
    expect(works).to.deep.equal(['suspects', 'sweep'])
  })

  it('sets no timer that the platform does not take', () => {
    const after = (microseconds: number): number => timerUntil((NOW + microseconds) as Instant, NOW)
    expect([after(-1), after(1), after(1500), after(2_000_000)]).to.deep.equal([1, 1, 2, 2000])
    expect(after(31 * 86_400 * 1_000_000)).to.equal(2_147_483_647)
  })

  it('waits longer after each failure, and no longer than a period', () => {
    expect([1, 2, 3, 7, 20].map((failures) => againAfter(86_400, failures) / 1000)).to.deep.equal([
      60, 120, 240, 3600, 3600,
    ])
    expect([1, 2, 3, 4].map((failures) => againAfter(8, failures) / 1000)).to.deep.equal([2, 4, 8, 8])
  })
})
