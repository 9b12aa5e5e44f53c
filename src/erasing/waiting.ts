import { format, type Instant, minutes } from '../../domain/instant.ts'
import type { Clock } from '../clock/clock.ts'
import { keepDoubt } from './keptDoubt.ts'

const DAY = minutes(24 * 60)
/** With the end of a log its newest legal holds may be lost: so long somebody has to place them again. */
const AFTER_LOSS = 7 * DAY
/** A log in which nothing was recorded for so long says nothing of whether the clock is right by which all in it is due. */
const FAR = 31 * DAY
const WITH_FAR_CLOCK = DAY

/** Until when the policy erases nothing by itself, and why; RFC 3339. */
export interface Wait {
  readonly until: string
  readonly why: string
}

interface Known {
  readonly dataDir: string
  readonly now: Clock
  /** When the newest event was recorded that the log held at the start; `null` where it was empty. */
  readonly newestAtStart: Instant | null
  /** When somebody last accepted that the end of the log is lost. */
  readonly lossAcceptedAt: () => Promise<Instant | null>
}

const LOST = 'legal holds may be lost with the end of the log: place them again'
const FAR_CLOCK =
  'the clock is more than a month ahead of the newest event that the log held at the start: look whether it is right'

/**
 * What keeps the policy from erasing by itself: what it erased by a wrong clock, or in spite of a hold that is not known any more, would
 * not come back. Who asks and confirms by hand is not kept from it. A doubt about the clock outlives the process.
 */
export const waitsOf = ({ dataDir, now, newestAtStart, lossAcceptedAt }: Known): (() => Promise<Wait | null>) => {
  const doubt = keepDoubt(dataDir, WITH_FAR_CLOCK)
  if (newestAtStart !== null && now() - newestAtStart > FAR) doubt.begin(now())
  return async () => {
    const doubted = doubt.until(now())
    if (doubted !== null) return { until: format(doubted), why: FAR_CLOCK }
    const lostAt = await lossAcceptedAt()
    const until = lostAt === null ? null : ((lostAt + AFTER_LOSS) as Instant)
    return until === null || now() >= until ? null : { until: format(until), why: LOST }
  }
}
