import type { ReadModelWriter } from '../database/writer.ts'

/** A reader may be in the way for as long as it reads; each try waits for it for half a minute. */
const TRIES = 20

/**
 * Has what was removed of the read model overwritten in its files, while the projection goes on: told after each batch, it does so
 * where rows of an erased user went, once the end of the log is reached; and once in any case, since a process that removed some may
 * have died then.
 */
export const purging = (model: Pick<ReadModelWriter, 'purge'>): ((removed: boolean, caughtUp: boolean) => void) => {
  let isDue = true
  let isRunning = false
  const run = async (): Promise<void> => {
    isRunning = true
    for (let tries = 0; isDue && tries < TRIES; tries += 1) {
      isDue = false
      await model.purge().catch(() => {
        isDue = true
      })
    }
    isRunning = false
  }
  return (removed, caughtUp) => {
    isDue ||= removed
    if (isDue && caughtUp && !isRunning) void run()
  }
}
