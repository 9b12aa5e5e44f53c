import { availableParallelism } from 'node:os'
import { setImmediate as turn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { EventStore } from '../../eventStore/eventStore.ts'
import { youngAtMost } from '../../heap/youngGeneration.ts'
import { type FoldedStream, foldStream } from './foldedStream.ts'
import type { FoldAnswer, FoldWord } from './foldThread.ts'
import type { ProjectedLog } from './projectedLog.ts'

/** So many users a thread is given at a time, and so often before it has answered: it has something to do while rows are written. */
const USERS_AT_A_TIME = 32
const GIVEN_AHEAD = 4
/** Of streams that nobody has asked for yet, no more than these events are waited with: what is kept of each takes some 260 bytes. */
const EVENTS_WAITING = 50_000
/** What cannot be shared is a fourth and more of it all: others would stand idle. */
const MOST_THREADS = 3

/** Streams that are folded before the log comes to them, by threads beside this one. */
export interface FoldThreads {
  /** Streams that will be asked for, in that order. */
  readonly expect: (users: readonly UserId[], corrections: readonly ReceiptCorrection[]) => void
  /**
   * What the stream of a user comes to by these corrections; `null` where nobody has folded it so: fold it. While a thread is at it
   * this one folds others.
   */
  readonly take: (userId: UserId, corrections: readonly ReceiptCorrection[]) => Promise<FoldedStream | null>
  /** Nobody asks for these any more. */
  readonly forget: (users: readonly UserId[]) => void
  /** Nothing more is folded. Resolves when all threads have ended. */
  readonly close: () => Promise<void>
}

interface Expected {
  readonly corrections: readonly ReceiptCorrection[]
  /** Resolves when a thread has answered; `null` as long as it waits for one, and when it is folded. */
  answered: Promise<void> | null
  folded: FoldedStream | null
}

/** Beside the one that writes. */
export const threadsBeside = (): number => Math.min(availableParallelism() - 1, MOST_THREADS)

/**
 * Starts `count` threads that read the log by themselves. One that fails takes nothing with it: what it was given is folded by whoever
 * asks for it, as is everything when none is left.
 */
export const startFoldThreads = (
  log: ProjectedLog,
  store: EventStore,
  count: number = threadsBeside(),
): FoldThreads => {
  const expected = new Map<UserId, Expected>()
  const waiting = new Set<UserId>()
  let eventsWaiting = 0
  const threads = new Set<{ readonly handOver: () => void; readonly end: () => void }>()
  const exits: Promise<void>[] = []

  const next = (most: number): readonly (readonly [UserId, Expected])[] => {
    const some: (readonly [UserId, Expected])[] = []
    for (const userId of waiting) {
      if (some.length === most || eventsWaiting >= EVENTS_WAITING) break
      const one = expected.get(userId)
      // Of one message all are folded by the same.
      if (one !== undefined && some[0] !== undefined && one.corrections !== some[0][1].corrections) break
      waiting.delete(userId)
      if (one !== undefined) some.push([userId, one])
    }
    return some
  }
  const settle = (one: Expected, folded: FoldedStream | null): void => {
    one.answered = null
    one.folded = folded
    eventsWaiting += folded?.events ?? 0
  }

  const start = (): void => {
    const worker = new Worker(new URL('./foldThread.ts', import.meta.url), { workerData: log, ...youngAtMost() })
    const given: ((answer: FoldAnswer) => void)[] = []
    const give = (some: readonly (readonly [UserId, Expected])[]): void => {
      const { promise, resolve } = Promise.withResolvers<void>()
      for (const [, one] of some) one.answered = promise
      given.push((answer) => {
        some.forEach(([userId, one], index) => {
          const folded = answer[index] ?? null
          if (expected.get(userId) === one) settle(one, folded)
        })
        resolve()
      })
      const corrections = some[0]?.[1].corrections ?? []
      worker.postMessage({ users: some.map(([userId]) => userId), corrections } satisfies FoldWord)
    }
    const handOver = (): void => {
      while (given.length < GIVEN_AHEAD) {
        const some = next(USERS_AT_A_TIME)
        if (some.length === 0) return
        give(some)
      }
    }
    const thread = { handOver, end: () => worker.postMessage(null) }
    const ended = (): void => {
      threads.delete(thread)
      for (const answer of given.splice(0)) answer([])
    }
    worker.on('message', (answer: FoldAnswer) => {
      given.shift()?.(answer)
      handOver()
    })
    worker.on('error', ended)
    worker.on('exit', ended)
    exits.push(new Promise((resolve) => worker.once('exit', () => resolve())))
    threads.add(thread)
  }
  for (let n = 0; n < count; n++) start()

  const handOver = (): void => {
    for (const thread of threads) thread.handOver()
  }
  const forget = (userId: UserId): void => {
    eventsWaiting -= expected.get(userId)?.folded?.events ?? 0
    expected.delete(userId)
    waiting.delete(userId)
  }
  const foldAnother = async (): Promise<boolean> => {
    const [another] = next(1)
    if (another === undefined) return false
    const [userId, one] = another
    settle(one, await foldStream(store, userId, one.corrections))
    await turn()
    return true
  }

  return {
    expect: (users, corrections) => {
      for (const userId of users) {
        if (expected.has(userId)) continue
        expected.set(userId, { corrections, answered: null, folded: null })
        waiting.add(userId)
      }
      handOver()
    },
    take: async (userId, corrections) => {
      const one = expected.get(userId)
      while (one?.answered) if (!(await foldAnother())) await one.answered
      forget(userId)
      handOver()
      return one === undefined || one.corrections !== corrections ? null : one.folded
    },
    forget: (users) => users.forEach(forget),
    close: async () => {
      waiting.clear()
      for (const { end } of threads) end()
      await Promise.all(exits)
    },
  }
}
