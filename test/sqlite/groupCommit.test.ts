import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { GroupCommit } from '../../src/sqlite/groupCommit.ts'
import { left, right } from '../support/right.ts'

/** A thread that answers as `GroupCommit` expects: each batch with its requests, unless one of them is a deed. */
const thread = (start = ''): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads'
    ${start}
    parentPort.on('message', (message) => {
      if (message === 'close') return parentPort.close()
      if (message.includes('die')) throw new Error('the thread died')
      if (message.includes('leave')) process.exit(3)
      parentPort.postMessage(message.map((right) => ({ _tag: 'Right', right: [right, message.length] })))
    })
    parentPort.postMessage('ready')
  `)}`,
  )

type Answer = readonly [request: string, batch: number]
const start = (file = thread(), limits = { waiting: 5, batch: 3 }): Promise<GroupCommit<string, Answer>> =>
  GroupCommit.start<string, Answer>(file, null, limits)

describe('group commit', () => {
  it('sends what waits together, in order, in bounded batches', async () => {
    const group = await start()
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((request) => group.submit(request)()))
    expect(answers.map(right)).to.deep.equal([
      ['a', 3],
      ['b', 3],
      ['c', 3],
      ['d', 2],
      ['e', 2],
    ])
    await group.close()
  })

  it('refuses at once what is too much, and takes more later', async () => {
    const group = await start()
    const requests = Array.from({ length: 7 }, (_, i) => group.submit(String(i))())
    const answers = await Promise.all(requests)
    expect(answers.map(E.isRight)).to.deep.equal([true, true, true, true, true, false, false])
    expect(answers.filter(E.isLeft).map(left)).to.deep.equal(Array(2).fill({ _tag: 'TooManyWaiting' }))
    right(await group.submit('later')())
    await group.close()
  })

  for (const [deed, reason] of [
    ['die', 'the thread died'],
    ['leave', 'the writer thread ended (code 3)'],
  ] as const) {
    it(`fails everything outstanding and everything later when its thread should ${deed}`, async () => {
      const group = await start()
      const answers = await Promise.all([deed, 'b', 'c', 'd', 'e'].map((request) => group.submit(request)()))
      expect(answers.map(left)).to.deep.equal(Array(5).fill({ _tag: 'Failed', reason }))
      expect(left(await group.submit('later')())).to.deep.equal({ _tag: 'Failed', reason })
      await group.close()
    })
  }

  it('answers what it accepted before it closes, and nothing afterwards', async () => {
    const group = await start()
    const accepted = ['a', 'b', 'c', 'd'].map((request) => group.submit(request)())
    const closed = group.close()
    expect(left(await group.submit('late')())).to.deep.equal({ _tag: 'Closed' })
    for (const answer of await Promise.all(accepted)) right(answer)
    await closed
    await group.close()
  })

  it('has a second batch with the thread while the first is being committed, and no third', async () => {
    /** Takes a while for each batch, and tells how many were there when it came to its end. */
    const slow = new URL(
      `data:text/javascript,${encodeURIComponent(`
      import { parentPort } from 'node:worker_threads'
      let [come, done] = [0, 0]
      parentPort.on('message', (message) => {
        if (message === 'close') return parentPort.close()
        come += 1
        setTimeout(() => {
          const there = come - done
          done += 1
          parentPort.postMessage(message.map((request) => ({ _tag: 'Right', right: [request, there] })))
        }, 30 * (come - done))
      })
      parentPort.postMessage('ready')
    `)}`,
    )
    const group = await start(slow, { waiting: 10, batch: 1 })
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((request) => group.submit(request)()))
    expect(answers.map(right).map(([request]) => request)).to.deep.equal(['a', 'b', 'c', 'd', 'e'])
    expect(answers.map(right).map(([, there]) => there)).to.deep.equal([2, 2, 2, 2, 1])
    await group.close()
  })

  it('undoes a request that fails, and nothing else of its batch', async () => {
    const notes = new URL('../support/noteThread.ts', import.meta.url)
    const group = await GroupCommit.start<string, readonly string[]>(notes, null)
    const [first, bad, last] = await Promise.all(['first', 'bad', 'last'].map((text) => group.submit(text)()))
    expect([first, bad, last]).to.deep.equal([
      E.right(['first']),
      E.left({ _tag: 'Failed', reason: 'a bad note' }),
      E.right(['first', 'last']),
    ])
    await group.close()
  })

  it('does not start with a thread that fails to', async () => {
    const outcome = await start(thread(`throw new Error('no disk')`)).catch((error: unknown) => error)
    expect(String(outcome)).to.equal('Error: no disk')
  })
})
