/** Waits between attempts, in seconds (Standard Webhooks 1.0, "Deliverability and reliability"): ten attempts in a little more than three days. */
const DELAYS_S = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const
const LONGEST_MS = 86_400_000
/** So much of a wait is chance, to both sides: what failed at one time is not tried again at one time. */
const JITTER = 0.1

/** After so long without success nothing is tried any more. */
export const GIVE_UP_MS = 3 * 24 * 60 * 60 * 1000

/** Nobody who asks for it is tried sooner than so, unless it were his turn. */
const SHORTEST_ASKED_MS = 60_000

const jittered = (ms: number, random: () => number): number => ms * (1 - JITTER + 2 * JITTER * random())

/**
 * Milliseconds until the next attempt, after `failed` of them (from 1). What the receiver asks for (`Retry-After`) goes before
 * the schedule, within bounds: no longer than a day, no sooner than a minute or than the schedule has it.
 */
export const nextAttemptIn = (failed: number, askedMs: number | null, random: () => number): number => {
  const scheduled = (DELAYS_S[Math.min(failed, DELAYS_S.length) - 1] ?? DELAYS_S[0]) * 1000
  if (askedMs === null) return jittered(scheduled, random)
  return Math.min(LONGEST_MS, Math.max(askedMs, Math.min(scheduled, SHORTEST_ASKED_MS)))
}
