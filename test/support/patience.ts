import { setTimeout as sleep } from 'node:timers/promises'

/**
 * How long a test waits for a state that must come, in milliseconds: not how long it takes, but when nobody believes in it
 * any more, on a machine ten times as busy as it should be. Less than mocha's own limit, so that what is missing is told.
 */
export const PATIENCE_MS = 120_000

/**
 * What a busy machine may add to a time that is promised, in milliseconds. What breaks such a promise is off by more: it
 * never comes, or not before the other side gives up.
 */
export const ROOM_MS = 30_000

/** How long between two looks, in milliseconds: whoever looks takes the processor from what is looked for. */
const [SHORTEST_MS, LONGEST_MS] = [5, 150]

/** Looks until `found` gives something other than `null`; the less often the longer it takes. */
export const eventually = async <A>(what: string, look: () => A | null | Promise<A | null>): Promise<A> => {
  const begun = performance.now()
  for (;;) {
    const found = await look()
    if (found !== null) return found
    const waited = performance.now() - begun
    if (waited > PATIENCE_MS) throw new Error(`not within ${PATIENCE_MS / 1000} s: ${what}`)
    await sleep(Math.min(Math.max(waited / 10, SHORTEST_MS), LONGEST_MS))
  }
}

/** Looks until it holds. */
export const untilTrue = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  await eventually(what, async () => ((await holds()) ? true : null))
}

/**
 * Does it again, at most five times, until it once takes less, in milliseconds: a machine is not busy every time, and what
 * waits for something it should not wait for does so every time.
 */
export const takesLessThan = async (milliseconds: number, act: () => Promise<number>): Promise<void> => {
  const taken: number[] = []
  while (taken.length < 5) {
    const time = await act()
    if (time < milliseconds) return
    taken.push(Math.round(time))
  }
  throw new Error(`each time longer than ${milliseconds} ms: ${taken.join(', ')}`)
}
