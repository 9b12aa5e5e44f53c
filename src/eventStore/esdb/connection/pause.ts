/** Resolves after `milliseconds`, or as soon as `signal` aborts. */
export const pause = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    if (signal?.aborted) return done()
    signal?.addEventListener('abort', done)
  })

/** The `attempt`-th pause (from 0) of a series that doubles up to `longest`, anywhere in its upper half. */
export const backOff = (attempt: number, first: number, longest: number): number =>
  Math.min(longest, first * 2 ** Math.min(attempt, 20)) * (0.5 + Math.random() / 2)
