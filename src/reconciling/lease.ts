import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import { format, type Instant, minutes } from '../../domain/instant.ts'
import { nameForLog } from '../access/holder.ts'
import type { Clock } from '../clock/clock.ts'
import type { ClockFault } from '../clock/nodeClock.ts'
import { type ExpectedRevision, reasonOf } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { NewEvent } from '../eventStore/recordedEvent.ts'
import { leaseEvent, readLeaseEvent, type Statement, type Step, type Sweep, type Work } from '../ledger/leases.ts'
import { RECONCILIATION } from '../ledger/streams.ts'

/** A node that dies has the lease for so long. */
export const LASTS = minutes(6)
/** Each node goes by its own clock, which may be off by a minute before it takes nothing more by it. */
const CLOCKS_DIFFER = minutes(2)
/** It is renewed so early: two times that the store does not answer cost nothing. */
const RENEWED_AFTER = minutes(2)
/** So many other nodes in a row may be faster. */
const TRIES = 20
const AGAIN_MS = 50

/** Another run has the lease. */
export interface Busy {
  readonly _tag: 'Busy'
  readonly reason: string
}
/** It is not known who has it. */
export interface NoLease {
  readonly _tag: 'NoLease'
  readonly reason: string
}

/** The right to be the only one who reconciles, for as long as `keep` says so. */
export interface Lease {
  /** How far the sweep has come, by the log as it was taken, or as it was moved on since. */
  readonly sweep: () => Sweep | null
  /** What is said of the sweep when the lease is renewed or given up next. */
  readonly moveOn: (sweep: Sweep) => void
  /** To be asked between two steps: renews it where that is due. `false`: somebody else has it, or may. */
  readonly keep: () => Promise<boolean>
  /** Gives it up. Where that cannot be recorded it runs out. `isDone`: what the schedule wanted need not be done again in this period. */
  readonly end: (isDone: boolean) => Promise<void>
}

export interface Leases {
  readonly take: (work: Work, by: string | null) => Promise<E.Either<Busy | NoLease, Lease>>
  /** What the log says last; `null` before anything. Throws where it cannot be read. */
  readonly standing: () => Promise<Statement | null>
}

interface Standing {
  readonly revision: ExpectedRevision
  /** `null` before anything. */
  readonly said: Statement | null
}

const busy = ({ work, by, until }: Statement): Busy => {
  const whose = work === 'schedule' ? 'the schedule' : `a run (${work})`
  const asked = by === null ? '' : ` that ${nameForLog(by)} asked for`
  const runsOut = until === null ? '' : `; should that have died, its lease runs out at ${format(until)}`
  return { _tag: 'Busy', reason: `${whose}${asked} is under way on another node${runsOut}` }
}

const reasonIn = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const noLease = (reason: string): NoLease => ({ _tag: 'NoLease', reason })

/** Whether another node may be at work still: one that says so for longer than a lease lasts has said it by a wrong clock. */
export const isHeldByOther = ({ node: of, until }: Statement, node: string, now: Instant): boolean =>
  of !== node && until !== null && until + CLOCKS_DIFFER > now && until - CLOCKS_DIFFER <= now + LASTS

/**
 * The lease in the log: of nodes that ask at once one is first. `node` tells the data directory: what a process before this one had taken is
 * given up with it. What is recorded of users does not rest on it: that is appended at an exact revision, whoever else is at work.
 */
export const leasesOf = (
  store: Pick<EventStore, 'append' | 'readStream'>,
  node: string,
  now: Clock,
  clockFault: () => ClockFault | null,
  monotonic: () => number = () => performance.now(),
): Leases => {
  const read = async (): Promise<Standing> => {
    const [last] = await Array.fromAsync(store.readStream(RECONCILIATION, { direction: 'backwards', limit: 1 }))
    if (last === undefined) return { revision: 'no-stream', said: null }
    const said = readLeaseEvent(last)
    if (said === null)
      throw new Error(
        `${RECONCILIATION}, revision ${last.revision}, cannot be read: a newer release wrote it (start that one), or it was altered (npm run kyc -- verify)`,
      )
    return { revision: last.revision, said }
  }

  const holding = (first: ExpectedRevision, begun: Statement, before: Statement | null, takenAt: number): Lease => {
    let revision = first
    let recordedAt = takenAt
    let isLost = false
    let { sweep, scheduledAt } = begun
    /** What became of it is not known: it is sent again as it is. */
    let pending: { readonly event: NewEvent; readonly at: number } | null = null

    const say = async (step: Step): Promise<void> => {
      const at = pending?.at ?? monotonic()
      const until = step === 'ended' ? null : ((now() + LASTS) as Instant)
      const { event } = pending ?? { event: leaseEvent(step, { ...begun, until, sweep, scheduledAt }, now()) }
      pending = { event, at }
      const appended = await store.append(RECONCILIATION, revision, [event])()
      if (E.isRight(appended)) {
        revision = appended.right.revision
        recordedAt = at
        pending = null
      } else if (appended.left._tag === 'WrongExpectedVersion') isLost = true
    }
    const age = (): number => (monotonic() - recordedAt) * 1000
    return {
      sweep: () => sweep,
      moveOn: (to) => {
        sweep = to
      },
      keep: async () => {
        if (!isLost && age() > RENEWED_AFTER && clockFault() === null) await say('on')
        return !isLost && age() < LASTS
      },
      end: async (isDone) => {
        if (pending !== null) await say('on')
        if (!isDone && begun.work === 'schedule') scheduledAt = before?.scheduledAt ?? null
        if (!isLost && pending === null && clockFault() === null) await say('ended')
      },
    }
  }

  /** `null`: the stream has grown since it was read. */
  const takeOnce = async (work: Work, by: string | null): Promise<E.Either<Busy | NoLease, Lease> | null> => {
    const { revision, said } = await read()
    const [takenAt, at] = [monotonic(), now()]
    const fault = clockFault()
    if (fault !== null) return E.left(noLease(fault.reason))
    if (said !== null && isHeldByOther(said, node, at)) return E.left(busy(said))
    const scheduledAt = work === 'schedule' ? at : (said?.scheduledAt ?? null)
    const until = (at + LASTS) as Instant
    const begun = { run: randomUUID(), node, work, by, until, sweep: said?.sweep ?? null, scheduledAt }
    const appended = await store.append(RECONCILIATION, revision, [leaseEvent('begun', begun, at)])()
    if (E.isRight(appended)) return E.right(holding(appended.right.revision, begun, said, takenAt))
    return appended.left._tag === 'WrongExpectedVersion' ? null : E.left(noLease(reasonOf(appended.left)))
  }

  return {
    standing: async () => (await read()).said,
    take: async (work, by) => {
      for (let tries = 0; tries < TRIES; tries += 1) {
        // A server may show what was just appended a moment later.
        if (tries > 0) await delay(AGAIN_MS)
        const taken = await takeOnce(work, by).catch((error: unknown) => E.left(noLease(reasonIn(error))))
        if (taken !== null) return taken
      }
      return E.left(noLease('other nodes append to the stream without a pause'))
    },
  }
}

/** So often a lease is looked after while nothing else comes. */
const LOOKED_AFTER_MS = 60_000

/** What comes, and the lease renewed while it is waited for: pages that are all read before the first is given, and webhooks that are sent, take longer than a lease lasts. */
export async function* keepingLease<A>(
  lease: Pick<Lease, 'keep'> | null,
  coming: AsyncIterable<A>,
  everyMs = LOOKED_AFTER_MS,
): AsyncGenerator<A, void> {
  if (lease === null) return yield* coming
  const steps = coming[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = steps.next()
      let step: IteratorResult<A> | null = null
      while (step === null) {
        const waiting = new AbortController()
        const pause = delay(everyMs, null, { signal: waiting.signal }).catch(() => null)
        step = await Promise.race([next, pause]).finally(() => waiting.abort())
        // Whether it was lost is found out with the next step.
        if (step === null) await lease.keep()
      }
      if (step.done === true) return
      yield step.value
    }
  } finally {
    await steps.return?.()
  }
}
