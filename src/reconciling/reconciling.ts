import * as E from 'fp-ts/lib/Either.js'
import { formatMilliseconds, type Instant } from '../../domain/instant.ts'
import { nameForLog } from '../access/holder.ts'
import type { Work } from '../ledger/leases.ts'
import type { Figures } from './figures.ts'
import type { Busy, Lease, Leases, NoLease } from './lease.ts'
import { type Asked, BROKEN_OFF, type End, noSums, type Running, type Sums, type Told } from './running.ts'
import { sweep } from './sweep.ts'
import { named, resend, suspects } from './works.ts'

/** So many that need no lease at a time. */
const FREE_AT_A_TIME = 4

/** A run that has begun. Whoever began it reads it to its end, or returns it. */
export interface Run {
  readonly told: AsyncGenerator<Told, End>
  readonly sums: Readonly<Sums>
}

export interface Reconciling {
  /** `by`: the name of an API key. A run of the schedule gives way to one that somebody asks for, and goes on after it. */
  readonly begin: (asked: Asked, whose: Whose, signal: AbortSignal) => Promise<E.Either<Busy | NoLease, Run>>
  readonly figures: () => Figures
}

/** Who asks for a run. */
export type Whose =
  | { readonly by: string | null }
  /** `until`: its time is over then. */
  | { readonly schedule: 'period' | 'goes on'; readonly until: AbortSignal }

interface UnderWay {
  readonly whose: Whose
  readonly work: Asked['work']
  readonly since: Instant
  readonly stop: AbortController
  readonly ended: Promise<void>
}

const workOf = (running: Running, asked: Asked): AsyncGenerator<Told, End> => {
  switch (asked.work) {
    case 'users':
      return named(running, asked.users)
    case 'suspects':
      return suspects(running)
    case 'sweep':
      return sweep(running)
    case 'resend':
      return resend(running, asked.from, asked.to)
    default:
      return asked satisfies never
  }
}

const inWords = (whose: Whose): string =>
  'schedule' in whose ? 'of the schedule' : `that ${nameForLog(whose.by) ?? 'somebody'} asked for`

const busyHere = ({ whose, work, since }: UnderWay): Busy => ({
  _tag: 'Busy',
  reason: `a run (${work}) ${inWords(whose)} is under way on this node since ${formatMilliseconds(since)}`,
})

/** Runs of this node: of those that move anything on one at a time, here and on all other nodes. */
export const reconcilingWith = (
  leases: Pick<Leases, 'take'>,
  running: Omit<Running, 'lease' | 'sums' | 'dryRun' | 'signal'>,
  tell: (asked: Asked, whose: Whose, end: End, sums: Readonly<Sums>) => void = () => undefined,
): Reconciling => {
  const totals = { ...noSums(), runsFailed: 0 }
  const active = new Set<Sums>()
  const completedAt: Partial<Record<Asked['work'], Instant>> = {}
  let current: UnderWay | null = null
  let hasLease = false
  let free = 0

  const add = (sums: Sums): void => {
    for (const name of ['checked', 'recorded', 'released', 'failed'] as const) totals[name] += sums[name]
  }

  /** Its end is seen to from the first step on. */
  const run = async (
    asked: Asked,
    whose: Whose,
    lease: Lease | null,
    signal: AbortSignal,
    ended: () => void,
  ): Promise<Run> => {
    const { dryRun } = asked
    const sums = noSums()
    async function* told(): AsyncGenerator<Told | null, End> {
      let end: End = BROKEN_OFF
      if (!dryRun) active.add(sums)
      try {
        yield null
        end = yield* workOf({ ...running, lease, sums, dryRun, signal }, asked)
        return end
      } catch (error) {
        end = { outcome: 'failed', reason: error instanceof Error ? error.message : String(error) }
        return end
      } finally {
        active.delete(sums)
        if (!dryRun) add(sums)
        if (end.outcome === 'failed') totals.runsFailed += 1
        if (end.outcome === 'complete' && !dryRun) completedAt[asked.work] = running.now()
        tell(asked, whose, end, sums)
        const isOver = end.outcome === 'broken-off' && 'schedule' in whose && whose.until.aborted
        await lease?.end(end.outcome === 'complete' || isOver).catch(() => undefined)
        ended()
      }
    }
    const begun = told()
    await begun.next()
    return { told: begun as AsyncGenerator<Told, End>, sums }
  }

  const withoutLease: Reconciling['begin'] = async (asked, whose, signal) => {
    if (free >= FREE_AT_A_TIME) return E.left({ _tag: 'Busy', reason: 'so many are under way on this node at a time' })
    free += 1
    return E.right(
      await run(asked, whose, null, signal, () => {
        free -= 1
      }),
    )
  }

  const withLease = async (
    asked: Asked & { readonly work: Exclude<Asked['work'], 'users'> },
    whose: Whose,
    signal: AbortSignal,
  ): Promise<E.Either<Busy | NoLease, Run>> => {
    if (current !== null && !('schedule' in whose) && 'schedule' in current.whose) {
      current.stop.abort()
      await current.ended
    }
    if (current !== null) return E.left(busyHere(current))
    const stop = new AbortController()
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    const end = (): void => {
      current = null
      hasLease = false
      resolve()
    }
    current = { whose, work: asked.work, since: running.now(), stop, ended }
    try {
      const isPeriod = 'schedule' in whose && whose.schedule === 'period'
      const work: Work = isPeriod ? 'schedule' : asked.work
      const lease = await leases.take(work, 'by' in whose ? whose.by : null)
      hasLease = E.isRight(lease)
      if (E.isRight(lease))
        return E.right(
          await run(
            asked,
            whose,
            lease.right,
            AbortSignal.any([signal, stop.signal, ...('schedule' in whose ? [whose.until] : [])]),
            end,
          ),
        )
      end()
      return lease
    } catch (error) {
      end()
      throw error
    }
  }

  return {
    begin: (asked, whose, signal) =>
      asked.dryRun || asked.work === 'users' ? withoutLease(asked, whose, signal) : withLease(asked, whose, signal),
    figures: () => {
      const { through: _, ...figures } = totals
      for (const sums of active) {
        for (const name of ['checked', 'recorded', 'released', 'failed'] as const) figures[name] += sums[name]
      }
      return { ...figures, completedAt, hasLease }
    },
  }
}
