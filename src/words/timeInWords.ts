import { formatMilliseconds, type Instant } from '../../domain/instant.ts'

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** A calendar date, `YYYY-MM-DD`, as a person reads it: 20 February 2026. */
export const dateInWords = (date: string): string =>
  `${Number(date.slice(8, 10))} ${MONTHS[Number(date.slice(5, 7)) - 1]} ${date.slice(0, 4)}`

/** A time to the second: 20 February 2026, 10:26:47 UTC. */
export const instantInWords = (instant: Instant): string => {
  const rfc3339 = formatMilliseconds(instant)
  return `${dateInWords(rfc3339)}, ${rfc3339.slice(11, 19)} UTC`
}

const MINUTE = 60_000_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const counted = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`

/** How long it is from one time to another, in whole units, the largest of which there are two: 3 days. */
export const durationInWords = (from: Instant, to: Instant): string => {
  const length = Math.max(0, to - from)
  if (length < MINUTE) return 'less than a minute'
  if (length < 2 * HOUR) return counted(Math.floor(length / MINUTE), 'minute')
  return length < 2 * DAY ? counted(Math.floor(length / HOUR), 'hour') : counted(Math.floor(length / DAY), 'day')
}
