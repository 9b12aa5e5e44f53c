import type { UserId } from '../../../domain/identifiers.ts'
import type { Position } from '../../eventStore/recordedEvent.ts'
import type { Untrusted } from '../../ledger/trustedStore.ts'
import type { Logger } from '../../log/log.ts'
import { keepRunning } from '../../threads/keepRunning.ts'
import { type AwaitedPosition, awaitedPosition } from './awaitedPosition.ts'
import { nobodyWaiting } from './pacing.ts'
import type { Progress } from './progress.ts'
import type { ProjectionThreadData, ProjectionWord } from './projectionThread.ts'

/** The projection as the rest of the service sees it. */
export interface Projection extends Pick<AwaitedPosition, 'reached' | 'moved'> {
  /** Everything up to here is in the read model. */
  readonly position: () => Position | null
  /** Whether it has reached the end of the log since the service started, and runs. */
  readonly hasCaughtUp: () => boolean
  /** Whether it follows the log now: not from when it lost the log until it has reached the end again. */
  readonly follows: () => boolean
  /** Finishes the batch under way. */
  readonly stop: () => Promise<void>
  /** The read model was found damaged: it is thrown away, and made anew from the log. */
  readonly makeAnew: () => void
  /** The answer of a user is not the one that was folded: he is folded anew. */
  readonly foldAnew: (userId: UserId) => void
  /** A part of the log is not the one that was sealed, or none any more. */
  readonly distrust: (untrusted: Untrusted | null) => void
  /** How often it has been started: the file may be another one after each start. */
  readonly starts: () => number
}

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
export const startProjection = (
  { untrusted: first, ...data }: Omit<ProjectionThreadData, 'waiting'>,
  log: Logger,
  { replaced, heard }: Hearing,
): Projection => {
  let untrusted = first
  let position: Position | null = null
  let caughtUp = false
  let follows = false
  let wasLost = false
  const stopping = new AbortController()
  const waiting = nobodyWaiting()
  const awaited = awaitedPosition(() => position, stopping.signal, waiting)

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
    awaited.look()
  }

  const stopped = (): void => {
    caughtUp = false
    follows = false
  }
  const module = new URL('./projectionThread.ts', import.meta.url)
  const thread = keepRunning<Progress, ProjectionWord>(
    { module, data: () => ({ ...data, untrusted, waiting }), name: 'the projection' },
    log,
    stopping.signal,
    {
      said: progressed,
      stopped,
    },
  )

  return {
    position: () => position,
    hasCaughtUp: () => caughtUp,
    follows: () => follows,
    starts: thread.starts,
    makeAnew: () => thread.say('make anew'),
    foldAnew: (userId) => thread.say({ foldAnew: userId }),
    distrust: (part) => {
      untrusted = part
      thread.say({ distrust: part })
    },
    reached: awaited.reached,
    moved: awaited.moved,
    stop: () => {
      stopping.abort()
      awaited.look()
      thread.say('stop')
      return thread.ended
    },
  }
}
