import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect } from 'chai'
import { ATTEMPTS, waitAfter } from '../../src/provider/backOff.ts'
import { budgetOf, type Waiting } from '../../src/provider/budget.ts'

/** A clock that goes only where somebody waits. */
const virtual = (): Waiting & { readonly slept: number[] } => {
  let time = 1000
  const slept: number[] = []
  return {
    slept,
    now: () => time,
    sleep: async (ms, signal) => {
      if (signal?.aborted === true) return
      slept.push(ms)
      // Whoever has had his turn goes on before time does.
      await nextTurn()
      time += ms
    },
  }
}

const never = new AbortController().signal

describe('the budget of requests', () => {
  it('lets them go one by one at even intervals, in the order in which they come', async () => {
    const clock = virtual()
    const budget = budgetOf(60, clock)
    const went: [string, number][] = []
    const go = async (name: string): Promise<void> => {
      expect(await budget.turn(never)).to.equal(true)
      went.push([name, clock.now()])
    }
    await Promise.all([go('first'), go('second'), go('third')])
    expect(went).to.deep.equal([
      ['first', 1000],
      ['second', 2000],
      ['third', 3000],
    ])
  })

  it('saves nothing up for a burst', async () => {
    const clock = virtual()
    const budget = budgetOf(60, clock)
    await budget.turn(never)
    await clock.sleep(600_000)
    await budget.turn(never)
    const before = clock.now()
    await budget.turn(never)
    expect(clock.now() - before).to.equal(1000)
  })

  it('lets nobody go while the provider wants to be left alone, whoever heard it', async () => {
    const clock = virtual()
    const budget = budgetOf(6000, clock)
    await budget.turn(never)
    const waiting = budget.turn(never)
    budget.rest(30_000)
    await waiting
    expect(clock.now()).to.be.at.least(31_000)
  })

  it('takes no turn for who has been ended', async () => {
    const clock = virtual()
    const budget = budgetOf(60, clock)
    const ended = AbortSignal.abort()
    expect(await budget.turn(ended)).to.equal(false)
    expect(await budget.turn(never)).to.equal(true)
    expect(clock.slept).to.deep.equal([])
  })
})

describe('who waits for his turn', () => {
  it('goes at once when he is ended, however long those before him have to wait', async () => {
    let wake = (): void => undefined
    const budget = budgetOf(60, {
      now: () => 0,
      sleep: () =>
        new Promise((tell) => {
          wake = tell
        }),
    })
    await budget.turn(never)
    const before = budget.turn(never)
    const ending = new AbortController()
    const mine = budget.turn(ending.signal)
    ending.abort()
    expect(await mine).to.equal(false)
    wake()
    void before
  })
})

describe('the wait before another attempt', () => {
  const failures = Array.from({ length: ATTEMPTS - 1 }, (_, index) => index + 1)

  it('doubles, half of it chance, and has an end', () => {
    expect(failures.map((failed) => waitAfter(failed, null, () => 0))).to.deep.equal([500, 1000, 2000, 4000])
    expect(failures.map((failed) => waitAfter(failed, null, () => 1))).to.deep.equal([1000, 2000, 4000, 8000])
    expect(waitAfter(50, null, () => 1)).to.equal(30_000)
  })

  it('is as long at least as the provider asks for', () => {
    expect(waitAfter(1, 7000, () => 1)).to.equal(7000)
    expect(waitAfter(4, 0, () => 0)).to.equal(4000)
  })
})
