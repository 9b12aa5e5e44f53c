import type { Request } from 'express'
import { LRUCache } from 'lru-cache'
import { type Source, sourceOfRequest } from '../../gate/sourceAddress.ts'

/** So many wrong keys in a row cost nothing: a person errs. */
const FREE = 5
const LONGEST_WAIT_MS = 60_000
/** So many clients are remembered, those that were seen last. */
const REMEMBERED = 10_000

/** How often somebody may try a key. Nobody waits for what others do. */
export interface Tries {
  /** Seconds until the client may try again; 0: now. */
  readonly waits: (req: Request) => number
  readonly wrong: (req: Request) => void
  readonly right: (req: Request) => void
}

/** After some wrong keys the client waits, each time twice as long, from a second to a minute. `now` as of `performance`. */
export const newTries = (now: () => number = () => performance.now()): Tries => {
  const wrong = new LRUCache<Source, { readonly times: number; readonly until: number }>({ max: REMEMBERED })
  return {
    waits: (req) => Math.ceil(Math.max(0, (wrong.get(sourceOfRequest(req))?.until ?? 0) - now()) / 1000),
    wrong: (req) => {
      const client = sourceOfRequest(req)
      const times = (wrong.get(client)?.times ?? 0) + 1
      const wait = times < FREE ? 0 : Math.min(LONGEST_WAIT_MS, 1000 * 2 ** (times - FREE))
      wrong.set(client, { times, until: now() + wait })
    },
    right: (req) => void wrong.delete(sourceOfRequest(req)),
  }
}
