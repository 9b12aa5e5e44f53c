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

/** A read model that tells nothing, moves when it is told to, and counts who waits for that. */
const stillModel = () => {
  const waiting = new Set<() => void>()
  return {
    waiting: () => waiting.size,
    move: () => {
      for (const wake of waiting) wake()
    },
    reader: () => null,
    hasCaughtUp: () => false,
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

describe('those who are told of changes by webhooks', () => {
  it('wait for the read model as one', async () => {
    const model = stillModel()
    const told = tellOthers(
      { identity: Promise.resolve(LOG), readModel: model as never, clock: { now: () => Date.now() * 1000 } as never },
      { webhooksOut: [endpoint('one'), endpoint('other')], dataDir: newDirectory() },
      () => [],
      pino({ level: 'silent' }),
    )
    try {
      for (let moves = 0; moves < 3; moves += 1) {
        await untilTrue('somebody waits', () => model.waiting() > 0)
        expect(model.waiting()).to.equal(1)
        model.move()
      }
    } finally {
      await told.stop()
    }
    expect(model.waiting()).to.equal(0)
  })
})
