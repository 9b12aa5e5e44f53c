import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

/**
 * A point in time: whole microseconds since 1970-01-01T00:00:00Z. Microseconds, because the provider's own times are
 * finer than milliseconds and their order matters.
 */
export type Instant = number & { readonly Instant: unique symbol }

const MICROSECONDS_PER_MILLISECOND = 1000

export const minutes = (count: number): number => count * 60_000_000

/** From milliseconds since the epoch, as `Date.now()` gives them. */
export const fromMilliseconds = (milliseconds: number): Instant =>
  (milliseconds * MICROSECONDS_PER_MILLISECOND) as Instant

const toMilliseconds = (instant: Instant): number => Math.floor(instant / MICROSECONDS_PER_MILLISECOND)

/** The beginning of the millisecond in which a time is shown. */
export const startOfMillisecond = (instant: Instant): Instant => fromMilliseconds(toMilliseconds(instant))

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

const RFC_3339 = /^(\d{4}-\d{2}-\d{2})[Tt]((?:[01]\d|2[0-3]):\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/

const FIRST_WRITABLE = Date.parse('0000-01-01T00:00:00Z')
const LAST_WRITABLE = Date.parse('9999-12-31T23:59:59.999Z')

/** RFC 3339 writes the years 0000 to 9999 only (here: of UTC); a time beyond them could not be stored and read back. */
const isWritable = (milliseconds: number): boolean => milliseconds >= FIRST_WRITABLE && milliseconds <= LAST_WRITABLE

const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

/** 0 for a month that does not exist. */
const daysOfMonth = (year: number, month: number): number =>
  month === 2 && isLeapYear(year) ? 29 : (DAYS_OF_MONTH[month - 1] ?? 0)

/** Days and months that do not exist (2024-02-30) are moved by `Date`, not refused: this tells them apart. */
const isCalendarDate = (date: string): boolean => {
  const day = Number(date.slice(8, 10))
  return day >= 1 && day <= daysOfMonth(Number(date.slice(0, 4)), Number(date.slice(5, 7)))
}

const DAYS_BEFORE_EPOCH = 719_468

/** Of the Gregorian calendar, counted from 1970-01-01. A year is taken to begin in March, so that the leap day is its last. */
const daysSinceEpoch = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return 365 * y + leapDays + dayOfYear - DAYS_BEFORE_EPOCH
}

const CANONICAL = '0000-00-00T00:00:00.000000Z'
const SEPARATORS = [4, 7, 10, 13, 16, 19, 26]
const ZERO = 0x30

/**
 * Reads a time that is written as `format` writes it (`2026-03-01T10:26:47.000000Z`); `null` for any other spelling.
 * Nearly every time that is read was written here, and without regular expression and `Date` that takes a fifth of the time.
 */
const parseCanonical = (text: string): Instant | null => {
  if (text.length !== CANONICAL.length) return null
  const number = (from: number, to: number): number => {
    let value = 0
    for (let i = from; i < to; i++) {
      const digit = text.charCodeAt(i) - ZERO
      if (digit < 0 || digit > 9) return Number.NaN
      value = 10 * value + digit
    }
    return value
  }
  for (const i of SEPARATORS) if (text.charCodeAt(i) !== CANONICAL.charCodeAt(i)) return null
  const year = number(0, 4)
  const month = number(5, 7)
  const day = number(8, 10)
  const hour = number(11, 13)
  const minute = number(14, 16)
  const second = number(17, 19)
  const fraction = number(20, 26)
  const exists = day >= 1 && day <= daysOfMonth(year, month) && hour <= 23 && minute <= 59 && second <= 59
  const seconds = ((daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
  // What is no digit in any of the parts makes no number of the whole.
  const instant = seconds * 1_000_000 + fraction
  return exists && !Number.isNaN(instant) ? (instant as Instant) : null
}

/** Reads RFC 3339 with a zone and up to nine decimals (cut after the sixth); `null` for anything else. */
export const parseRfc3339 = (text: string): Instant | null => {
  const instant = parseCanonical(text) ?? parseAnyRfc3339(text)
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

const PARIS = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Paris',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

const MILLISECONDS_PER_HOUR = 3_600_000

/** How far the clocks of Paris are ahead of UTC in that hour, in milliseconds; since 1911 they are only moved on the hour. */
const readParisOffset = (hour: number): number => {
  const part: Record<string, string> = {}
  for (const { type, value } of PARIS.formatToParts(hour * MILLISECONDS_PER_HOUR)) part[type] = value
  return (
    Date.parse(`${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}Z`) -
    hour * MILLISECONDS_PER_HOUR
  )
}

const OFFSETS_KEPT = 10_000
const parisOffsets = new Map<number, number>()

/** The calendar of the platform takes microseconds to ask, and it is asked of few hours again and again. */
const parisOffset = (milliseconds: number): number => {
  const hour = Math.floor(milliseconds / MILLISECONDS_PER_HOUR)
  const known = parisOffsets.get(hour)
  if (known !== undefined) return known
  if (parisOffsets.size >= OFFSETS_KEPT) parisOffsets.clear()
  const offset = readParisOffset(hour)
  parisOffsets.set(hour, offset)
  return offset
}

/**
 * Reads the provider's `YYYY-MM-DD HH:mm:ss` (clocks of Paris, no zone). Zero and partial dates (`0000-00-00 00:00:00`,
 * `1989-00-00 …`) are no times: `null`; nor are placeholders such as `0001-01-01` and `9999-12-31`.
 */
export const parseParisTime = (text: string): Instant | null => {
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})$/.exec(text)
  if (match === null) return null
  const [, date = '', time = ''] = match
  const wallClock = Date.parse(`${date}T${time}Z`)
  if (Number.isNaN(wallClock) || !isCalendarDate(date) || date < '1900' || date >= '9999') return null
  const guess = wallClock - parisOffset(wallClock)
  return fromMilliseconds(wallClock - parisOffset(guess))
}

/** `YYYY-MM-DD`, if it names a day that exists; `null` for zero and partial dates. */
export const parseDate = (text: string): string | null =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && isCalendarDate(text) && !text.startsWith('0000') ? text : null

const UNIT_BY_DIGITS: Readonly<Record<number, number>> = { 10: 1_000_000, 13: 1000, 14: 100 }

/** The time of a number (or its digits) by its magnitude: 10 digits are seconds, 13 milliseconds, 14 tenths of milliseconds. */
const parseEpoch = (raw: string | number): Instant | null => {
  const value = Number(raw)
  if (!Number.isFinite(value) || value < 0) return null
  const unit = UNIT_BY_DIGITS[String(Math.trunc(value)).length]
  return unit === undefined ? null : (Math.round(value * unit) as Instant)
}

const ISO_8601 =
  /^(\d{4})(-?)(\d{2})\2(\d{2})[Tt ](\d{2})(:?)(\d{2})(?:\6(\d{2})(?:[.,](\d{1,9})\d*)?)?([Zz]|([+-]\d{2})(?::?(\d{2}))?)$/

/** Reads ISO 8601 with a zone in more spellings than RFC 3339 has: without separators, without seconds, `+02`, `+0200`. */
const parseIso8601 = (text: string): Instant | null => {
  const match = ISO_8601.exec(text)
  if (match === null) return null
  const [, year, , month, day, hour, , minute, second = '00', fraction = '0', zone, hours, minutes = '00'] = match
  const offset = hours === undefined ? zone : `${hours}:${minutes}`
  return parseRfc3339(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}${offset}`)
}

/**
 * What became of the time that a webhook claims. One that is there and cannot be read is another matter than one that is
 * not there: the provider always sends what can be read.
 */
export type WebhookCreatedAt =
  | { readonly claim: 'absent' }
  | { readonly claim: 'unreadable' }
  | { readonly claim: 'read'; readonly at: Instant }

/**
 * Reads `webhook_created_at` as it stands in the JSON (`undefined` for a member that is not there): a number by its
 * magnitude (10 digits are seconds, 13 milliseconds, 14 tenths of milliseconds, the documented unit), such a number as text, or
 * ISO 8601 with a zone. `null` and `""` are absent, anything else is unreadable.
 */
export const readWebhookCreatedAt = (raw: unknown): WebhookCreatedAt => {
  if (raw === undefined || raw === null || raw === '') return { claim: 'absent' }
  const isEpoch = typeof raw === 'number' || (typeof raw === 'string' && /^\d{10,14}(\.\d+)?$/.test(raw))
  const at = isEpoch ? parseEpoch(raw) : typeof raw === 'string' ? parseIso8601(raw) : null
  return at === null ? { claim: 'unreadable' } : { claim: 'read', at }
}

const instantCodec = (name: string, parse: (text: string) => Instant | null): t.Type<Instant, string, unknown> =>
  new t.Type<Instant, string, unknown>(
    name,
    (u): u is Instant => typeof u === 'number' && Number.isFinite(u),
    (u, context) => {
      const instant = typeof u === 'string' ? parse(u) : null
      return instant === null ? t.failure(u, context) : E.right(instant)
    },
    format,
  )

/** RFC 3339 text with a zone. */
export const InstantFromRfc3339 = instantCodec('RFC 3339 time', parseRfc3339)

/** The provider's local time of Paris. */
export const InstantFromParisTime = instantCodec('Paris time YYYY-MM-DD HH:mm:ss', parseParisTime)
