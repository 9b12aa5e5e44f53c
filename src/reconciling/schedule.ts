import { setTimeout as delay } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import { type Instant, seconds } from '../../domain/instant.ts'
import type { Clock } from '../clock/clock.ts'
import type { Logger } from '../log/log.ts'
import type { Leases } from './lease.ts'
import { isHeldByOther } from './lease.ts'
import type { Progress } from './progress.ts'
import type { Reconciling } from './reconciling.ts'
import type { Asked, End } from './running.ts'

/** A clock may be set, another node die, and somebody's run come to its end. */
const LOOK_EVERY_MS = 30_000
/** Not all nodes at the same moment. */
const SOON_AT_MOST_MS = 300_000
/** After a failure, at first and in the end. */
const [FIRST_AGAIN_MS, LAST_AGAIN_MS] = [60_000, 3_600_000]

/** What the schedule goes by. */
export interface Scheduled {
  readonly everySeconds: number
  readonly reconciling: Pick<Reconciling, 'begin'>
  readonly leases: Pick<Leases, 'standing'>
  readonly progress: Pick<Progress, 'node' | 'sweep' | 'suspectsThrough'>
  readonly now: Clock
  readonly log: Pick<Logger, 'warn'>
}

/** How long after the last of so many failures it is tried again, in milliseconds. */
export const againAfter = (everySeconds: number, failures: number): number => {
  const every = everySeconds * 1000
  return Math.min(every, LAST_AGAIN_MS, Math.min(FIRST_AGAIN_MS, every / 4) * 2 ** (failures - 1))
}

/** A timer of the platform waits no longer, and takes whole milliseconds: a run of a longer period is broken off then, and goes on. */
const LONGEST_MS = 2 ** 31 - 1

/** How long it is until then, for a timer: in whole milliseconds, one at least. */
export const timerUntil = (until: Instant, now: Instant): number =>
  Math.min(LONGEST_MS, Math.max(1, Math.ceil((until - now) / 1000)))

/** What is to be done now: a new period begins, or what one before has left goes on. */
export const dueNow = async ({
  everySeconds,
  leases,
  progress,
  now,
}: Pick<Scheduled, 'everySeconds' | 'leases' | 'progress' | 'now'>): Promise<{
  readonly schedule: 'period' | 'goes on'
  readonly nextAt: Instant
} | null> => {
  const said = await leases.standing()
  if (said !== null && isHeldByOther(said, progress.node, now())) return null
  const every = seconds(everySeconds)
  const last = said?.scheduledAt ?? null
  const isUnfinished = said?.work === 'schedule' && said.until !== null
  // One of the future was written by a wrong clock: it says nothing of when the next one is due.
  const isDue = last === null || last > now() || now() - last >= every || isUnfinished
  if (isDue) return { schedule: 'period', nextAt: (now() + every) as Instant }
  const { sweep } = said ?? {}
  const isLeft = progress.suspectsThrough() !== null || (sweep ?? null)?.endedAt === null
  return isLeft ? { schedule: 'goes on', nextAt: (last + every) as Instant } : null
}

/** Asks about suspects whenever that is due, and goes through everybody in between, until `signal`. What fails is told, and tried again. */
export const keepReconciling = async (scheduled: Scheduled, signal: AbortSignal): Promise<void> => {
  const { everySeconds, reconciling, now, log } = scheduled
  const wait = (ms: number): Promise<void> => delay(ms, undefined, { signal, ref: false }).catch(() => undefined)
  let failures = 0
  let told = ''

  const one = async (asked: Asked, schedule: 'period' | 'goes on', until: Instant): Promise<End | null> => {
    const ends = AbortSignal.timeout(timerUntil(until, now()))
    const begun = await reconciling.begin(asked, { schedule, until: ends }, signal)
    if (E.isLeft(begun)) {
      if (begun.left._tag === 'Busy') return null
      return { outcome: 'failed', reason: begun.left.reason }
    }
    const { told: lines } = begun.right
    for (;;) {
      const next = await lines.next()
      if (next.done !== true) continue
      return next.value
    }
  }

  /** Gives in how many milliseconds to look again. */
  const round = async (): Promise<number> => {
    const due = await dueNow(scheduled)
    if (due === null) return Math.min(LOOK_EVERY_MS, everySeconds * 1000)
    const { schedule, nextAt } = due
    const half = (now() + (nextAt - now()) / 2) as Instant
    const first = await one({ work: 'suspects', dryRun: false }, schedule, half)
    const goesOn = first !== null && first.outcome !== 'failed' && !signal.aborted
    const last = goesOn ? await one({ work: 'sweep', dryRun: false }, 'goes on', nextAt) : first
    if (last?.outcome === 'failed') throw new Error(last.reason ?? 'it failed')
    failures = 0
    told = ''
    return last === null || last.outcome === 'broken-off' ? Math.min(LOOK_EVERY_MS, everySeconds * 1000) : 0
  }

  await wait(Math.random() * Math.min(everySeconds * 100, SOON_AT_MOST_MS))
  while (!signal.aborted) {
    const pause = await round().catch((error: unknown) => {
      if (signal.aborted) return 0
      failures += 1
      const again = againAfter(everySeconds, failures)
      const reason = error instanceof Error ? error.message : String(error)
      if (reason !== told)
        log.warn(
          { reason, againSeconds: Math.ceil(again / 1000) },
          'the provider could not be asked: it is tried again',
        )
      told = reason
      return again
    })
    if (pause > 0) await wait(pause)
  }
}
