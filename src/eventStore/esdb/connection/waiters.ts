interface Waiters<A> {
  /** What is there, once it is; null when it is not within `milliseconds`, on abort, or once closed. */
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<A | null>
  /** Has all who wait look again. */
  readonly look: () => void
}

/** Those who wait for what `there` gives as soon as it is not null. */
export const waitersFor = <A>(there: () => A | null, closing: AbortSignal): Waiters<A> => {
  const waiting = new Set<() => void>()
  const wait: Waiters<A>['wait'] = async (milliseconds, signal) => {
    const found = (): A | null => (closing.aborted || signal?.aborted === true ? null : there())
    return (
      found() ??
      new Promise((resolve) => {
        const done = (): void => {
          waiting.delete(look)
          clearTimeout(timer)
          signal?.removeEventListener('abort', done)
          closing.removeEventListener('abort', done)
          resolve(found())
        }
        const look = (): void => {
          if (found() !== null) done()
        }
        const timer = Number.isFinite(milliseconds) ? setTimeout(done, Math.max(0, milliseconds)) : undefined
        if (closing.aborted || signal?.aborted) return done()
        signal?.addEventListener('abort', done)
        closing.addEventListener('abort', done)
        waiting.add(look)
      })
    )
  }
  return {
    wait,
    look: () => {
      for (const look of waiting) look()
    },
  }
}
