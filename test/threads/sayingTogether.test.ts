import { setImmediate } from 'node:timers/promises'
import { expect } from 'chai'
import { sayingTogether } from '../../src/threads/sayingTogether.ts'

describe('what is said to another thread', () => {
  it('goes in one message a turn where it is little, in its order, and nothing of it twice', async () => {
    const messages: (readonly number[])[] = []
    const say = sayingTogether<number>((words) => messages.push(words))
    say(1)
    await Promise.resolve()
    say(2)
    expect(messages).to.deep.equal([])
    await setImmediate()
    say(3)
    await setImmediate()
    await setImmediate()
    expect(messages).to.deep.equal([[1, 2], [3]])
  })

  it('goes at once where there is enough of it for the other thread to begin with', async () => {
    const messages: (readonly number[])[] = []
    const say = sayingTogether<number>((words) => messages.push(words))
    for (const word of [1, 2, 3, 4, 5]) say(word)
    expect(messages).to.deep.equal([[1, 2, 3, 4]])
    await setImmediate()
    for (const word of [6, 7, 8, 9]) say(word)
    await setImmediate()
    await setImmediate()
    expect(messages).to.deep.equal([[1, 2, 3, 4], [5], [6, 7, 8, 9]])
  })
})
