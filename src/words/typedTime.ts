import * as E from 'fp-ts/lib/Either.js'
import { isCalendarDate } from '../../domain/calendar.ts'
import { type Instant, parseRfc3339 } from '../../domain/instant.ts'
import { MONTHS } from './timeInWords.ts'

/** A time as somebody has typed it. */
export interface TypedTime {
  /** Of a day, its last millisecond. */
  readonly at: Instant
  /** He named a day, and no time of it. */
  readonly isDay: boolean
}

const DATE = String.raw`(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})|(?<dayInWords>\d{1,2})\.? (?<name>\p{L}{3,})\.? (?<yearInWords>\d{4})`
const TIME = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?<fraction>\.\d{1,9})?)?`
const ZONE = String.raw`(?<zone>z|utc|gmt|[+-]\d{2}:\d{2})`
const TYPED = new RegExp(`^(?:${DATE})(?:(?:,? ?t| ?, ?| )${TIME}(?: ?${ZONE})?)?$`, 'iu')

const HOW = 'write a day as 2026-03-01 or 1 March 2026, and behind it a time of UTC if you like: 2026-03-01 14:30'

const two = (number: string): string => number.padStart(2, '0')

const monthOf = (name: string): string | null => {
  const index = MONTHS.findIndex((month) => month.toLowerCase().startsWith(name.toLowerCase()))
  return index === -1 ? null : two(String(index + 1))
}

const zoneOf = (zone = 'Z'): string => (/^[+-]/.test(zone) ? zone : 'Z')

/**
 * Reads a time as a person types it, or copies it from a page: a day, or a time of it, of UTC unless another zone stands behind it. Says
 * what is wrong with anything else, for that person; a day of which it cannot be told which month is meant is not guessed at.
 */
export const typedTime = (text: string): E.Either<string, TypedTime> => {
  // A `+` of a zone that was not encoded arrives as a space.
  const typed = text
    .trim()
    .replaceAll(/\s+/g, ' ')
    .replace(/ (?=\d{2}:\d{2}$)(?<=:\d{2}(?:\.\d+)? )/, '+')
  if (/^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b/.test(typed)) return E.left(`which is the month cannot be told: ${HOW}`)
  const { groups } = TYPED.exec(typed) ?? {}
  if (groups === undefined) return E.left(HOW)
  const year = groups['year'] ?? groups['yearInWords']
  const month = groups['month'] ?? monthOf(groups['name'] ?? '')
  const day = two(groups['day'] ?? groups['dayInWords'] ?? '')
  if (month === null) return E.left('there is no month of this name in English')
  const date = `${year}-${month}-${day}`
  if (!isCalendarDate(date)) return E.left('there is no such day')
  const { hour, minute, second = '00', fraction = '', zone } = groups
  const isDay = hour === undefined
  const time = isDay ? '23:59:59.999' : `${two(hour)}:${minute}:${second}${fraction}`
  const at = parseRfc3339(`${date}T${time}${zoneOf(zone)}`)
  return at === null ? E.left('there is no such time of a day') : E.right({ at, isDay })
}
