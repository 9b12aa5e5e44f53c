import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, type Instant, parseRfc3339 } from '../../domain/instant.ts'

const FILE = 'clock-doubted'

interface KeptDoubt {
  /** The clock is doubted from now on; not longer, where it was already. */
  readonly begin: (now: Instant) => void
  /** Until when it is; `null` where it is not, or not any more: also once it was set back behind the beginning. */
  readonly until: (now: Instant) => Instant | null
}

/** That a clock is doubted, for so many microseconds of its own, in a file of the data directory. Throws where that cannot be written. */
export const keepDoubt = (dataDir: string, lasts: number): KeptDoubt => {
  const file = join(dataDir, FILE)
  const read = (): Instant | null => {
    try {
      return parseRfc3339(readFileSync(file, 'utf8').trim())
    } catch {
      return null
    }
  }
  let until = read()
  const standing = (now: Instant): Instant | null =>
    until !== null && now < until && now >= until - lasts ? until : null
  return {
    begin: (now) => {
      if (standing(now) !== null) return
      until = (now + lasts) as Instant
      writeFileSync(`${file}.next`, `${format(until)}\n`, { flush: true })
      renameSync(`${file}.next`, file)
    },
    until: (now) => {
      const stands = standing(now)
      if (stands === null && until !== null) {
        until = null
        rmSync(file, { force: true })
      }
      return stands
    },
  }
}
