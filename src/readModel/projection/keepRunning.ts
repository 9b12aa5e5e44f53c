import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Logger } from '../../log/log.ts'
import type { Progress } from './progress.ts'
import type { ProjectionThreadData, ProjectionWord } from './projectionThread.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2000
/** After so long a run a failure counts as the first. */
const STEADY_MS = 10_000

/** The projection's thread, whichever it is now. */
interface RunningThread {
  /** Resolves when the last thread has ended, after `stopping`. */
  readonly ended: Promise<void>
  readonly say: (word: ProjectionWord) => void
  /** How often one was started. */
  readonly starts: () => number
}

/**
 * Runs the projection in a thread, and starts it again from its checkpoint, after a growing pause, whenever it fails, until
 * `stopping` aborts. `stopped` is called each time a thread has ended.
 */
export const keepRunning = (
  data: ProjectionThreadData,
  log: Logger,
  stopping: AbortSignal,
  progressed: (progress: Progress) => void,
  stopped: () => void,
): RunningThread => {
  let worker: Worker | undefined
  let starts = 0

  const runOnce = (): Promise<Error | null> =>
    new Promise((resolve) => {
      const thread = new Worker(new URL('./projectionThread.ts', import.meta.url), { workerData: data })
      let failure: Error | null = null
      worker = thread
      starts += 1
      thread.on('message', progressed)
      thread.on('error', (error) => {
        failure = error instanceof Error ? error : new Error(String(error))
      })
      thread.on('exit', () => resolve(failure))
    })

  const runUntilStopped = async (): Promise<void> => {
    let pause = FIRST_PAUSE_MS
    while (!stopping.aborted) {
      const startedAt = performance.now()
      const failure = await runOnce()
      stopped()
      if (stopping.aborted) return
      log.error({ reason: failure?.message, pauseMs: pause }, 'the projection stopped; it is started again')
      pause = performance.now() - startedAt > STEADY_MS ? FIRST_PAUSE_MS : Math.min(2 * pause, LONGEST_PAUSE_MS)
      await delay(pause, undefined, { signal: stopping }).catch(() => undefined)
    }
  }
  return { ended: runUntilStopped(), say: (word) => worker?.postMessage(word), starts: () => starts }
}
