import { LRUCache } from 'lru-cache'
import type { UserId } from '../../domain/identifiers.ts'
import { GIVE_UP_MS, nextAttemptIn } from './schedule.ts'
import type { Told } from './source.ts'

/** A user whose newest state is on its way, or has to be sent again: all that is kept of it is in the file of the checkpoint. */
export interface Waiting {
  readonly userId: UserId
  /** Attempts that failed because of what was sent. */
  readonly attempts: number
  /** When the first of them failed, in milliseconds since 1970; `null`: none did. */
  readonly since: number | null
  /** No sooner is the next one. */
  readonly dueAt: number
}

/** What is under way to a user's end. */
export interface Flight {
  readonly userId: UserId
  /** Whether it failed before, because of what was sent. */
  readonly again: boolean
}

/** What is to be sent to one endpoint, in which order, and how far that has come. Every send takes the newest state of its user. */
export interface Backlog {
  /** Takes note of the next change of the feed. */
  readonly take: (change: Told, now: number) => void
  /** Whoever comes next by the feed; `null`: all of it is sent or waits. */
  readonly nextNew: () => UserId | null
  /** Who has waited for longest of those that may be tried `by` then. */
  readonly nextWaiting: (by: number) => UserId | null
  /** When the next of those who wait may be tried; `null`: nobody waits. */
  readonly dueAt: () => number | null
  readonly start: (userId: UserId, sending: string | null, now: number) => Flight
  readonly delivered: (flight: Flight, now: number) => void
  /** It failed for what was sent; gives whether that was the last attempt. */
  readonly failed: (flight: Flight, now: number, askedMs: number | null, random: () => number) => boolean
  /** It was not this webhook's fault: it is sent again from `dueAt` on. */
  readonly postpone: (flight: Flight, dueAt: number) => void
  /** Sends these again, and all who wait, at once. */
  readonly again: (users: readonly UserId[], now: number) => void
  /** The place of the feed up to which nothing is lost with what only this process knows; `null`: its beginning. */
  readonly place: () => string | null
  /** The ids of what was delivered last, the oldest first. */
  readonly told: () => readonly string[]
  /** Up to where the feed was read. */
  readonly readTo: () => string | null
  readonly waiting: () => readonly Waiting[]
  /** Users who wait; users who come by the feed. */
  readonly sizes: () => { readonly waiting: number; readonly fresh: number; readonly inFlight: number }
}

interface Kept extends Waiting {
  /** The id of what is under way; `null`: nothing is. */
  readonly sending: string | null
  readonly inFlight: boolean
  /** Whether he changed since it went. */
  readonly changed: boolean
}

/** What changed while it failed is tried no sooner than so after an attempt. */
const RENEWED_AFTER_MS = 5000
/** So many ids of what was delivered are known: what a retry has sent ahead of the feed is not sent again, nor what is told again after a restart. */
const REMEMBERED = 10_000
const KEPT = 100

/** `from` the place behind which everything is to be sent, but for what was `told`; those who `waited` as well. */
export const openBacklog = (
  from: string | null,
  waited: readonly Waiting[] = [],
  told: readonly string[] = [],
): Backlog => {
  let readTo = from
  /** Who comes next, in the order of the feed, each with the place before his first change. */
  const fresh = new Map<UserId, string | null>()
  const kept = new Map<UserId, Kept>(
    waited.map((one) => [one.userId, { ...one, sending: null, inFlight: false, changed: false }]),
  )
  const sent = new LRUCache<string, true>({ max: REMEMBERED })
  for (const id of told) sent.set(id, true)
  let inFlight = 0

  const rest = (userId: UserId, waiting: Omit<Waiting, 'userId'>): void => {
    kept.set(userId, { userId, ...waiting, sending: null, inFlight: false, changed: false })
  }
  /** What changed is another webhook: its attempts begin anew. */
  const renew = (userId: UserId, dueAt: number): void => rest(userId, { attempts: 0, since: null, dueAt })
  const landed = ({ userId }: Flight): Kept | undefined => {
    inFlight -= 1
    return kept.get(userId)
  }

  return {
    take: ({ place, id, userId }, now) => {
      const one = kept.get(userId)
      if (one?.inFlight) kept.set(userId, { ...one, changed: one.changed || one.sending !== id })
      else if (one !== undefined) renew(userId, Math.min(one.dueAt, now + RENEWED_AFTER_MS))
      else if (!fresh.has(userId) && !sent.has(id)) fresh.set(userId, readTo)
      readTo = place
    },
    nextNew: () => fresh.keys().next().value ?? null,
    nextWaiting: (by) => {
      let next: Kept | null = null
      for (const one of kept.values()) {
        if (!one.inFlight && one.dueAt <= by && (next === null || one.dueAt < next.dueAt)) next = one
      }
      return next?.userId ?? null
    },
    dueAt: () => {
      let next: number | null = null
      for (const { inFlight: flies, dueAt } of kept.values()) {
        if (!flies && (next === null || dueAt < next)) next = dueAt
      }
      return next
    },
    start: (userId, sending, now) => {
      fresh.delete(userId)
      const one = kept.get(userId)
      const { attempts, since } = one ?? { attempts: 0, since: null }
      kept.set(userId, { userId, attempts, since, dueAt: now, sending, inFlight: true, changed: false })
      inFlight += 1
      return { userId, again: attempts > 0 }
    },
    delivered: (flight, now) => {
      const one = landed(flight)
      if (one === undefined) return
      if (one.sending !== null) sent.set(one.sending, true)
      if (one.changed) renew(flight.userId, now)
      else kept.delete(flight.userId)
    },
    failed: (flight, now, askedMs, random) => {
      const one = landed(flight)
      if (one === undefined) return false
      if (one.changed) {
        renew(flight.userId, now + nextAttemptIn(1, askedMs, random))
        return false
      }
      const since = one.since ?? now
      if (now - since >= GIVE_UP_MS) {
        kept.delete(flight.userId)
        return true
      }
      const attempts = one.attempts + 1
      rest(flight.userId, { attempts, since, dueAt: now + nextAttemptIn(attempts, askedMs, random) })
      return false
    },
    postpone: (flight, dueAt) => {
      const one = landed(flight)
      if (one?.changed) renew(flight.userId, dueAt)
      else rest(flight.userId, { attempts: one?.attempts ?? 0, since: one?.since ?? null, dueAt })
    },
    again: (users, now) => {
      const resting = [...kept.values()].filter((one) => !one.inFlight).map(({ userId }) => userId)
      for (const userId of [...resting, ...users.filter((one) => !kept.has(one) && !fresh.has(one))]) renew(userId, now)
    },
    place: () => {
      const [first] = fresh.values()
      return first === undefined ? readTo : first
    },
    told: () => [...sent.keys()].slice(0, KEPT).toReversed(),
    readTo: () => readTo,
    waiting: () => [...kept.values()].map(({ userId, attempts, since, dueAt }) => ({ userId, attempts, since, dueAt })),
    sizes: () => ({ waiting: kept.size, fresh: fresh.size, inFlight }),
  }
}
