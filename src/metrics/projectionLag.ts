import type { Progress } from '../readModel/projection/progress.ts'

/**
 * Tells how long each batch took from when its newest event was recorded. Events of before the start tell nothing of it, nor those that
 * come again, as in a rebuild. By the clock of the node that recorded it: one that is ahead shows as no lag.
 *
 * @param now microseconds since 1970
 */
export const projectionLag = (
  tell: (seconds: number) => void,
  now: () => number = () => Date.now() * 1000,
): ((progress: Pick<Progress, 'newest'>) => void) => {
  let newestTold = now()
  return ({ newest }) => {
    if (newest === undefined || newest <= newestTold) return
    newestTold = newest
    tell(Math.max(0, now() - newest) / 1_000_000)
  }
}
