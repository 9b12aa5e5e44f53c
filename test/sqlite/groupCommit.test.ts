import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { GroupCommit } from '../../src/sqlite/groupCommit.ts'
import { left, right } from '../support/right.ts'
import { COMMITTING, GO_ON } from '../support/threads/countingThread.ts'

/** A thread that answers as `GroupCommit` expects: each message with its requests, unless one of them is a deed. */
const thread = (start = ''): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads'
    ${start}
    parentPort.on('message', (message) => {
      if (message === 'close') return parentPort.close()
      if (message.includes('die')) throw new Error('the thread died')
      if (message.includes('leave')) process.exit(3)
      const answers = message.map((right) => ({ _tag: 'Right', right: [right, message.length] }))
      parentPort.postMessage({ answers, seconds: 0 })
    })
    parentPort.postMessage('ready')
  `)}`,
  )

type Answer = readonly [request: string, together: number]
const start = (file = thread()): Promise<GroupCommit<string, Answer>> => GroupCommit.start(file, null, 5)

describe('group commit', () => {
  it('sends what is submitted in one turn together, in order', async () => {
    const group = await start()
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((request) => group.submit(request)()))
    expect(answers.map(right)).to.deep.equal(['a', 'b', 'c', 'd', 'e'].map((request) => [request, 5]))
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
    it(`fails everything until another thread serves when its thread should ${deed}`, async () => {
      const group = await start()
      const answers = await Promise.all([deed, 'b', 'c', 'd', 'e'].map((request) => group.submit(request)()))
      expect(answers.map(left)).to.deep.equal(Array(5).fill({ _tag: 'Failed', reason }))
      let outcome = await group.submit('first')()
      expect(left(outcome)).to.deep.equal({ _tag: 'Failed', reason })
      for (let i = 0; i < 100 && E.isLeft(outcome); i++) {
        await delay(20)
        outcome = await group.submit('first')()
      }
      expect(right(outcome)).to.deep.equal(['first', 1])
      const later = await Promise.all(['a', 'b', 'c'].map((request) => group.submit(request)()))
      expect(later.map(right)).to.deep.equal(['a', 'b', 'c'].map((request) => [request, 3]))
      await group.close()
    })

    it(`closes, and starts no other thread, after its thread should ${deed}`, async () => {
      const starts = new Int32Array(new SharedArrayBuffer(4))
      const counted = thread("import { workerData } from 'node:worker_threads'; Atomics.add(workerData, 0, 1)")
      const group = await GroupCommit.start<string, Answer>(counted, starts)
      left(await group.submit(deed)())
      await delay(50)
      await group.close()
      await delay(700)
      expect(left(await group.submit('later')())).to.deep.equal({ _tag: 'Closed' })
      expect(starts[0]).to.equal(1)
    })
  }

  it('closes while another thread is about to serve', async () => {
    const group = await start(thread('await new Promise((resolve) => setTimeout(resolve, 300))'))
    left(await group.submit('leave')())
    await delay(600)
    await group.close()
  })

  it('answers what it accepted before it closes, and nothing afterwards', async () => {
    const group = await start()
    const accepted = ['a', 'b', 'c', 'd'].map((request) => group.submit(request)())
    const closed = group.close()
    expect(left(await group.submit('late')())).to.deep.equal({ _tag: 'Closed' })
    for (const answer of await Promise.all(accepted)) right(answer)
    await closed
    await group.close()
  })

  it('has no more than 1,024 with the thread, and answers all that it accepted before it closes', async () => {
    /** Answers half of what it has each time, with how many there were. */
    const halving = new URL(
      `data:text/javascript,${encodeURIComponent(`
      import { parentPort } from 'node:worker_threads'
      let there = []
      const answer = () => {
        const count = there.length
        if (count === 0) return
        const answers = there.splice(0, Math.ceil(count / 2)).map((right) => ({ _tag: 'Right', right: [right, count] }))
        parentPort.postMessage({ answers, seconds: 0 })
        setTimeout(answer, 1)
      }
      parentPort.on('message', (message) => {
        if (message === 'close') return setTimeout(() => { while (there.length > 0) answer(); parentPort.close() }, 50)
        there.push(...message)
        setTimeout(answer, 1)
      })
      parentPort.postMessage('ready')
    `)}`,
    )
    const group = await GroupCommit.start<number, readonly [request: number, there: number]>(halving, null)
    const accepted = Array.from({ length: 5000 }, (_, index) => group.submit(index)())
    const closed = group.close()
    const answers = (await Promise.all(accepted)).map(right)
    expect(answers.map(([request]) => request)).to.deep.equal(accepted.map((_, index) => index))
    expect(Math.max(...answers.map(([, there]) => there))).to.equal(1024)
    await closed
  })

  it('gives each request its own answer, however many are answered at a time', async () => {
    /** Answers three at a time, the rest when it closes. */
    const slow = new URL(
      `data:text/javascript,${encodeURIComponent(`
      import { parentPort } from 'node:worker_threads'
      let come = []
      const answer = (count) => {
        const answers = come.splice(0, count).map((request) => ({ _tag: 'Right', right: [request, count] }))
        parentPort.postMessage({ answers, seconds: 0 })
      }
      parentPort.on('message', (message) => {
        if (message === 'close') {
          answer(come.length)
          return parentPort.close()
        }
        come.push(...message)
        while (come.length >= 3) answer(3)
      })
      parentPort.postMessage('ready')
    `)}`,
    )
    const group = await start(slow)
    const answers: Promise<unknown>[] = []
    for (const request of ['a', 'b', 'c', 'd', 'e']) {
      answers.push(group.submit(request)().then(right))
      await new Promise(setImmediate)
    }
    await group.close()
    expect(await Promise.all(answers)).to.deep.equal([
      ['a', 3],
      ['b', 3],
      ['c', 3],
      ['d', 2],
      ['e', 2],
    ])
  })

  it('commits together what has come while it committed, five hundred and a few at most', async () => {
    const state = new Int32Array(new SharedArrayBuffer(4))
    const counting = new URL('../support/threads/countingThread.ts', import.meta.url)
    const group = await GroupCommit.start<number, readonly [commit: number, request: number]>(counting, state)
    const answers: Promise<readonly [number, number]>[] = []
    const submit = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) answers.push(group.submit(answers.length)().then(right))
      await new Promise(setImmediate)
    }
    await submit(1)
    while (Atomics.load(state, 0) !== COMMITTING) await delay(5)
    for (let message = 0; message < 60; message++) await submit(10)
    Atomics.store(state, 0, GO_ON)
    Atomics.notify(state, 0)
    const commits = await Promise.all(answers)
    await group.close()
    expect(commits.map(([, request]) => request)).to.deep.equal(answers.map((_, index) => index))
    const sizes = Object.values(Object.groupBy(commits, ([commit]) => commit)).map((requests) => requests?.length)
    expect(sizes).to.deep.equal([1, 520, 80])
  })

  it('undoes a request that fails, and nothing else of its batch', async () => {
    const notes = new URL('../support/threads/noteThread.ts', import.meta.url)
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
