import type { UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import { failureInWords } from '../provider/failure.ts'
import { asking } from './asking.ts'
import { keepingLease } from './lease.ts'
import { BROKEN_OFF, COMPLETE, type End, failed, LEASE_LOST, type Running, type Told } from './running.ts'

/** A few who were named. */
export async function* named(running: Running, users: readonly UserId[]): AsyncGenerator<Told, End> {
  const asks = asking(running)
  for (const userId of users) {
    yield* asks.user(userId, { withDocuments: true, isNamed: true })
    running.progress.note(asks.compared(), running.now())
    const end = asks.end()
    if (end !== null) return end
  }
  return COMPLETE
}

const TOGETHER = 200

/** The suspects, each once: behind one of them first, and then from the beginning up to him. */
function* around(suspects: Running['suspects'], start: UserId | null): Generator<UserId> {
  for (const [from, to] of [[start, null] as const, ...(start === null ? [] : [[null, start] as const])]) {
    for (let after: UserId | null = from; ; ) {
      const some = suspects(after, TOGETHER)
      for (const userId of some) {
        if (to !== null && userId > to) return
        yield userId
      }
      if (some.length < TOGETHER) break
      after = some.at(-1) ?? after
    }
  }
}

/** Those who look as if a webhook was missed; first those whom the last run did not come to, where that was broken off. */
export async function* suspects(running: Running): AsyncGenerator<Told, End> {
  const { progress, lease, now, dryRun } = running
  const asks = asking(running)
  /** Up to him nobody has to be asked about again. */
  let through = dryRun ? null : progress.suspectsThrough()
  for (const userId of around(running.suspects, through)) {
    if (lease !== null && !(await lease.keep())) return LEASE_LOST
    yield* asks.user(userId, { withDocuments: true })
    const end = asks.end()
    if (end !== null) return end
    if (!asks.isWaiting()) through = userId
    if (!dryRun) progress.noteSuspects(through, asks.compared(), now())
  }
  asks.over()
  const end = asks.end()
  if (end === null && !dryRun) progress.noteSuspects(null, [], now())
  return end ?? COMPLETE
}

export async function* resend(running: Running, from: Instant, to: Instant): AsyncGenerator<Told, End> {
  const { provider, lease, dryRun, signal, sums } = running
  if (provider.resend === null) return failed('TREEZOR_WEBHOOKS_API_URL is not set')
  const steps = provider.resend({ from: from / 1000, to: to / 1000, dryRun }, signal)
  for await (const step of keepingLease(lease, steps)) {
    if (signal.aborted) return BROKEN_OFF
    if (step._tag === 'Left') return failed(failureInWords(step.left))
    if (step.right._tag === 'failed' || step.right._tag === 'unknown') sums.failed += 1
    yield { _tag: 'Resent', step: step.right }
    if (lease !== null && !(await lease.keep())) return LEASE_LOST
  }
  return COMPLETE
}
