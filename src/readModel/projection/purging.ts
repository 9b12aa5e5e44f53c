import { setTimeout as delay } from 'node:timers/promises'
import type { ReadModelWriter } from '../database/writer.ts'

const TRIES = 20
const AGAIN_MS = 100

/**
 * Has what was removed of the read model overwritten in its files: asked after each batch, it does so where rows of an erased user
 * went, once the end of the log is reached. A reader is in the way for as long as it reads a row.
 */
export const purging = (
  model: Pick<ReadModelWriter, 'purge'>,
): ((removed: boolean, caughtUp: boolean) => Promise<void>) => {
  let isDue = false
  return async (removed, caughtUp) => {
    isDue ||= removed
    for (let tries = 0; isDue && caughtUp && tries < TRIES; tries += 1) {
      isDue = !model.purge()
      if (isDue) await delay(AGAIN_MS)
    }
  }
}
