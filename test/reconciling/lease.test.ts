import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import { type Instant, minutes, parseRfc3339 } from '../../domain/instant.ts'
import type { ClockFault } from '../../src/clock/nodeClock.ts'
import { storeUnavailable } from '../../src/eventStore/appendOutcome.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import type { Sweep } from '../../src/ledger/leases.ts'
import { RECONCILIATION } from '../../src/ledger/streams.ts'
import { keepingLease, LASTS, leasesOf } from '../../src/reconciling/lease.ts'
import { writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { left, right } from '../support/right.ts'

const START = parseRfc3339('2026-03-01T10:00:00Z') as Instant

/** A log, and the time of all nodes in front of it. */
const inFrontOfLog = (test: (log: Surroundings) => Promise<void>) => (): Promise<void> =>
  writingLog(newDirectory(), async (store) => {
    let now = START
    let isDown = false
    let fault: ClockFault | null = null
    const append: EventStore['append'] = (...asked) =>
      isDown ? async () => E.left(storeUnavailable('down')) : store.append(...asked)
    await test({
      store,
      node: (name) =>
        leasesOf(
          { ...store, append },
          name,
          () => now,
          () => fault,
          () => now / 1000,
        ),
      pass: (time) => {
        now = (now + time) as Instant
      },
      down: (is) => {
        isDown = is
      },
      wrong: (is) => {
        fault = is
      },
    })
  })

interface Surroundings {
  readonly store: EventStore
  readonly node: (name: string) => ReturnType<typeof leasesOf>
  readonly pass: (time: number) => void
  readonly down: (is: boolean) => void
  readonly wrong: (fault: ClockFault | null) => void
}

const swept = (through: string): Sweep => ({ begunAt: START, through: through as UserId, endedAt: null })

describe('the lease of who reconciles', () => {
  it(
    'is neither taken nor given up by a clock that is wrong by the time of it: it runs out',
    inFrontOfLog(async ({ store, node, wrong, pass }) => {
      const leapt: ClockFault = { clock: 'leapt', reason: 'the clock went forwards by 31536000 s' }
      const said = async () => (await Array.fromAsync(store.readStream(RECONCILIATION))).map(({ type }) => type)
      const begins = node('one').take('sweep', 'ops')
      wrong(leapt)
      expect(left(await begins)).to.deep.equal({ _tag: 'NoLease', reason: leapt.reason })
      expect(await said()).to.deep.equal([])
      wrong(null)
      const lease = right(await node('one').take('sweep', 'ops'))
      wrong(leapt)
      await lease.end(true)
      expect(await said()).to.have.length(1)
      wrong(null)
      pass(2 * LASTS)
      right(await node('other').take('suspects', null))
    }),
  )

  it(
    'is one node’s at a time, until it is given up',
    inFrontOfLog(async ({ node }) => {
      const [one, other] = [node('one'), node('other')]
      const lease = right(await one.take('sweep', 'ops'))
      expect(left(await other.take('suspects', null))).to.deep.include({
        _tag: 'Busy',
        reason:
          'a run (sweep) that ops asked for is under way on another node; should that have died, its lease runs out at 2026-03-01T10:06:00.000000Z',
      })
      lease.moveOn(swept('7'))
      await lease.end(true)
      expect(right(await other.take('schedule', null)).sweep()).to.deep.equal(swept('7'))
    }),
  )

  it(
    'is given to one of two that ask at the same moment',
    inFrontOfLog(async ({ node }) => {
      const taken = await Promise.all([node('one').take('schedule', null), node('other').take('schedule', null)])
      expect(taken.filter(E.isRight)).to.have.length(1)
    }),
  )

  it(
    'runs out some minutes after a node has died, with the place it had come to; whose clocks differ by a little is not early',
    inFrontOfLog(async ({ node, pass }) => {
      const lease = right(await node('one').take('sweep', null))
      pass(minutes(3))
      lease.moveOn(swept('4711'))
      expect(await lease.keep()).to.equal(true)
      pass(LASTS + minutes(1))
      expect(left(await node('other').take('sweep', null))._tag).to.equal('Busy')
      pass(minutes(1))
      expect(right(await node('other').take('sweep', null)).sweep()).to.deep.equal(swept('4711'))
      expect(await lease.keep()).to.equal(false)
    }),
  )

  it(
    'names nobody to others whom a token stands for',
    inFrontOfLog(async ({ node }) => {
      right(await node('one').take('sweep', 'jwt:https://identity.example#anna@example.com'))
      expect(left(await node('other').take('sweep', null)).reason).to.match(
        /^a run \(sweep\) that a token asked for is/,
      )
    }),
  )

  it(
    'is not held until then by a node that took it by a clock of the future',
    inFrontOfLog(async ({ store, node, pass }) => {
      const ahead = leasesOf(
        store,
        'ahead',
        () => (START + minutes(600)) as Instant,
        () => null,
      )
      const lease = right(await ahead.take('sweep', null))
      lease.moveOn(swept('4711'))
      pass(minutes(1))
      expect(right(await node('other').take('sweep', null)).sweep()).to.equal(null)
    }),
  )

  it('is kept while what is done takes its time, and nothing comes of it', async () => {
    let kept = 0
    const { promise: enough, resolve } = Promise.withResolvers<void>()
    const keep = async (): Promise<boolean> => {
      kept += 1
      if (kept === 3) resolve()
      return true
    }
    let isOver = false
    async function* slow(): AsyncGenerator<number> {
      try {
        yield 1
        await enough
        yield 2
        yield 3
      } finally {
        isOver = true
      }
    }
    const seen: number[] = []
    for await (const one of keepingLease({ keep }, slow(), 1)) {
      seen.push(one)
      if (one === 2) break
    }
    expect({ seen, kept: kept >= 3, isOver }).to.deep.equal({ seen: [1, 2], kept: true, isOver: true })
  })

  it(
    'is taken again at once by the data directory whose process died',
    inFrontOfLog(async ({ node }) => {
      right(await node('one').take('sweep', null))
      expect(E.isRight(await node('one').take('sweep', null))).to.equal(true)
    }),
  )

  it(
    'is renewed now and then, and not with each step',
    inFrontOfLog(async ({ store, node, pass }) => {
      const lease = right(await node('one').take('sweep', null))
      for (let i = 0; i < 60; i += 1) {
        pass(minutes(0.1))
        lease.moveOn(swept(String(i + 1)))
        expect(await lease.keep()).to.equal(true)
      }
      const events = await Array.fromAsync(store.readStream('kyc-reconciliation'))
      expect(events.map(({ type }) => type)).to.deep.equal([
        'kyc-ledger.lease-taken',
        'kyc-ledger.lease-renewed',
        'kyc-ledger.lease-renewed',
      ])
    }),
  )

  it(
    'outlasts a store that is out of reach for a moment, and not one that stays so',
    inFrontOfLog(async ({ store, node, pass, down }) => {
      const lease = right(await node('one').take('sweep', null))
      pass(minutes(3))
      down(true)
      lease.moveOn(swept('1'))
      expect(await lease.keep()).to.equal(true)
      pass(minutes(2))
      down(false)
      lease.moveOn(swept('2'))
      expect(await lease.keep()).to.equal(true)
      pass(minutes(3))
      lease.moveOn(swept('3'))
      expect(await lease.keep()).to.equal(true)
      down(true)
      pass(LASTS)
      lease.moveOn(swept('4'))
      expect(await lease.keep()).to.equal(false)
      lease.moveOn(swept('4'))
      await lease.end(true)
      const [last] = await Array.fromAsync(store.readStream('kyc-reconciliation', { direction: 'backwards', limit: 1 }))
      expect(last?.data).to.include('"through":"3"')
    }),
  )

  it(
    'is not taken by a clock that is wrong, nor where a newer release wrote the log',
    inFrontOfLog(async ({ store, node }) => {
      const wrong = leasesOf(
        store,
        'one',
        () => START,
        () => ({ clock: 'leapt', reason: 'the clock leapt' }),
      )
      expect(left(await wrong.take('sweep', null))).to.deep.equal({ _tag: 'NoLease', reason: 'the clock leapt' })
      const event = { eventId: '6f1d4b0e-5c5a-4f0c-9b7e-2a8d3c94e771', type: 'x', data: '{}', metadata: '{}' }
      right(await store.append('kyc-reconciliation', 'no-stream', [event])())
      expect(left(await node('one').take('sweep', null))).to.deep.equal({
        _tag: 'NoLease',
        reason:
          'kyc-reconciliation, revision 0, cannot be read: a newer release wrote it (start that one), or it was altered (npm run kyc -- verify)',
      })
    }),
  )
})
