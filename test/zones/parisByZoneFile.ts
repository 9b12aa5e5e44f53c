import { spawnSync } from 'node:child_process'

/** From `at` on, in seconds since 1970, the clocks are ahead of UTC by so many seconds. */
export interface Change {
  readonly at: number
  readonly before: number
  readonly after: number
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const LINE = /^Europe\/Paris {2}\w+ (\w+) +(\d+) (\d+:\d+:\d+) (\d+) UT = .* gmtoff=(-?\d+)$/

/** What `zdump` reads in the zone file of the system: two lines for each change, the second before it and the second of it. */
export const changesOfParis = (zdump: string): readonly Change[] => {
  const { stdout, status } = spawnSync(zdump, ['-v', '-c', '1911,2038', 'Europe/Paris'], { encoding: 'utf8' })
  if (status !== 0) throw new Error('zdump does not read the zone of Paris')
  const lines = stdout.split('\n').flatMap((line) => {
    const [, month = '', day, time, year, offset] = LINE.exec(line) ?? []
    if (year === undefined) return []
    const date = `${year}-${String(MONTHS.indexOf(month) + 1).padStart(2, '0')}-${String(day).padStart(2, '0')}`
    return [{ at: Date.parse(`${date}T${time}Z`) / 1000, offset: Number(offset) }]
  })
  return lines.flatMap(({ at, offset }, index) => {
    const earlier = lines[index - 1]
    return earlier !== undefined && earlier.at === at - 1 && earlier.offset !== offset
      ? [{ at, before: earlier.offset, after: offset }]
      : []
  })
}

/** A reading of the clocks, as the provider writes it, and each moment at which they show it, in seconds since 1970. */
export interface Reading {
  readonly text: string
  readonly moments: readonly number[]
  /** Where they never show it: the moment by the clock as it went before the change that passes over it. */
  readonly passedOver: number | null
}

const HOUR = 3600
const STEP = 600

const textOf = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')

/** Every ten minutes and both seconds beside each hour, on the clocks of the hours around each change. */
export const readingsAround = (changes: readonly Change[]): readonly Reading[] =>
  changes.flatMap(({ at, before, after }, index) => {
    const offsetAt = (moment: number): number => {
      if (moment < at) return moment < (changes[index - 1]?.at ?? Number.NEGATIVE_INFINITY) ? Number.NaN : before
      return moment < (changes[index + 1]?.at ?? Number.POSITIVE_INFINITY) ? after : Number.NaN
    }
    const readings: Reading[] = []
    const from = at + Math.min(before, after) - 3 * HOUR
    const to = at + Math.max(before, after) + 3 * HOUR
    for (let tick = Math.ceil(from / STEP) * STEP; tick <= to; tick += STEP) {
      for (const shown of tick % HOUR === 0 ? [tick - 1, tick] : [tick]) {
        const moments = [before, after]
          .map((offset) => shown - offset)
          .filter((moment, of, all) => offsetAt(moment) === shown - moment && all.indexOf(moment) === of)
          .sort((a, b) => a - b)
        readings.push({ text: textOf(shown), moments, passedOver: moments.length === 0 ? shown - before : null })
      }
    }
    return readings
  })
