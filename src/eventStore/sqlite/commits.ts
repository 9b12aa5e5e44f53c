import { BroadcastChannel } from 'node:worker_threads'

/** Commits of another process are not announced; they are noticed by looking this often. */
const POLL_MS = 250

/** The channel on which the writer of `file` says, once per commit, that the log grew. Heard in all threads. */
export const commitChannel = (file: string): string => `commits of ${file}`

/** Says that the log grew. */
export const announceCommits = (file: string): (() => void) => {
  const channel = new BroadcastChannel(commitChannel(file))
  channel.unref()
  return () => channel.postMessage(null)
}

export interface Commits {
  /** How many commits were heard of. Ask before reading the log, then wait for one more with `next`. */
  readonly heard: () => number
  /** Resolves when more than `heard` commits were heard of, when it is time to look, or on abort or close. */
  readonly next: (heard: number, signal: AbortSignal) => Promise<void>
  readonly close: () => void
}

/** Hears of the commits of `file`, from the first call of `heard` on. Does not keep the process alive. */
export const hearCommits = (file: string): Commits => {
  const waiting = new Set<() => void>()
  let channel: BroadcastChannel | undefined
  let count = 0
  const wakeAll = (): void => {
    count += 1
    for (const wake of waiting) wake()
  }

  return {
    heard: () => {
      if (channel === undefined) {
        channel = new BroadcastChannel(commitChannel(file))
        channel.onmessage = wakeAll
        channel.unref()
      }
      return count
    },

    next: (heard, signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', wake)
          waiting.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, POLL_MS)
        timer.unref()
        if (count !== heard || signal.aborted) return wake()
        signal.addEventListener('abort', wake)
        waiting.add(wake)
      }),

    close: () => {
      channel?.close()
      wakeAll()
    },
  }
}
