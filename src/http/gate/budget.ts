import { createRequire } from 'node:module'
import { LRUCache } from 'lru-cache'
import type * as Limiter from 'rate-limiter-flexible'
import type { Source } from './sourceAddress.ts'

// Of rate-limiter-flexible the one file that is used here: by its front door come all stores it can count in, 36 files that a start would wait for.
const RateLimiterMemory = createRequire(import.meta.url)(
  'rate-limiter-flexible/lib/RateLimiterMemory',
) as typeof Limiter.RateLimiterMemory

/** How much of something is taken in so many seconds: of one source, and of all together. */
export interface Allowance {
  readonly seconds: number
  readonly ofOne: number
  readonly ofAll: number
}

/** What outsiders may spend, each source for itself and all together; in memory, bounded. */
export interface Budget {
  /** In how many seconds a source that has spent too much may spend again; `null`: it has not. */
  readonly wait: (source: Source) => number | null
  /** Whether a source has something left of what is its own, whatever all others spend. */
  readonly hasOwn: (source: Source) => boolean
  /** Spends so much; gives the same as `wait` from then on. */
  readonly spend: (source: Source, points?: number) => Promise<number | null>
}

/** So many sources are remembered, those that were seen last; what all may spend together bounds the others. */
const REMEMBERED = 10_000
const ALL = 'all'

export const budgetOf = ({ seconds, ofOne, ofAll }: Allowance, remembered = REMEMBERED): Budget => {
  const one = new RateLimiterMemory({ points: ofOne, duration: seconds })
  const all = new RateLimiterMemory({ points: ofAll, duration: seconds })
  /** Until when each may spend no more, by `performance.now()`. */
  const until = new LRUCache<Source, number>({
    max: remembered,
    dispose: (_, source) => void one.delete(source),
    noDisposeOnSet: true,
  })
  let allUntil = 0
  const untilNext = (spent: unknown): number => performance.now() + (spent as Limiter.RateLimiterRes).msBeforeNext
  const wait = (source: Source): number | null => {
    const left = Math.max(allUntil, until.get(source) ?? 0) - performance.now()
    return left > 0 ? Math.ceil(left / 1000) : null
  }
  return {
    wait,
    hasOwn: (source) => (until.get(source) ?? 0) <= performance.now(),
    spend: async (source, points = 1) => {
      until.set(source, until.get(source) ?? 0)
      // What one source has spent beyond its own is not taken from the others.
      const isWithin = await one.consume(source, points).then(
        () => true,
        (spent) => {
          until.set(source, untilNext(spent))
          return false
        },
      )
      if (isWithin)
        await all.consume(ALL, points).catch((spent) => {
          allUntil = untilNext(spent)
        })
      return wait(source)
    },
  }
}
