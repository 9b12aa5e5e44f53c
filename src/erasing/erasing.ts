import { setTimeout as delay } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import { streamOf, UNATTRIBUTED } from '../ledger/streams.ts'
import type { Logger } from '../log/log.ts'
import { askForWholes } from './askingForWholes.ts'
import { type CarryingOut, carryOut } from './carryOut.ts'
import type { Course } from './course.ts'
import type { KnownErasures } from './knownErasures.ts'

const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 300_000
/** So often it is looked whether somebody left something undone. */
const LOOK_EVERY_MS = 60_000
const AGAIN_MS = 5000

/** What carries erasures out in the background. */
export interface ErasingProcess {
  /** The log may say something new of erasures; `begun`: those that this node is to carry out at once. */
  readonly wake: (begun?: readonly number[]) => void
  /** Finishes the step under way. */
  readonly stop: () => Promise<void>
}

interface Surroundings {
  readonly out: Omit<CarryingOut, 'isStopping'>
  /** Has the journal of this node forget those who are erased. */
  readonly forget: (known: KnownErasures) => Promise<E.Either<string, number>>
  /** Whether this node keeps the tree of the log, without which nothing can be recorded to go. */
  readonly isSealed: boolean
  /** So long the node that began has for an erasure before another one goes on with it. */
  readonly graceMs: number
  readonly log: Logger
  readonly completed: () => void
}

interface Failure {
  readonly times: number
  readonly until: number
  readonly reason: string
}

const streamIn = ({ userId }: Course): string => (userId === null ? UNATTRIBUTED : streamOf(userId))

/**
 * Carries out what is confirmed: what this node began at once, what another one did after a while in which nothing came of it. What
 * fails is tried again, after a growing pause, and keeps nothing else from its end.
 */
export const startErasing = ({ out, forget, isSealed, graceMs, log, completed }: Surroundings): ErasingProcess => {
  const { known } = out
  const stopping = new AbortController()
  const begunHere = new Set<number>()
  const lastSeen = new Map<number, { readonly course: Course; readonly at: number }>()
  const failures = new Map<number, Failure>()
  let journalFailed = ''
  let wakened = Promise.withResolvers<void>()

  const fail = (erasure: number, reason: string): void => {
    const before = failures.get(erasure)
    const times = (before?.times ?? 0) + 1
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (times - 1), LONGEST_PAUSE_MS)
    failures.set(erasure, { times, until: performance.now() + pause, reason })
    if (before?.reason !== reason) log.warn({ erasure, reason }, 'an erasure is not complete: it is tried again')
  }
  const end = (erasure: number): void => {
    failures.delete(erasure)
    begunHere.delete(erasure)
    lastSeen.delete(erasure)
  }

  /** From when on this node carries it out. */
  const dueAt = (course: Course): number => {
    const { erasure } = course
    const seen = lastSeen.get(erasure)
    // Whoever is at it moves it on.
    if (seen?.course !== course) lastSeen.set(erasure, { course, at: performance.now() })
    const mine = begunHere.has(erasure) ? 0 : (lastSeen.get(erasure)?.at ?? 0) + graceMs
    return Math.max(mine, failures.get(erasure)?.until ?? 0)
  }

  /** Whether that could be done: it needs the read model at the end of the log. */
  const lookForWholes = async (): Promise<boolean> => {
    try {
      for (const erasure of await askForWholes(known, out.append, out.judging)) begunHere.add(erasure)
      return true
    } catch {
      return false
    }
  }

  /** Gives in how many milliseconds to look again. */
  const round = async (): Promise<number> => {
    await known.readOn()
    const forgotten = await forget(known)
    const why = E.isLeft(forgotten) ? forgotten.left : ''
    if (why !== '' && why !== journalFailed)
      log.warn({ reason: why }, 'the journal may still hold deliveries about erased users')
    journalFailed = why
    const isLooked = !isSealed || (await lookForWholes())
    const pending = known.courses.pending()
    const now = performance.now()
    const ready = pending.filter((course) => dueAt(course) <= now)
    if (ready.length > 0) {
      await carryOut({ ...out, isStopping: () => stopping.signal.aborted }, ready, {
        failed: fail,
        withdrawn: (erasure, reason) => {
          end(erasure)
          log.warn({ erasure, reason }, 'an erasure that was confirmed is not allowed any more: it is withdrawn')
        },
        completed: (course, files) => {
          end(course.erasure)
          completed()
          const { erasure, events } = course
          log.info({ erasure, stream: streamIn(course), events, files }, 'an erasure is complete')
        },
      })
    }
    const next = known.courses.pending().map((course) => dueAt(course) - performance.now())
    return Math.max(
      0,
      Math.min(why === '' ? LOOK_EVERY_MS : AGAIN_MS, isLooked ? LOOK_EVERY_MS : FIRST_PAUSE_MS, ...next),
    )
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      wakened = Promise.withResolvers()
      const pause = await round().catch((error: unknown) => {
        log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'erasures cannot be looked at')
        return AGAIN_MS
      })
      const waiting = new AbortController()
      const until = delay(pause, undefined, { signal: AbortSignal.any([waiting.signal, stopping.signal]), ref: false })
      await Promise.race([until.catch(() => undefined), wakened.promise])
      waiting.abort()
    }
  }
  const running = run()
  return {
    wake: (begun = []) => {
      for (const erasure of begun) begunHere.add(erasure)
      wakened.resolve()
    },
    stop: async () => {
      stopping.abort()
      wakened.resolve()
      await running
    },
  }
}
