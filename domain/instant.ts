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

/** RFC 3339 in UTC with milliseconds, rounded down: how the read API shows a time. */
export const formatMilliseconds = (instant: Instant): string => new Date(toMilliseconds(instant)).toISOString()

/** RFC 3339 in UTC with microseconds: how a time is stored, without loss. */
export const format = (instant: Instant): string =>
  formatMilliseconds(instant).replace('Z', `${String(instant - toMilliseconds(instant) * 1000).padStart(3, '0')}Z`)

/** The later of two times; a time that is not there is earlier than any. */
export const later = (a: Instant | null, b: Instant | null): Instant | null =>
  a === null ? b : b === null ? a : b > a ? b : a

const RFC_3339 = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/

const FIRST_WRITABLE = Date.parse('0000-01-01T00:00:00Z')
const LAST_WRITABLE = Date.parse('9999-12-31T23:59:59Z')

/** RFC 3339 writes the years 0000 to 9999 only (here: of UTC); a time beyond them could not be stored and read back. */
const isWritable = (milliseconds: number): boolean => milliseconds >= FIRST_WRITABLE && milliseconds <= LAST_WRITABLE

/** Days and months that do not exist (2024-02-30) are moved by `Date`, not refused: this tells them apart. */
const isCalendarDate = (date: string): boolean => {
  const milliseconds = Date.parse(`${date}T00:00:00Z`)
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(date)
}

/** Reads RFC 3339 with a zone and up to nine decimals (cut after the sixth); `null` for anything else. */
export const parseRfc3339 = (text: string): Instant | null => {
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

/** How far the clocks of Paris are ahead of UTC at that moment, in milliseconds. */
const parisOffset = (milliseconds: number): number => {
  const part: Record<string, string> = {}
  for (const { type, value } of PARIS.formatToParts(milliseconds)) part[type] = value
  return (
    Date.parse(`${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}Z`) -
    Math.floor(milliseconds / 1000) * 1000
  )
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

/**
 * Reads `webhook_created_at` by its magnitude: 10 digits are seconds, 13 milliseconds, 14 tenths of milliseconds (the
 * documented unit); numeric strings too. Anything else counts as missing.
 */
export const parseWebhookCreatedAt = (raw: unknown): Instant | null => {
  const value = typeof raw === 'string' && /^\d{10,14}(\.\d+)?$/.test(raw) ? Number(raw) : raw
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return null
  const unit = UNIT_BY_DIGITS[String(Math.trunc(value)).length]
  return unit === undefined ? null : (Math.round(value * unit) as Instant)
}

const instantCodec = (name: string, parse: (text: string) => Instant | null): t.Type<Instant, string, unknown> =>
  new t.Type<Instant, string, unknown>(
    name,
    (u): u is Instant => typeof u === 'number',
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
