import { setImmediate } from 'node:timers/promises'
import { expect } from 'chai'
import pino from 'pino'
import type { Endpoint } from '../../src/config/webhooksOut.ts'
import { tellOthers } from '../../src/service/tellOthers.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'

const LOG = { logId: '8de3d17c-e5e5-4612-8032-bdfa335f4c51', generation: 0, losses: 0 }

const endpoint = (name: string): Endpoint => ({
  name,
  url: 'http://127.0.0.1:9/',
  keys: [],
  from: 'beginning',
  allowPrivate: true,
})

/** A read model that tells nothing, moves when it is told to, and knows how many wait for that. */
const stillModel = (hasCaughtUp: boolean) => {
  const waiting = new Set<() => void>()
  return {
    waiting: () => waiting.size,
    move: () => {
      for (const wake of waiting) wake()
    },
    reader: () => null,
    hasCaughtUp: () => hasCaughtUp,
    moved: (signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        const done = (): void => {
          waiting.delete(done)
          resolve()
        }
        waiting.add(done)
        signal.addEventListener('abort', done, { once: true })
      }),
  }
}

/** `begun` is called for each endpoint that is told anything from then on. */
const telling = (model: ReturnType<typeof stillModel>, identity: Promise<typeof LOG>, begun = () => {}) =>
  tellOthers(
    { identity, readModel: model as never, clock: { now: () => Date.now() * 1000 } as never },
    { webhooksOut: [endpoint('one'), endpoint('other')], dataDir: newDirectory() },
    () => [],
    pino({ level: 'silent', onChild: begun }),
  )

describe('those who are told of changes by webhooks', () => {
  it('wait for the read model as one, and no more once they are stopped', async () => {
    const model = stillModel(true)
    const told = telling(model, Promise.resolve(LOG))
    try {
      for (let moves = 0; moves < 3; moves += 1) {
        await untilTrue('somebody waits', () => model.waiting() > 0)
        expect(model.waiting()).to.equal(1)
        model.move()
      }
      await untilTrue('somebody waits', () => model.waiting() > 0)
    } finally {
      await told.stop()
    }
    expect(model.waiting()).to.equal(0)
  })

  it('hear by themselves, and at once, of a read model that has not caught up: who is told from now on begins with that', async () => {
    const model = stillModel(false)
    const told = telling(model, Promise.resolve(LOG))
    try {
      for (let moves = 0; moves < 3; moves += 1) {
        await untilTrue('both wait', () => model.waiting() === 2)
        model.move()
        expect(model.waiting()).to.equal(0)
      }
    } finally {
      await told.stop()
    }
    expect(model.waiting()).to.equal(0)
  })

  it('are told of nothing where the log is joined after they were stopped', async () => {
    const model = stillModel(false)
    const { promise, resolve } = Promise.withResolvers<typeof LOG>()
    let begun = 0
    const told = telling(model, promise, () => {
      begun += 1
    })
    await told.stop()
    resolve(LOG)
    await setImmediate()
    try {
      expect(begun).to.equal(0)
    } finally {
      await told.stop()
    }
  })
})
