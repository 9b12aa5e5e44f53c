import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Position } from '../../eventStore/recordedEvent.ts'
import type { Logger } from '../../log/log.ts'
import type { Progress } from './progress.ts'
import type { ProjectionThreadData } from './projectionThread.ts'

/** The projection as the rest of the service sees it. */
export interface Projection {
  /** Everything up to here is in the read model. */
  readonly position: () => Position | null
  /** Whether it has reached the end of the log since the service started, and runs. */
  readonly hasCaughtUp: () => boolean
  /** Whether it follows the log now: not from when it lost the log until it has reached the end again. */
  readonly follows: () => boolean
  /** Resolves to `true` once the read model has come to `position`, to `false` after `milliseconds` or when it stops. */
  readonly reached: (position: Position, milliseconds: number) => Promise<boolean>
  /** Finishes the batch under way. */
  readonly stop: () => Promise<void>
  /** The read model was found damaged: it is thrown away, and made anew from the log. */
  readonly makeAnew: () => void
  /** How often it has been started: the file may be another one after each start. */
  readonly starts: () => number
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2000
/** After so long a run a failure counts as the first. */
const STEADY_MS = 10_000

/** Whoever is told what the projection comes upon. */
export interface Hearing {
  /** The log has become another one than the read model was made from. */
  readonly replaced: () => void
  readonly heard: (progress: Progress) => void
}

/**
 * Runs the projection in a thread of its own, where folding and writing hold up no request, and starts it again from
 * its checkpoint, after a growing pause, whenever it fails. `replaced` is called when the log has become another
 * one than it was made from, `heard` with all that is told on the way.
 */
export const startProjection = (data: ProjectionThreadData, log: Logger, { replaced, heard }: Hearing): Projection => {
  let position: Position | null = null
  let caughtUp = false
  let follows = false
  let wasLost = false
  const waiting = new Set<() => void>()
  const stopping = new AbortController()
  let worker: Worker | undefined
  let starts = 0

  const progressed = (progress: Progress): void => {
    if (progress.replaced) return replaced()
    heard(progress)
    position = progress.position ?? position
    if (progress.lost !== undefined) {
      log.warn({ reason: progress.lost }, 'the log can no longer be followed; the projection goes on as soon as it can')
      follows = false
      wasLost = true
    } else if (progress.caughtUp) {
      if (wasLost) log.info('the log is followed again, up to its end')
      follows = true
      wasLost = false
    }
    for (const { stream, kind, reason } of progress.uncertain ?? []) {
      log.error({ stream, kind, reason }, 'nothing is certain about a user: his events cannot be read or folded')
    }
    caughtUp ||= progress.caughtUp
    for (const look of waiting) look()
  }

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
    while (!stopping.signal.aborted) {
      const startedAt = performance.now()
      const failure = await runOnce()
      caughtUp = false
      follows = false
      if (stopping.signal.aborted) return
      log.error({ reason: failure?.message, pauseMs: pause }, 'the projection stopped; it is started again')
      pause = performance.now() - startedAt > STEADY_MS ? FIRST_PAUSE_MS : Math.min(2 * pause, LONGEST_PAUSE_MS)
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const running = runUntilStopped()
  const hasReached = (wanted: Position): boolean => position !== null && position >= wanted

  return {
    position: () => position,
    hasCaughtUp: () => caughtUp,
    follows: () => follows,
    starts: () => starts,
    makeAnew: () => worker?.postMessage('make anew'),
    reached: async (wanted, milliseconds) =>
      hasReached(wanted) ||
      new Promise((resolve) => {
        const done = (reached: boolean): void => {
          waiting.delete(look)
          clearTimeout(timer)
          resolve(reached)
        }
        const look = (): void => {
          if (hasReached(wanted)) done(true)
          else if (stopping.signal.aborted) done(false)
        }
        const timer = setTimeout(done, milliseconds, false)
        waiting.add(look)
        look()
      }),
    stop: () => {
      stopping.abort()
      for (const look of waiting) look()
      worker?.postMessage('stop')
      return running
    },
  }
}
