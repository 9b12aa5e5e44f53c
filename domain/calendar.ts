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

/** `YYYY-MM-DD`, if it names a day that exists; `null` for zero and partial dates. */
export const parseDate = (text: string): string | null =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && isCalendarDate(text) && !text.startsWith('0000') ? text : null
