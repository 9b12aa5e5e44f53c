import type { Position } from '../../eventStore/recordedEvent.ts'
import { oneWaits, type Waiting } from './pacing.ts'

/** Those who wait for the read model to come to a position. */
export interface AwaitedPosition {
  /** Resolves to `true` once the read model has come to `wanted`, to `false` after `milliseconds` or when it stops. */
  readonly reached: (wanted: Position, milliseconds: number) => Promise<boolean>
  /** Resolves with the next look, or when `signal` is aborted; once it has stopped, with that alone. */
  readonly moved: (signal: AbortSignal) => Promise<void>
  /** The position has moved on, or `stopping` is aborted. */
  readonly look: () => void
}

/** `waiters` counts those who wait, for a position or for the next look. */
export const awaitedPosition = (
  position: () => Position | null,
  stopping: AbortSignal,
  waiters: Waiting,
): AwaitedPosition => {
  const waiting = new Set<() => void>()
  const hasReached = (wanted: Position): boolean => {
    const now = position()
    return now !== null && now >= wanted
  }
  return {
    reached: async (wanted, milliseconds) =>
      hasReached(wanted) ||
      new Promise((resolve) => {
        const done = (reached: boolean): void => {
          waiting.delete(look)
          clearTimeout(timer)
          leave()
          resolve(reached)
        }
        const look = (): void => {
          if (hasReached(wanted)) done(true)
          else if (stopping.aborted) done(false)
        }
        const leave = oneWaits(waiters)
        const timer = setTimeout(done, milliseconds, false)
        waiting.add(look)
        look()
      }),
    moved: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve()
        const done = (): void => {
          waiting.delete(done)
          leave()
          signal.removeEventListener('abort', done)
          resolve()
        }
        const leave = oneWaits(waiters)
        waiting.add(done)
        signal.addEventListener('abort', done)
      }),
    look: () => {
      for (const look of waiting) look()
    },
  }
}
