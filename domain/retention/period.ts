import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { dayOfCalendar, daysOfMonth, daysSinceEpoch } from '../calendar.ts'
import type { Instant } from '../instant.ts'

/** How long records are kept: calendar years, months and days (ISO 8601 without weeks and times), for instance `P5Y`. */
export interface Period {
  readonly years: number
  readonly months: number
  readonly days: number
  /** As it was written. */
  readonly text: string
}

/** What a period looks like. So few digits, so that no time comes out that could not be written. */
export const PERIOD_PATTERN = '^P(?=\\d)(\\d{1,2}Y)?(\\d{1,3}M)?(\\d{1,4}D)?$'
const PATTERN = new RegExp(PERIOD_PATTERN)

const numberIn = (part: string | undefined): number => (part === undefined ? 0 : Number(part.slice(0, -1)))

/** Reads a period; `null` for anything else, and for one of no length: what is due at once is not kept. */
export const parsePeriod = (text: string): Period | null => {
  const match = PATTERN.exec(text)
  if (match === null) return null
  const [years, months, days] = [numberIn(match[1]), numberIn(match[2]), numberIn(match[3])]
  return years + months + days === 0 ? null : { years, months, days, text }
}

const isPeriod = (u: unknown): u is Period =>
  typeof u === 'object' && u !== null && 'text' in u && typeof u.text === 'string' && parsePeriod(u.text) !== null

/** A period as it is written in a policy. */
export const Period = new t.Type<Period, string, unknown>(
  'a period longer than nothing, such as P5Y or P1Y6M (ISO 8601: PnYnMnD)',
  isPeriod,
  (u, context) => {
    const period = typeof u === 'string' ? parsePeriod(u) : null
    return period === null ? t.failure(u, context) : E.right(period)
  },
  ({ text }) => text,
)

const MICROSECONDS_PER_DAY = 86_400_000_000
/** The last day that RFC 3339 can write: what would end after it ends then. */
const LAST_DAY = daysSinceEpoch(9999, 12, 31)

/**
 * The time at which a period ends that runs from `since`, by the calendar in UTC. Where the month has no such day it ends on the
 * first of the next one (29 February and a year: 1 March), so never too early. The time of day is the same.
 */
export const endOf = (since: Instant, { years, months, days }: Period): Instant => {
  const first = Math.floor(since / MICROSECONDS_PER_DAY)
  const { year, month, day } = dayOfCalendar(first)
  const monthCount = year * 12 + (month - 1) + years * 12 + months
  const [endYear, endMonth] = [Math.floor(monthCount / 12), (monthCount % 12) + 1]
  const short = day > daysOfMonth(endYear, endMonth)
  const end = short
    ? daysSinceEpoch(endYear, endMonth, daysOfMonth(endYear, endMonth)) + 1
    : daysSinceEpoch(endYear, endMonth, day)
  const timeOfDay = since - first * MICROSECONDS_PER_DAY
  return (Math.min(end + days, LAST_DAY) * MICROSECONDS_PER_DAY + timeOfDay) as Instant
}
