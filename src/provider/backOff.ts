/** So often a request is made at most. */
export const ATTEMPTS = 5

const FIRST_MS = 1000
const LONGEST_MS = 30_000
/** For longer nobody waits who has a request under way: he is told. */
export const LONGEST_ASKED_MS = 120_000

/**
 * Milliseconds before the next attempt, after `failed` of them (from 1): up to twice as long each time, half of it chance, so that nodes that failed at
 * one time do not come again at one time. What the provider asks for (`Retry-After`) is the least.
 */
export const waitAfter = (failed: number, askedMs: number | null, random: () => number): number => {
  const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failed - 1))
  const own = most / 2 + (most / 2) * random()
  return Math.max(own, askedMs ?? 0)
}
