import { sharedCount } from './sharedCount.ts'

/** Commits of another process are not announced; they are noticed by looking this often. */
const POLL_MS = 250

/** How many commits of `file` its writer has told the threads of this process of. A `BroadcastChannel` would load all of fetch in each thread that hears one. */
const countOf = (file: string): Int32Array<SharedArrayBuffer> => sharedCount(`commits of ${file}`)

/** Says that the log grew. */
export const announceCommits = (file: string): (() => void) => {
  const count = countOf(file)
  return () => {
    Atomics.add(count, 0, 1)
    Atomics.notify(count, 0)
  }
}

export interface Commits {
  /** How many commits were heard of. Ask before reading the log, then wait for one more with `next`. */
  readonly heard: () => number
  /** Resolves when another number of commits was heard of, when it is time to look, or on abort or close. */
  readonly next: (heard: number, signal: AbortSignal) => Promise<void>
  readonly close: () => void
}

/** Hears of the commits of `file`. Does not keep the process alive. */
export const hearCommits = (file: string): Commits => {
  const count = countOf(file)
  const waiting = new Set<() => void>()
  let isListening = false
  let isClosed = false
  const wakeAll = (): void => {
    for (const wake of waiting) wake()
  }
  /** Wakes whoever waits at the next commit, or when it is time to look. */
  const listen = (heard: number): void => {
    if (isListening) return
    const { async, value } = Atomics.waitAsync(count, 0, heard, POLL_MS)
    if (!async) return wakeAll()
    isListening = true
    void value.then(() => {
      isListening = false
      wakeAll()
    })
  }

  return {
    heard: () => Atomics.load(count, 0),

    next: (heard, signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake)
          waiting.delete(wake)
          resolve()
        }
        if (isClosed || signal.aborted || Atomics.load(count, 0) !== heard) return wake()
        signal.addEventListener('abort', wake)
        waiting.add(wake)
        listen(heard)
      }),

    close: () => {
      isClosed = true
      wakeAll()
    },
  }
}
