import { setTimeout as delay } from 'node:timers/promises'
import { unlessEnded } from './unlessEnded.ts'

/** So many requests a minute, for the whole process, one after the other at even intervals: a burst is what limits of others are there against. */
export interface Budget {
  /** Waits for its turn; `false`: it was ended before that. */
  readonly turn: (signal: AbortSignal) => Promise<boolean>
  /** Nobody has his turn for so many milliseconds: the provider wants to be left alone. */
  readonly rest: (ms: number) => void
}

/** A clock that never goes back, in milliseconds, and how it is waited for. */
export interface Waiting {
  readonly now: () => number
  /** Resolves after so long, or once it is ended. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}

export const WAITING: Waiting = {
  now: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
}

export const budgetOf = (perMinute: number, { now, sleep }: Waiting = WAITING): Budget => {
  const intervalMs = 60_000 / perMinute
  let next = Number.NEGATIVE_INFINITY
  let last: Promise<unknown> = Promise.resolve()

  const wait = async (signal: AbortSignal): Promise<boolean> => {
    // A rest may have been asked for while it waited.
    for (let ms = next - now(); ms > 0 && !signal.aborted; ms = next - now()) {
      await sleep(Math.ceil(ms), signal)
    }
    if (signal.aborted) return false
    next = now() + intervalMs
    return true
  }

  return {
    turn: (signal) => {
      const mine = last.then(() => wait(signal))
      last = mine
      // Whoever stands before it may have long to wait.
      return unlessEnded(mine, signal, false)
    },
    rest: (ms) => {
      next = Math.max(next, now() + ms)
    },
  }
}
