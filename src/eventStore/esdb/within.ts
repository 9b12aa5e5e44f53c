/** A call gave no answer in time. What became of it is not known. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/**
 * The outcome of `call`, or `NoAnswer` after `milliseconds`. The client keeps no deadline by itself; an answer that
 * comes later is dropped.
 */
export const within = <A>(milliseconds: number, call: Promise<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new NoAnswer(`no answer within ${milliseconds} ms`)), milliseconds)
    const settled = (): void => clearTimeout(timer)
    call.finally(settled).then(resolve, reject)
  })

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
