import { isCalendarDate, numberAt, wallClockOf } from './calendar.ts'
import { Codec, UNREAD } from './codec.ts'

/**
 * A point in time: whole microseconds since 1970-01-01T00:00:00Z. Microseconds, because the provider's own times are
 * finer than milliseconds and their order matters.
 */
export type Instant = number & { readonly Instant: unique symbol }

const MICROSECONDS_PER_MILLISECOND = 1000

/** In microseconds, as the difference of two instants is. */
export const minutes = (count: number): number => count * 60_000_000

/** The same of seconds. */
export const seconds = (count: number): number => count * 1_000_000

/** From milliseconds since the epoch, as `Date.now()` gives them. */
export const fromMilliseconds = (milliseconds: number): Instant =>
  (milliseconds * MICROSECONDS_PER_MILLISECOND) as Instant

const toMilliseconds = (instant: Instant): number => Math.floor(instant / MICROSECONDS_PER_MILLISECOND)

/** The beginning of the millisecond in which a time is shown. */
const startOfMillisecond = (instant: Instant): Instant => fromMilliseconds(toMilliseconds(instant))

const MILLISECONDS_PER_DAY = 86_400_000
const digits = (count: number): readonly string[] =>
  Array.from({ length: 10 ** count }, (_, number) => String(number).padStart(count, '0'))
const TWO_DIGITS = digits(2)
const THREE_DIGITS = digits(3)

const DATES_KEPT = 10_000
const dates = new Map<number, string>()

/** The date of a day counted from 1970-01-01. Times are written a dozen to an answer, and of few days. */
const dateOf = (day: number): string => {
  const known = dates.get(day)
  if (known !== undefined) return known
  if (dates.size >= DATES_KEPT) dates.clear()
  const date = new Date(day * MILLISECONDS_PER_DAY).toISOString().slice(0, -'T00:00:00.000Z'.length)
  dates.set(day, date)
  return date
}

/** `2026-03-01T10:26:47.000`. Not by `Date`: an answer holds a dozen of them, and takes a third less to make. */
const withoutZone = (milliseconds: number): string => {
  const day = Math.floor(milliseconds / MILLISECONDS_PER_DAY)
  const time = milliseconds - day * MILLISECONDS_PER_DAY
  const [hour, minute] = [Math.floor(time / 3_600_000), Math.floor(time / 60_000) % 60]
  const [second, fraction] = [Math.floor(time / 1000) % 60, time % 1000]
  return `${dateOf(day)}T${TWO_DIGITS[hour]}:${TWO_DIGITS[minute]}:${TWO_DIGITS[second]}.${THREE_DIGITS[fraction]}`
}

/** RFC 3339 in UTC with milliseconds, rounded down: how the read API shows a time. */
export const formatMilliseconds = (instant: Instant): string => `${withoutZone(toMilliseconds(instant))}Z`

/** RFC 3339 in UTC with microseconds: how a time is stored, without loss. */
export const format = (instant: Instant): string => {
  const milliseconds = toMilliseconds(instant)
  return `${withoutZone(milliseconds)}${THREE_DIGITS[instant - milliseconds * MICROSECONDS_PER_MILLISECOND]}Z`
}

/** The later of two times; a time that is not there is earlier than any. */
export const later = (a: Instant | null, b: Instant | null): Instant | null =>
  a === null ? b : b === null ? a : b > a ? b : a

/** Whether an instant lies within a limit, `null` for none; compared in the milliseconds in which times are shown. */
export const isBy = (instant: Instant, limit: Instant | null): boolean =>
  limit === null || startOfMillisecond(instant) <= limit

const RFC_3339 = /^(\d{4}-\d{2}-\d{2})[Tt]((?:[01]\d|2[0-3]):\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/

const FIRST_WRITABLE = Date.parse('0000-01-01T00:00:00Z')
const LAST_WRITABLE = Date.parse('9999-12-31T23:59:59.999Z')

/** RFC 3339 writes the years 0000 to 9999 only (here: of UTC); a time beyond them could not be stored and read back. */
const isWritable = (milliseconds: number): boolean => milliseconds >= FIRST_WRITABLE && milliseconds <= LAST_WRITABLE

const POINT = 0x2e
const LETTER_Z = 0x5a
const PLUS = 0x2b
const MINUS = 0x2d
const SECONDS_END = '0000-00-00T00:00:00'.length

/** Where the digits end that begin at `from`. */
const endOfDigits = (text: string, from: number): number => {
  let at = from
  while (!Number.isNaN(numberAt(text, at, 1))) at++
  return at
}

/** How far a zone that reaches from `at` to the end is ahead of UTC, in minutes; `NaN` of what is none, or hardly one. */
const zoneAt = (text: string, at: number): number => {
  const sign = text.charCodeAt(at)
  if (sign === LETTER_Z) return text.length === at + 1 ? 0 : Number.NaN
  if ((sign !== PLUS && sign !== MINUS) || text.length !== at + 6 || text[at + 3] !== ':') return Number.NaN
  const [hours, minutes] = [numberAt(text, at + 1, 2), numberAt(text, at + 4, 2)]
  const ahead = hours <= 14 && minutes <= 59 ? 60 * hours + minutes : Number.NaN
  return sign === PLUS ? ahead : -ahead
}

/**
 * Reads a time as `format` and the provider write it; `null` for any other spelling, which may be a time as well. Nearly every time is
 * spelled so, and without regular expression and `Date` it is read in a fraction of the time.
 */
const parseQuickly = (text: string): Instant | null => {
  const wallClock = wallClockOf(text, 'T')
  // At either end of the calendar its zone may take it beyond what can be written.
  if (Number.isNaN(wallClock) || text.startsWith('0000') || text.startsWith('9999')) return null
  let end = SECONDS_END
  let fraction = 0
  if (text.charCodeAt(end) === POINT) {
    const from = end + 1
    end = endOfDigits(text, from)
    if (end === from || end > from + 9) return null
    const digits = Math.min(end - from, 6)
    fraction = numberAt(text, from, digits) * 10 ** (6 - digits)
  }
  const instant = (wallClock - 60 * zoneAt(text, end)) * 1_000_000 + fraction
  // What is no number in any of the parts makes none of the whole.
  return Number.isNaN(instant) ? null : (instant as Instant)
}

/** Reads RFC 3339 with a zone and up to nine decimals (cut after the sixth); `null` for anything else. */
export const parseRfc3339 = (text: string): Instant | null => {
  const instant = parseQuickly(text) ?? parseAnyRfc3339(text)
  // The last microseconds of the year 9999 are no numbers of their own, and round up.
  return instant !== null && toMilliseconds(instant) > LAST_WRITABLE ? null : instant
}

const parseAnyRfc3339 = (text: string): Instant | null => {
  const match = RFC_3339.exec(text)
  if (match === null) return null
  const [, date = '', time = '', fraction = '', zone = ''] = match
  const milliseconds = Date.parse(`${date}T${time}${zone.toUpperCase()}`)
  if (!isWritable(milliseconds) || !isCalendarDate(date)) return null
  return (milliseconds * MICROSECONDS_PER_MILLISECOND + Number(fraction.padEnd(6, '0').slice(0, 6))) as Instant
}

/** A codec of a time that is written in some way; in itself it is written as `format` does. */
export const instantCodec = (name: string, parse: (text: string) => Instant | null): Codec<Instant, string> =>
  new Codec<Instant, string>(
    name,
    (u): u is Instant => typeof u === 'number' && Number.isFinite(u),
    (u) => (typeof u === 'string' ? (parse(u) ?? UNREAD) : UNREAD),
    format,
  )

/** RFC 3339 text with a zone. */
export const InstantFromRfc3339 = instantCodec('RFC 3339 time', parseRfc3339)
