import type { Position } from '../../eventStore/recordedEvent.ts'

/** Those who wait for the read model to come to a position. */
export interface AwaitedPosition {
  /** Resolves to `true` once the read model has come to `wanted`, to `false` after `milliseconds` or when it stops. */
  readonly reached: (wanted: Position, milliseconds: number) => Promise<boolean>
  /** The position has moved on, or `stopping` is aborted. */
  readonly look: () => void
}

export const awaitedPosition = (position: () => Position | null, stopping: AbortSignal): AwaitedPosition => {
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
          resolve(reached)
        }
        const look = (): void => {
          if (hasReached(wanted)) done(true)
          else if (stopping.aborted) done(false)
        }
        const timer = setTimeout(done, milliseconds, false)
        waiting.add(look)
        look()
      }),
    look: () => {
      for (const look of waiting) look()
    },
  }
}
