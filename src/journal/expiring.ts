import { type Instant, minutes } from '../../domain/instant.ts'
import type { NodeClock } from '../clock/nodeClock.ts'
import type { Journal } from './journal.ts'

const HOUR_MS = 3_600_000

/**
 * Now and every hour, removes from the journal what last came more than so many days ago; not by a clock that is wrong. Gives
 * the end of it.
 */
export const expireJournal = (
  journal: Pick<Journal, 'expire'>,
  days: number,
  { now, fault }: Pick<NodeClock, 'now' | 'fault'>,
): (() => void) => {
  const expire = (): void => {
    if (fault() === null) journal.expire((now() - minutes(days * 24 * 60)) as Instant)
  }
  expire()
  const hourly = setInterval(expire, HOUR_MS).unref()
  return () => clearInterval(hourly)
}
