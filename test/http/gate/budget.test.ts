import { expect } from 'chai'
import { budgetOf } from '../../../src/http/gate/budget.ts'
import { roomsFor } from '../../../src/http/gate/rooms.ts'
import { type Source, sourceOf } from '../../../src/http/gate/sourceAddress.ts'
import { untilTrue } from '../../support/patience.ts'

const [ONE, OTHER, THIRD] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map(sourceOf) as [Source, Source, Source]

describe('a budget', () => {
  it('is each source’s own, and says when there is more', async () => {
    const budget = budgetOf({ seconds: 60, ofOne: 3, ofAll: 100 })
    expect(await budget.spend(ONE, 2)).to.equal(null)
    expect(budget.wait(ONE)).to.equal(null)
    expect(await budget.spend(ONE)).to.equal(null)
    expect(await budget.spend(ONE)).to.be.within(1, 60)
    expect(budget.wait(ONE)).to.be.within(1, 60)
    expect(await budget.spend(OTHER)).to.equal(null)
  })

  it('is one for all as well, of which nobody takes more than his own', async () => {
    const budget = budgetOf({ seconds: 60, ofOne: 3, ofAll: 5 })
    for (let times = 0; times < 50; times += 1) await budget.spend(ONE)
    expect(await budget.spend(OTHER)).to.equal(null)
    expect(await budget.spend(OTHER)).to.equal(null)
    expect(await budget.spend(THIRD)).to.be.within(1, 60)
    expect(budget.wait(OTHER)).to.be.within(1, 60)
  })

  it('of all together takes nothing of what is a source’s own', async () => {
    const budget = budgetOf({ seconds: 60, ofOne: 3, ofAll: 1 })
    await budget.spend(ONE, 4)
    await budget.spend(OTHER, 2)
    expect([ONE, OTHER, THIRD].map((source) => budget.wait(source) === null)).to.deep.equal([false, false, false])
    expect([ONE, OTHER, THIRD].map(budget.hasOwn)).to.deep.equal([false, true, true])
  })

  it('comes back', async () => {
    const budget = budgetOf({ seconds: 1, ofOne: 1, ofAll: 100 })
    const since = performance.now()
    await budget.spend(ONE)
    const wait = await budget.spend(ONE)
    // Where this took longer it has come back already.
    if (performance.now() - since < 900) expect(wait).to.equal(1)
    await untilTrue('it is back', () => budget.wait(ONE) === null)
    expect(await budget.spend(ONE)).to.equal(null)
  })

  it('remembers the sources that were seen last', async () => {
    const budget = budgetOf({ seconds: 60, ofOne: 1, ofAll: 100 }, 2)
    for (const source of [ONE, OTHER, THIRD]) await budget.spend(source, 2)
    expect(budget.wait(ONE)).to.equal(null)
    expect(budget.wait(THIRD)).to.be.within(1, 60)
  })
})

describe('places for large bodies', () => {
  it('are so many in all and of one source, and are left again', () => {
    const rooms = roomsFor(3, 2)
    const first = rooms.enter(ONE)
    expect(rooms.enter(ONE)).not.to.equal(null)
    expect(rooms.enter(ONE)).to.equal(null)
    expect(rooms.enter(OTHER)).not.to.equal(null)
    expect(rooms.enter(THIRD)).to.equal(null)
    first?.()
    expect(rooms.enter(OTHER, undefined, false)).to.equal(null)
    expect(rooms.enter(THIRD, undefined, false)).not.to.equal(null)
  })

  it('are given up for who comes by whoever can: of the same source, or of the one that has the most', () => {
    const rooms = roomsFor(4, 3)
    const gone: string[] = []
    const giveUp = (name: string) => () => gone.push(name) > 0
    rooms.enter(ONE, giveUp('first of one'))
    rooms.enter(OTHER, giveUp('first of the other'))
    rooms.enter(OTHER)
    rooms.enter(OTHER, giveUp('third of the other'))
    expect(rooms.enter(THIRD)).not.to.equal(null)
    expect(gone).to.deep.equal(['first of the other'])
    expect(rooms.enter(OTHER)).not.to.equal(null)
    expect(rooms.enter(OTHER)).to.equal(null)
    expect(gone).to.deep.equal(['first of the other', 'third of the other'])
    expect(rooms.enter(sourceOf('192.0.2.4'))).not.to.equal(null)
    expect(gone.at(-1)).to.equal('first of one')
    expect(rooms.enter(THIRD)).to.equal(null)
  })
})
