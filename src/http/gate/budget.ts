import { LRUCache } from 'lru-cache'
import type { Source } from './sourceAddress.ts'

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
  readonly spend: (source: Source, points?: number) => number | null
}

/** What was spent since it was begun to count, until it is begun anew; times by `performance.now()`. */
interface Account {
  readonly until: number
  spent: number
}

/** So many sources are remembered, those that were seen last; what all may spend together bounds the others. */
const REMEMBERED = 10_000

export const budgetOf = ({ seconds, ofOne, ofAll }: Allowance, remembered = REMEMBERED): Budget => {
  const accounts = new LRUCache<Source, Account>({ max: remembered })
  let ofAllTogether: Account = { until: 0, spent: 0 }
  const current = (account: Account | undefined, now: number): Account =>
    account !== undefined && account.until > now ? account : { until: now + seconds * 1000, spent: 0 }
  /** For how many milliseconds nothing more may be spent of it. */
  const rest = (account: Account | undefined, most: number): number =>
    account === undefined || account.spent <= most ? 0 : account.until - performance.now()
  const wait = (source: Source): number | null => {
    const left = Math.max(rest(ofAllTogether, ofAll), rest(accounts.get(source), ofOne))
    return left > 0 ? Math.ceil(left / 1000) : null
  }
  return {
    wait,
    hasOwn: (source) => rest(accounts.get(source), ofOne) <= 0,
    spend: (source, points = 1) => {
      const now = performance.now()
      const own = current(accounts.get(source), now)
      own.spent += points
      accounts.set(source, own)
      // What one source has spent beyond its own is not taken from the others.
      if (own.spent <= ofOne) {
        ofAllTogether = current(ofAllTogether, now)
        ofAllTogether.spent += points
      }
      return wait(source)
    },
  }
}
