import { setTimeout as delay } from 'node:timers/promises'
import type { Changes } from './change.ts'

/** Those who wait for changes, woken together. */
export interface PacedMoves {
  /** Resolves to `true` once there may be more, to `false` after so long or when `signal` is aborted. */
  readonly next: (signal: AbortSignal, milliseconds: number) => Promise<boolean>
}

/** So much later at least, for each who is woken: of users who changed more than once meanwhile the last change alone is sent. */
const MS_EACH = 5
const MS_AT_LEAST = 100

/**
 * The first to come after a quiet time is told of at once; then all who wait are woken together, the later the more they are: what came
 * meanwhile is read, and written to each of them, once. It ends with `ending`.
 */
export const pacedMoves = ({ moved }: Pick<Changes, 'moved'>, ending: AbortSignal): PacedMoves => {
  const waiting = new Set<() => void>()
  let isWatching = false
  let wokenAt = Number.NEGATIVE_INFINITY
  const watch = async (): Promise<void> => {
    isWatching = true
    while (waiting.size > 0 && !ending.aborted) {
      await moved(ending)
      const early = wokenAt + Math.max(MS_AT_LEAST, MS_EACH * waiting.size) - performance.now()
      if (early > 0) await delay(early, undefined, { signal: ending }).catch(() => undefined)
      wokenAt = performance.now()
      for (const wake of waiting) wake()
    }
    isWatching = false
  }
  return {
    next: (signal, milliseconds) =>
      new Promise((resolve) => {
        const done = (isMore: boolean): void => {
          waiting.delete(wake)
          clearTimeout(timer)
          signal.removeEventListener('abort', leave)
          resolve(isMore)
        }
        const wake = (): void => done(true)
        const leave = (): void => done(false)
        const timer = setTimeout(done, milliseconds, false)
        if (signal.aborted) return leave()
        signal.addEventListener('abort', leave)
        waiting.add(wake)
        if (!isWatching) void watch()
      }),
  }
}
