import { type Instant, minutes } from '../../domain/instant.ts'
import type { Journal } from './journal.ts'

const HOUR_MS = 3_600_000

/** Now and every hour, removes from the journal what last came more than so many days ago. Gives the end of it. */
export const expireJournal = (journal: Journal, days: number, now: () => Instant): (() => void) => {
  const expire = (): void => {
    journal.expire((now() - minutes(days * 24 * 60)) as Instant)
  }
  expire()
  const hourly = setInterval(expire, HOUR_MS).unref()
  return () => clearInterval(hourly)
}
