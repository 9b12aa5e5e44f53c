import type { UserId } from '../../domain/identifiers.ts'
import { type Flight, openBacklog } from './backlog.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { Posted } from './post.ts'
import type { Told } from './source.ts'
import {
  hasFailed,
  lookedLater,
  NEW,
  nextProbe,
  type Off,
  type Standing,
  succeeded,
  switchedOff,
  switchedOn,
} from './standing.ts'

/** Requests that are under way to one endpoint at a time, and how many of them for users who were tried before. */
const AT_ONCE = 8
const AGAIN_AT_ONCE = 4
/** While so many users wait to be tried again no others are added to them. */
const MOST_WAITING = 1000
/** So many new webhooks that fail one after the other are the endpoint's fault. */
const IS_DOWN_AFTER = 5
/** Users whose webhooks were given up are kept by their ids, the last so many. */
const MOST_GIVEN_UP = 10_000

/** What is under way. */
interface Sent extends Flight {
  /** Whether it is sent to see whether the endpoint takes anything again. */
  readonly isProbe: boolean
}

/** What came of it, for whoever tells. */
export type Outcome = 'delivered' | 'aborted' | 'failed' | 'given up'

/** How telling one endpoint goes: what is sent next, and what follows from how that went. Asks nobody, and knows no clock. */
export interface Course {
  readonly standing: () => Standing
  /** Up to where the feed was read; `null`: its beginning. */
  readonly readTo: () => string | null
  /** Changes that were read and not begun. */
  readonly fresh: () => number
  readonly take: (change: Told, now: number) => void
  /** Who is sent to now; `null`: nobody. */
  readonly next: (now: number) => UserId | null
  /** `sending` is the id of what goes. */
  readonly begin: (userId: UserId, sending: string | null, now: number) => Sent
  /** There is nothing to tell of him now. */
  readonly postpone: (sent: Sent, dueAt: number) => void
  readonly settle: (sent: Sent, posted: Posted, now: number) => Outcome
  /** When somebody can be sent to for whom nothing but time is missing; `null`: nobody. */
  readonly wakesAt: () => number | null
  readonly switchOff: (reason: Off, now: number) => void
  /** As if nothing had failed; what was given up is tried again. */
  readonly switchOn: (now: number) => void
  /** Users whose newest state is not delivered, as far as the feed was read. */
  readonly pending: () => number
  readonly kept: () => Pick<Checkpoint, 'after' | 'told' | 'waiting' | 'givenUp' | 'standing'>
}

/** Goes on from what was kept; without it from the place `after`. */
export const courseFrom = (
  kept: Pick<Checkpoint, 'after'> & Partial<Pick<Checkpoint, 'told' | 'waiting' | 'givenUp' | 'standing'>>,
  random: () => number,
): Course => {
  let backlog = openBacklog(kept.after, kept.waiting, kept.told)
  let standing: Standing = kept.standing ?? NEW
  let givenUp = kept.givenUp ?? []
  let failedInARow = 0
  let againInFlight = 0

  /** Gives whether the webhook is given up. */
  const fail = (sent: Sent, { endpointDown, askedMs }: Posted & { _tag: 'Failed' }, now: number): boolean => {
    if (!sent.again) failedInARow += 1
    const isDown = endpointDown || failedInARow >= IS_DOWN_AFTER
    const isHis = !isDown && standing.down === null
    standing = hasFailed(standing, now, { isDown, isProbe: sent.isProbe, askedMs }, random)
    if (!isHis) backlog.postpone(sent, now)
    else if (backlog.failed(sent, now, askedMs, random)) {
      givenUp = [...givenUp, sent.userId].slice(-MOST_GIVEN_UP)
      return true
    }
    return false
  }
  const hasRoom = (): boolean => backlog.sizes().inFlight < (standing.down === null ? AT_ONCE : 1)
  const isEmpty = (): boolean => backlog.sizes().waiting + backlog.sizes().fresh === 0
  const newOne = (): UserId | null => (backlog.sizes().waiting < MOST_WAITING ? backlog.nextNew() : null)

  return {
    standing: () => standing,
    readTo: () => backlog.readTo(),
    fresh: () => backlog.sizes().fresh,
    take: (change, now) => backlog.take(change, now),
    next: (now) => {
      if (standing.off !== null || !hasRoom()) return null
      const fresh = newOne()
      if (standing.down === null) return (againInFlight < AGAIN_AT_ONCE ? backlog.nextWaiting(now) : null) ?? fresh
      if (now < nextProbe(standing.down, fresh !== null)) return null
      return fresh ?? backlog.nextWaiting(Number.POSITIVE_INFINITY)
    },
    begin: (userId, sending, now) => {
      const flight = backlog.start(userId, sending, now)
      if (flight.again) againInFlight += 1
      return { ...flight, isProbe: standing.down !== null }
    },
    postpone: (sent, dueAt) => {
      if (sent.again) againInFlight -= 1
      backlog.postpone(sent, dueAt)
      // Nothing was looked at: the next look is not at once.
      if (sent.isProbe) standing = lookedLater(standing, dueAt)
    },
    settle: (sent, posted, now) => {
      if (sent.again) againInFlight -= 1
      switch (posted._tag) {
        case 'Delivered':
          failedInARow = 0
          backlog.delivered(sent, now)
          standing = succeeded(standing, now)
          return 'delivered'
        case 'Aborted':
          backlog.postpone(sent, now)
          return 'aborted'
        case 'Gone':
          backlog.postpone(sent, now)
          standing = switchedOff(standing, 'gone', now)
          return 'failed'
        case 'Failed':
          return fail(sent, posted, now) ? 'given up' : 'failed'
      }
    },
    wakesAt: () => {
      if (standing.off !== null || !hasRoom() || isEmpty()) return null
      if (standing.down !== null) return nextProbe(standing.down, newOne() !== null)
      return againInFlight < AGAIN_AT_ONCE ? backlog.dueAt() : null
    },
    switchOff: (reason, now) => {
      standing = switchedOff(standing, reason, now)
    },
    switchOn: (now) => {
      // Where it is not known what it was told it is told of everybody.
      if (standing.off?.reason === 'checkpoint-lost') backlog = openBacklog(null)
      else backlog.again(givenUp, now)
      givenUp = []
      failedInARow = 0
      standing = switchedOn(standing)
    },
    pending: () => backlog.sizes().waiting + backlog.sizes().fresh,
    kept: () => ({ after: backlog.place(), told: backlog.told(), waiting: backlog.waiting(), givenUp, standing }),
  }
}
