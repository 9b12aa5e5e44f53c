import type { Logger } from '../log/log.ts'
import { type Checkpoint, writeCheckpoint } from './checkpoint.ts'
import type { Timing } from './timing.ts'

/** Between two writings: after a crash what was delivered in between is delivered again. */
const EVERY_MS = 500

/** Writes the checkpoint of an endpoint, again and again. */
export interface Keeping {
  /** It is another one: it is written soon. */
  readonly changed: () => void
  /** Writes it as it stands now; whether that could be done. */
  readonly now: () => Promise<boolean>
  /** Writes it for the last time. */
  readonly stop: () => Promise<void>
}

/** A checkpoint that cannot be written stops nothing: what is not in it is sent again after the next start. */
export const keepIn = (file: string, checkpoint: () => Checkpoint, sleep: Timing['sleep'], log: Logger): Keeping => {
  const ending = new AbortController()
  let isChanged = false
  let isFailing = false
  let last: Promise<boolean> = Promise.resolve(true)
  let running: Promise<void> | null = null

  const write = async (): Promise<boolean> => {
    isChanged = false
    try {
      await writeCheckpoint(file, checkpoint())
      isFailing = false
    } catch (error) {
      isChanged = true
      const reason = error instanceof Error && 'code' in error ? error.code : String(error)
      if (!isFailing) log.error({ reason }, 'a checkpoint of outgoing webhooks cannot be written')
      isFailing = true
    }
    return !isFailing
  }
  const now = (): Promise<boolean> => {
    last = last.then(write)
    return last
  }
  const run = async (): Promise<void> => {
    while (isChanged && !ending.signal.aborted) {
      await now()
      await sleep(EVERY_MS, ending.signal)
    }
    running = null
  }
  return {
    changed: () => {
      isChanged = true
      running ??= run()
    },
    now,
    stop: async () => {
      ending.abort()
      await running
      await now()
    },
  }
}
