import { setTimeout as delay } from 'node:timers/promises'
import type { Response } from 'express'
import type { Instant } from '../../../domain/instant.ts'
import { unavailable } from '../problem.ts'
import type { Sources } from './sources.ts'

const MILLISECOND_WAITS = 50

/**
 * Waits until the millisecond of `knownAt` is over: until then more may come to be known in it. `false`, after 503 was answered, where
 * it does not end.
 */
export const isOver = async (
  { now }: Pick<Sources, 'now'>,
  res: Response,
  knownAt: Instant | null,
): Promise<boolean> => {
  for (let waited = 0; knownAt !== null && knownAt >= now(); waited++) {
    if (waited === MILLISECOND_WAITS) {
      unavailable(res, 'clock-stands-still', 'the clock stands still', 1)
      return false
    }
    await delay(1)
  }
  return true
}
