import * as E from 'fp-ts/lib/Either.js'
import { format, formatMilliseconds, type Instant } from '../instant.ts'
import type { Ground } from './ground.ts'
import type { StandingHold } from './hold.ts'
import type { RetentionPolicy } from './policy.ts'
import { clockOfNobody, type Running, retentionClock } from './retentionClock.ts'
import type { RetentionFacts } from './retentionFacts.ts'

// Whoever erases asks here, and nowhere else, whether the rules allow it: `mayErase` of a user, `mayEraseOfNobody` of an event that
// names none. What they are asked with: the facts by `retentionFacts` of a user's folded state (retentionFacts.ts), the policy
// of the configuration, the holds that stand by `src/ledger/holds.ts`.

const NO_POLICY = 'no retention policy is set (RETENTION_POLICY): nothing is ever due'

const groundOf = ({ rule, since, period, country, dueAt }: Running): Ground => ({
  rule,
  since: format(since),
  period: period.text,
  dueAt: format(dueAt),
  country,
  authority: null,
})

const RUNS_FROM: Readonly<Record<Running['rule'], string>> = {
  ended: 'the end of the relationship',
  refused: 'the last that was heard of the refused user',
  nobody: 'the recording of the event',
}

const onceOver = (clock: Running, now: Instant): E.Either<string, Ground> => {
  if (now >= clock.dueAt) return E.right(groundOf(clock))
  const { rule, since, period, country, dueAt } = clock
  const of = country === null ? '' : ` of ${country}`
  return E.left(
    `the period of ${period.text}${of} runs from ${RUNS_FROM[rule]}, ${formatMilliseconds(since)}, ` +
      `and is not over before ${formatMilliseconds(dueAt)}`,
  )
}

const held = ({ hold, placed }: StandingHold): string =>
  placed === null
    ? `event ${hold} of the legal holds cannot be read by this version: it may be one of this user`
    : `legal hold ${hold} stands, placed by ${placed.by} at ${formatMilliseconds(placed.at)}`

/**
 * Whether the records of a user may be erased now: on what ground, or else a sentence that names the rule which forbids it.
 * `holds` are the legal holds that stand for him. Nothing unknown allows it.
 */
export const mayErase = (
  facts: RetentionFacts,
  policy: RetentionPolicy | null,
  holds: readonly StandingHold[],
  now: Instant,
): E.Either<string, Ground> => {
  const [hold] = holds
  if (hold !== undefined) return E.left(held(hold))
  if (policy === null) return E.left(NO_POLICY)
  const clock = retentionClock(facts, policy)
  switch (clock._tag) {
    case 'Running':
      return onceOver(clock, now)
    case 'Stopped':
      return E.left(clock.anomalies.map(({ detail }) => detail).join('; '))
    case 'NotStarted':
      return E.left('the relationship has not ended, nor was the user refused: no period runs')
    default:
      return clock satisfies never
  }
}

/** Whether an event that belongs to nobody may be erased now, by its age alone; `recordedAt` is `null` where that cannot be told. */
export const mayEraseOfNobody = (
  recordedAt: Instant | null,
  policy: RetentionPolicy | null,
  now: Instant,
): E.Either<string, Ground> => {
  if (policy === null) return E.left(NO_POLICY)
  if (recordedAt === null) return E.left('it cannot be told when the event was recorded')
  return onceOver(clockOfNobody(recordedAt, policy), now)
}
