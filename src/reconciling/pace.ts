import { setTimeout as delay } from 'node:timers/promises'

/** After so much work the others get their turn, and have it to themselves for some times as long. */
const WORK_MS = 2
const REST = 4

/**
 * To be awaited between the parts of long work that nobody waits for: it takes a fifth of the thread at most, and deliveries come in between. What
 * was waited for elsewhere counts as work: it is no rest that anybody was promised.
 */
export const pacing = (signal: AbortSignal): (() => Promise<void>) => {
  let begun = performance.now()
  return async () => {
    const worked = performance.now() - begun
    if (worked < WORK_MS) return
    await delay(Math.min(worked, WORK_MS * 2) * REST, undefined, { signal }).catch(() => undefined)
    begun = performance.now()
  }
}
