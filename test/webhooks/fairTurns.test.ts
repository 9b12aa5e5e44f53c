import { setImmediate } from 'node:timers/promises'
import { expect } from 'chai'
import { fairTurns } from '../../src/webhooks/fairTurns.ts'

describe('fair turns', () => {
  it('come to each source in turn, and first to those that are known, one at a time', async () => {
    const inTurn = fairTurns()
    const order: string[] = []
    let atATime = 0
    const one = (source: string, number: number, isKnown = false): Promise<void> =>
      inTurn({ source, isKnown }, async () => {
        atATime += 1
        expect(atATime).to.equal(1)
        await setImmediate()
        order.push(`${source}${number}`)
        atATime -= 1
      })
    const flood = [1, 2, 3, 4].map((number) => one('a', number))
    await Promise.all([...flood, one('b', 1), one('b', 2), one('c', 1), one('known', 1, true), one('known', 2, true)])
    expect(order).to.deep.equal(['a1', 'known1', 'known2', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4'])
  })

  it('go on where one of them fails, and when nobody has waited', async () => {
    const inTurn = fairTurns()
    const of = { source: null, isKnown: true }
    const failing = inTurn(of, () => Promise.reject(new Error('no')))
    const next = inTurn(of, async () => 'next')
    expect(await failing.catch(({ message }: Error) => message)).to.equal('no')
    expect(await next).to.equal('next')
    expect(await inTurn(of, async () => 'later')).to.equal('later')
  })
})
