import { expect } from 'chai'
import { costingLittle } from '../../src/metrics/costingLittle.ts'

describe('what costs little', () => {
  /** A clock, and how often something was found out that takes so many milliseconds each time. */
  const finding = (milliseconds: number, answer: (found: number) => number | null = (found) => found) => {
    let clock = 0
    let found = 0
    const ask = costingLittle(
      () => {
        found += 1
        clock += milliseconds
        return answer(found)
      },
      () => clock,
    )
    return { ask, found: () => found, wait: (by: number) => (clock += by) }
  }

  it('is found out each time where that takes less than 10 ms', () => {
    const { ask, found } = finding(9)
    expect([ask(), ask(), ask()]).to.deep.equal([1, 2, 3])
    expect(found()).to.equal(3)
  })

  it('takes no more than a hundredth of the time otherwise', () => {
    const { ask, found, wait } = finding(200)
    for (let asked = 0; asked < 1000; asked++) {
      ask()
      wait(1000)
    }
    expect(found()).to.be.within(45, 50)
  })

  it('is asked for again where it was not known, and fails for nobody', () => {
    const unknown = finding(200, () => null)
    expect([unknown.ask(), unknown.ask()]).to.deep.equal([null, null])
    expect(unknown.found()).to.equal(2)
    const failing = finding(200, () => {
      throw new Error('damaged')
    })
    expect(failing.ask()).to.equal(null)
  })
})
