import type { Application, Request } from 'express'
import { LRUCache } from 'lru-cache'
import type { Holder } from '../../access/holder.ts'
import { budgetOf } from './budget.ts'
import { sourceOfRequest } from './sourceAddress.ts'

/** So many wrong keys a minute of one source, whatever all together present: nobody waits for what others do. */
const ALLOWANCE = { seconds: 60, ofOne: 60, ofAll: Number.MAX_SAFE_INTEGER }
/** So many of those who came with a right key are remembered, those that were seen last. */
const REMEMBERED = 10_000

/** How often a wrong key may be presented. */
interface WrongKeys {
  /** Counts one. Gives in how many seconds keys from there are looked at again; `null`: they are. */
  readonly wrong: (req: Request) => Promise<number | null>
  /**
   * Counts a right key. Gives in how many seconds it is taken where too many wrong ones come from there, since it may have been guessed;
   * `null`: at once, as from where the same key came before.
   */
  readonly right: (req: Request, holder: Holder) => number | null
}

const newWrongKeys = (): WrongKeys => {
  const budget = budgetOf(ALLOWANCE)
  const known = new LRUCache<string, true>({ max: REMEMBERED })
  return {
    wrong: (req) => budget.spend(sourceOfRequest(req)),
    right: (req, { name }) => {
      const source = sourceOfRequest(req)
      const way = `${source} ${name}`
      if (known.has(way)) return null
      const wait = budget.wait(source)
      if (wait === null) known.set(way, true)
      return wait
    },
  }
}

const wrongKeysOf = new WeakMap<Application, WrongKeys>()

/** Those of the application that a request is for. */
export const wrongKeysAt = ({ app }: Request): WrongKeys => {
  const found = wrongKeysOf.get(app) ?? newWrongKeys()
  wrongKeysOf.set(app, found)
  return found
}
