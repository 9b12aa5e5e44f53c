import { setTimeout as delay } from 'node:timers/promises'

/** Time and chance, as they enter. */
export interface Timing {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Resolves after so long, or at the end of the signal. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** From 0 to 1. */
  readonly random: () => number
}

export const sleep: Timing['sleep'] = (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined)

/** Wakes one who sleeps; heard at the next sleep by one who does not. */
export interface Bell {
  readonly ring: () => void
  readonly sleep: (ms: number) => Promise<void>
}

export const newBell = (wait: Timing['sleep']): Bell => {
  let rung = false
  let sleeping: AbortController | null = null
  return {
    ring: () => {
      rung = true
      sleeping?.abort()
    },
    sleep: async (ms) => {
      if (!rung && ms > 0) {
        sleeping = new AbortController()
        await wait(ms, sleeping.signal)
        sleeping = null
      }
      rung = false
    },
  }
}
