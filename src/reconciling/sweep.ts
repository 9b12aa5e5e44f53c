import * as E from 'fp-ts/lib/Either.js'
import { byNumber } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Sweep } from '../ledger/leases.ts'
import { failureInWords } from '../provider/failure.ts'
import { asking } from './asking.ts'
import type { Screened } from './compareUser.ts'
import { everybody, type Somebody } from './everybody.ts'
import { keepingLease } from './lease.ts'
import { pacing } from './pace.ts'
import { BROKEN_OFF, COMPLETE, type End, failed, LEASE_LOST, type Running, type Told } from './running.ts'

/** How far it has come is written after each user who is asked about, and so often at least. */
const NOTED_TOGETHER = 100
const NOTED_WITHIN_MS = 1000

/** The one that is further on: what a node has written of itself may be newer than what it last said in the log. */
const further = (one: Sweep | null, other: Sweep | null): Sweep | null => {
  if (one === null || other === null) return one ?? other
  if (one.begunAt !== other.begunAt) return one.begunAt > other.begunAt ? one : other
  if (one.endedAt !== null || other.through === null) return one
  if (other.endedAt !== null || one.through === null) return other
  return byNumber(one.through, other.through) >= 0 ? one : other
}

/** The sweep that is under way, or a new one. */
export const sweepToGoOn = (own: Sweep | null, inLog: Sweep | null, now: Instant): Sweep => {
  const last = further(own, inLog)
  return last === null || last.endedAt !== null ? { begunAt: now, through: null, endedAt: null } : last
}

/**
 * Everybody, by ascending number, from where the last run was broken off, on this node or on another. Whom a page shows as he is known is not
 * asked about; everybody else is, one by one.
 */
export async function* sweep(running: Running): AsyncGenerator<Told, End> {
  const { compare, provider, usersOfLog, progress, lease, now, sums, dryRun, signal } = running
  const asks = asking(running)
  let at = sweepToGoOn(dryRun ? null : progress.sweep(), lease?.sweep() ?? null, now())
  let seen = 0
  let notedAt = performance.now()
  const note = (to: Sweep): void => {
    at = to
    lease?.moveOn(at)
    if (!dryRun) progress.noteSweep(at, asks.compared(), now())
    seen = 0
    notedAt = performance.now()
  }
  /** Gives what a page says of him. */
  async function* one({ userId, screened }: Somebody): AsyncGenerator<Told, Screened> {
    const as = screened === null ? 'differs' : await compare.screen(userId, screened)
    if (as === 'same' || as === 'unheard') yield* asks.same(userId, as === 'same')
    if (as === 'differs') yield* asks.user(userId, { withDocuments: false })
    return as
  }

  /** Up to him nobody has to be asked about again. */
  let through = at.through
  try {
    const pace = pacing(signal)
    for await (const next of keepingLease(lease, everybody(provider, usersOfLog, through, signal))) {
      if (signal.aborted) return BROKEN_OFF
      if (E.isLeft(next)) return failed(failureInWords(next.left))
      if (lease !== null && !(await lease.keep())) return LEASE_LOST
      await pace()
      const { userId } = next.right
      const as = userId === null ? yield* asks.nobody(next.right.reason) : yield* one(next.right)
      const end = asks.end()
      if (end !== null) return end
      // Nothing is written of whom the log has let go.
      if (userId === null || as === 'erased') continue
      if (!asks.isWaiting()) through = userId
      sums.through = userId
      seen += 1
      const isLong = seen >= NOTED_TOGETHER || performance.now() - notedAt > NOTED_WITHIN_MS
      if (as === 'differs' || isLong) note({ ...at, through })
    }
    asks.over()
    const end = asks.end()
    if (end === null) note({ ...at, through, endedAt: now() })
    return end ?? COMPLETE
  } finally {
    if (at.endedAt === null) note({ ...at, through })
  }
}
