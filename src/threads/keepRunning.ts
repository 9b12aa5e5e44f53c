import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { inWords } from '../files/whyNot.ts'
import { youngAtMost } from '../heap/youngGeneration.ts'
import type { Logger } from '../log/log.ts'

/** A thread that follows the log needs what it reads of it for a moment, and nobody waits while it collects. */
const YOUNG_MIB = 8

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2000
/** After so long a run a failure counts as the first. */
const STEADY_MS = 10_000
/** For so long the same reason is not told again: a full disk would have a line every two seconds, all night. */
const SAID_MS = 60_000

/** Which thread. */
interface ThreadToRun {
  readonly module: URL
  /** Asked for at each start. */
  readonly data: () => unknown
  /** What it is called in the log: `the projection`. */
  readonly name: string
}

/** Whoever is told of what becomes of it. */
interface ThreadEvents<Said> {
  readonly said: (message: Said) => void
  /** Called each time a thread has ended, with why where it failed. */
  readonly stopped: (reason: string | null) => void
}

/** A thread that is kept running, whichever it is now. */
export interface RunningThread<Word> {
  /** Resolves when the last thread has ended, after `stopping`. */
  readonly ended: Promise<void>
  readonly say: (word: Word) => void
  /** How often one was started. */
  readonly starts: () => number
  /** Ends it whatever it is at. */
  readonly terminate: () => void
}

/** Runs a worker thread, and starts it again, after a growing pause, whenever it fails, until `stopping` aborts; says why, the same once a minute. */
export const keepRunning = <Said, Word>(
  { module, data, name }: ThreadToRun,
  log: Logger,
  stopping: AbortSignal,
  { said, stopped }: ThreadEvents<Said>,
): RunningThread<Word> => {
  let worker: Worker | undefined
  let starts = 0

  const runOnce = (): Promise<Error | null> =>
    new Promise((resolve) => {
      const thread = new Worker(module, { workerData: data(), ...youngAtMost(YOUNG_MIB) })
      let failure: Error | null = null
      worker = thread
      starts += 1
      thread.on('message', said)
      thread.on('error', (error) => {
        failure = new Error(inWords(error))
      })
      thread.on('exit', () => resolve(failure))
    })

  const runUntilStopped = async (): Promise<void> => {
    let pause = FIRST_PAUSE_MS
    let said: { readonly reason: string | undefined; readonly at: number } | null = null
    while (!stopping.aborted) {
      const startedAt = performance.now()
      const failure = await runOnce()
      stopped(failure?.message ?? null)
      if (stopping.aborted) return
      const reason = failure?.message
      const wasSteady = performance.now() - startedAt > STEADY_MS
      if (wasSteady || said === null || said.reason !== reason || performance.now() - said.at > SAID_MS) {
        log.error({ reason, pauseMs: pause }, `${name} stopped; it is started again`)
        said = { reason, at: performance.now() }
      }
      pause = wasSteady ? FIRST_PAUSE_MS : Math.min(2 * pause, LONGEST_PAUSE_MS)
      await delay(pause, undefined, { signal: stopping }).catch(() => undefined)
    }
  }
  return {
    ended: runUntilStopped(),
    say: (word) => worker?.postMessage(word),
    starts: () => starts,
    terminate: () => void worker?.terminate(),
  }
}
