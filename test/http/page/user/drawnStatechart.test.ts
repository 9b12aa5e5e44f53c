import { expect } from 'chai'
import { isSuccess, REGION_NAMES, REGIONS } from '../../../../domain/regions.ts'
import { drawnStatecharts, readStatechart } from '../../../../src/http/page/user/drawnStatechart.ts'

describe('a drawing of the machine, read by the page', () => {
  it('has every state of its region and a line for every move', () => {
    const drawn = drawnStatecharts()
    for (const region of REGION_NAMES) {
      const { states, moves, width, height } = drawn[region]
      const names = states.map(({ state }) => state)
      expect(names.toSorted(), region).to.deep.equal([...REGIONS[region]].toSorted())
      for (const { state, success } of states) expect(success, state).to.equal(isSuccess(state as never))
      expect(new Set(moves.map(({ from, to }) => `${from} ${to}`)).size).to.equal(names.length * (names.length - 1))
      expect(Number(width) > 0 && Number(height) > 0).to.equal(true)
    }
  })

  it('is told from what is none', () => {
    expect(() => readStatechart('<svg>')).to.throw('npm run machine')
  })
})
