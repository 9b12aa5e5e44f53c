import { isCalendarDate, wallClockOf } from '../calendar.ts'
import { fromMilliseconds, type Instant, instantCodec } from '../instant.ts'

/** Made when it is asked first: a thread that reads no time of the provider need not have the platform's calendar, which takes a while. */
let paris: Intl.DateTimeFormat | undefined
const calendarOfParis = (): Intl.DateTimeFormat => {
  paris ??= new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Europe/Paris',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  return paris
}

const MILLISECONDS_PER_HOUR = 3_600_000

/** How far the clocks of Paris are ahead of UTC in that hour, in milliseconds; since 1911 they are only moved on the hour. */
const readParisOffset = (hour: number): number => {
  const part: Record<string, string> = {}
  for (const { type, value } of calendarOfParis().formatToParts(hour * MILLISECONDS_PER_HOUR)) part[type] = value
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

const LENGTH = 'YYYY-MM-DD HH:mm:ss'.length

/** What clocks show, in milliseconds since 1970: the end of a day as `24:00:00`, too. `NaN` of what they never show. */
const readSlowly = (text: string): number => {
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})$/.exec(text)
  if (match === null) return Number.NaN
  const [, date = '', time = ''] = match
  return isCalendarDate(date) ? Date.parse(`${date}T${time}Z`) : Number.NaN
}

/**
 * Reads the provider's `YYYY-MM-DD HH:mm:ss` (clocks of Paris, no zone). Zero and partial dates (`0000-00-00 00:00:00`,
 * `1989-00-00 …`) are no times: `null`; nor are placeholders such as `0001-01-01` and `9999-12-31`. Of an hour that comes twice it is the
 * second one; in an hour that never comes, the time is told by a clock that was not set yet.
 */
export const parseParisTime = (text: string): Instant | null => {
  const quick = text.length === LENGTH ? wallClockOf(text, ' ') * 1000 : Number.NaN
  const wallClock = Number.isNaN(quick) ? readSlowly(text) : quick
  if (Number.isNaN(wallClock) || text < '1900' || text >= '9999') return null
  const guess = wallClock - parisOffset(wallClock)
  return fromMilliseconds(wallClock - parisOffset(guess))
}

/** The provider's local time of Paris. */
export const InstantFromParisTime = instantCodec('Paris time YYYY-MM-DD HH:mm:ss', parseParisTime)
