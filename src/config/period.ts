import * as E from 'fp-ts/lib/Either.js'

const PATTERN = /^P(?=.)(?:(\d{1,3})D)?(?:T(?=\d)(?:(\d{1,3})H)?(?:(\d{1,3})M)?(?:(\d{1,5})S)?)?$/
const LONGEST_DAYS = 31

/** Seconds of a period of days, hours, minutes and seconds (ISO 8601), for instance `P1D` or `PT6H`; `null` for anything else, and for none. */
export const secondsOf = (text: string): number | null => {
  const match = PATTERN.exec(text)
  if (match === null) return null
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0))
  const all = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
  return all === 0 || all > LONGEST_DAYS * 86_400 ? null : all
}

/** What is wrong with one that cannot be read. */
export const NO_PERIOD = `must be a period of at most ${LONGEST_DAYS} days, such as P1D or PT6H (ISO 8601: PnDTnHnMnS)`

/** Reads one in seconds, or what is wrong with it. */
export const readPeriod = (name: string, text: string): E.Either<string, number> => {
  const seconds = secondsOf(text)
  return seconds === null ? E.left(`${name}: ${NO_PERIOD}`) : E.right(seconds)
}
