const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

/** How many days a month has; 0 for a month that does not exist. */
export const daysOfMonth = (year: number, month: number): number =>
  month === 2 && isLeapYear(year) ? 29 : (DAYS_OF_MONTH[month - 1] ?? 0)

/** Days and months that do not exist (2024-02-30) are moved by `Date`, not refused: this tells them apart. */
export const isCalendarDate = (date: string): boolean => {
  const day = Number(date.slice(8, 10))
  return day >= 1 && day <= daysOfMonth(Number(date.slice(0, 4)), Number(date.slice(5, 7)))
}

const DAYS_BEFORE_EPOCH = 719_468

/** Of the Gregorian calendar, counted from 1970-01-01. A year is taken to begin in March, so that the leap day is its last. */
export const daysSinceEpoch = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return 365 * y + leapDays + dayOfYear - DAYS_BEFORE_EPOCH
}

const ZERO = 0x30

/** So many digits of a text as a number; `NaN` where one is none. */
export const numberAt = (text: string, from: number, digits: number): number => {
  let value = 0
  for (let i = from; i < from + digits; i++) {
    const digit = text.charCodeAt(i) - ZERO
    // What lies behind the end is no digit, either.
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = 10 * value + digit
  }
  return value
}

/**
 * The seconds since 1970 that clocks show where a text begins `YYYY-MM-DDTHH:mm:ss`, with `between` for the T; `NaN` where they never show
 * that. Without regular expression and `Date` it takes a fraction of the time.
 */
export const wallClockOf = (text: string, between: string): number => {
  const isSpelled = text[4] === '-' && text[7] === '-' && text[10] === between && text[13] === ':' && text[16] === ':'
  if (!isSpelled) return Number.NaN
  const [year, month, day] = [numberAt(text, 0, 4), numberAt(text, 5, 2), numberAt(text, 8, 2)]
  const [hour, minute, second] = [numberAt(text, 11, 2), numberAt(text, 14, 2), numberAt(text, 17, 2)]
  const exists = day >= 1 && day <= daysOfMonth(year, month) && hour <= 23 && minute <= 59 && second <= 59
  return exists ? ((daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second : Number.NaN
}

/** A day of the Gregorian calendar; months and days from 1. */
export interface CalendarDay {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** The day that is so many days after 1970-01-01: the inverse of `daysSinceEpoch`. */
export const dayOfCalendar = (days: number): CalendarDay => {
  const since = days + DAYS_BEFORE_EPOCH
  const era = Math.floor(since / 146_097)
  const dayOfEra = since - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  }
}

/** `YYYY-MM-DD`, if it names a day that exists; `null` for zero and partial dates. */
export const parseDate = (text: string): string | null =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && isCalendarDate(text) && !text.startsWith('0000') ? text : null
