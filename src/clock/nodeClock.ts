import { fromMilliseconds, type Instant } from '../../domain/instant.ts'
import type { Clock } from './clock.ts'

/** By so much a clock may be wrong before a node takes nothing more by it. */
export const WRONG_MS = 60_000

/** What a clock is wrong by, and how that shows. */
export interface ClockFault {
  readonly clock: 'behind' | 'leapt' | 'skewed'
  /** For a person. */
  readonly reason: string
}

/** The leaps of the clock that nobody has looked at yet; they outlive the process. */
export interface Leaps {
  /** Notes that the clock went forwards, or back, by so many milliseconds. */
  readonly add: (milliseconds: number) => void
  /** By how much it is off by them all: a leap that is taken back leaves nothing. */
  readonly net: () => number
}

/** The clock of a node: it gives the receipts of deliveries, and knows when it must not. */
export interface NodeClock {
  /** Never earlier than before, nor than the newest event that the node has seen. */
  readonly now: Clock
  /** The newest event of the log was recorded then. */
  readonly seen: (recordedAt: Instant) => void
  /** As `seen`, once receipts that were seen before are known to be wrong. */
  readonly corrected: (newest: Instant | null) => void
  /**
   * An event that this node recorded at `recordedAt` was taken by the server at `createdAt`, by its own clock, before `answeredAt`:
   * an append may take as long as it likes, and only what lies outside of the two tells of a wrong clock.
   */
  readonly served: (recordedAt: Instant, createdAt: Instant, answeredAt: Instant) => void
  /** Looks at the clock now; `null` while nothing is wrong with it. */
  readonly fault: () => ClockFault | null
}

const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 1000)} s`
const toMilliseconds = (instant: Instant): number => instant / 1000

/** `wall` and `monotonic` give milliseconds; the second goes on however the first is set. */
export const nodeClock = (
  leaps: Leaps,
  wall: () => number = Date.now,
  monotonic: () => number = () => performance.now(),
): NodeClock => {
  let offset = wall() - monotonic()
  let standing = 0
  let newest = 0
  /**
   * By how much the server's clock is ahead of this one; `null` before the server has told, if there is one. A leap says nothing of that
   * then: it may be the one by which a clock was set right that was wrong at the start.
   */
  let skew: number | null = null

  const look = (): void => {
    const offsetNow = wall() - monotonic()
    const by = offsetNow - offset
    offset = offsetNow
    if (Math.abs(by) <= WRONG_MS) return
    if (skew !== null) skew -= by
    if (by < 0) standing = 0
    leaps.add(by)
  }

  return {
    now: () => {
      standing = Math.max(standing, wall())
      return Math.max(fromMilliseconds(standing), newest) as Instant
    },
    seen: (recordedAt) => {
      newest = Math.max(newest, recordedAt)
    },
    corrected: (recordedAt) => {
      newest = recordedAt ?? 0
    },
    served: (recordedAt, createdAt, answeredAt) => {
      const within = Math.min(Math.max(createdAt, recordedAt), Math.max(recordedAt, answeredAt))
      skew = toMilliseconds((createdAt - within) as Instant)
    },
    fault: () => {
      look()
      const net = leaps.net()
      if (Math.abs(net) > WRONG_MS) {
        return {
          clock: 'leapt',
          reason: `the clock went ${net > 0 ? 'forwards' : 'back'} by ${seconds(Math.abs(net))}: see npm run kyc -- clock`,
        }
      }
      const behind = newest / 1000 - wall()
      if (behind > WRONG_MS) {
        return {
          clock: 'behind',
          reason: `the clock is ${seconds(behind)} behind the newest event of the log: set it, or see npm run kyc -- clock`,
        }
      }
      if (skew !== null && Math.abs(skew) > WRONG_MS) {
        return {
          clock: 'skewed',
          reason: `the clock is ${seconds(Math.abs(skew))} ${skew > 0 ? 'behind' : 'ahead of'} that of the event store: set it`,
        }
      }
      return null
    },
  }
}
