import { createHmac, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { LRUCache } from 'lru-cache'
import type { Doubts } from '../../ingest/receiveDelivery.ts'
import { type Allowance, budgetOf } from './budget.ts'
import { type Source, sourceOfRequest } from './sourceAddress.ts'

/**
 * What is spent on deliveries that nothing vouches for. The provider sends what is refused again every minute, up to thirty times: the
 * period is no multiple of that, so that the same ones are not too late each time.
 */
const ALLOWANCE: Allowance = { seconds: 450, ofOne: 2000, ofAll: 20_000 }

/** A point for each so many bytes, or part of them. */
const BYTES_A_POINT = 4096

const pointsFor = (bytes: number): number => Math.max(1, Math.ceil(bytes / BYTES_A_POINT))

/** The same for a source as long as this process lives; nobody finds out whose it is. */
const KEY = randomBytes(32)
const pseudonym = (source: Source): string => createHmac('sha256', KEY).update(source).digest('base64url').slice(0, 12)

/** So many sources are remembered from which something verified came, those that were seen last. */
const REMEMBERED = 10_000

/** What is known of those who deliver. */
export interface Senders {
  /** What whoever sends a request may still spend on what nothing vouches for. */
  readonly doubtsOf: (req: IncomingMessage) => Doubts
}

/** What whoever sends a request may still spend: each source has a budget of its own, under one for all. */
export const doubtsBySource = (): Senders['doubtsOf'] => {
  const budget = budgetOf(ALLOWANCE)
  const known = new LRUCache<Source, true>({ max: REMEMBERED })
  const doubtsOfSource = (source: Source): Doubts => ({
    get source() {
      return pseudonym(source)
    },
    get isKnown() {
      return known.has(source)
    },
    vouched: () => void known.set(source, true),
    hasOwn: () => budget.hasOwn(source),
    isWithin: () => budget.wait(source) === null,
    spend: (bytes) => budget.spend(source, pointsFor(bytes)),
  })
  // Not one for each request: V8 keeps what the getters of a literal see, here request and answer, until it next looks through the whole heap.
  const made = new LRUCache<Source, Doubts>({ max: REMEMBERED })
  return (req) => {
    const source = sourceOfRequest(req)
    const kept = made.get(source)
    if (kept !== undefined) return kept
    const doubts = doubtsOfSource(source)
    made.set(source, doubts)
    return doubts
  }
}
