import type { HeardEvent } from '../event/kycEvent.ts'
import { isSuccess } from '../regions.ts'
import type { LifecycleStatement } from '../treezor/kyc.ts'
import type { Statement } from '../treezor/statement.ts'
import type { Draft, Report } from './draft.ts'
import type { KycState } from './kycState.ts'

/** What became of a statement. */
export type Heard = 'followed' | 'outdated' | 'weakly-dated' | 'echo'

/** A success that was reviewed before the newest review that was heard of. */
export const isOlder = (
  { says, lastReviewAt }: Pick<LifecycleStatement, 'says' | 'lastReviewAt'>,
  { newestReviewAt }: Pick<KycState['lifecycle'], 'newestReviewAt'>,
): boolean => isSuccess(says) && lastReviewAt !== null && newestReviewAt !== null && lastReviewAt < newestReviewAt

/** A KYC object whose signed dates are older than ones that were heard before says nothing new. */
const isOutdated = (statement: LifecycleStatement, lifecycle: KycState['lifecycle'], isEcho: boolean): boolean => {
  const { statedAt } = statement
  const { newestSignedAt } = lifecycle
  const isOld = isEcho && statedAt !== null && newestSignedAt !== null && statedAt < newestSignedAt
  return isOld || isOlder(statement, lifecycle)
}

/**
 * Why it may not be followed by its dates; `null` where it may. Of an echo that claims a success the machine itself makes
 * nothing.
 */
export const whyNotFollowed = (
  draft: Draft,
  statement: Statement,
  event: HeardEvent,
  report: Report,
): 'outdated' | 'weakly-dated' | null => {
  const { region, says } = statement
  if (region === 'lifecycle' && isOutdated(statement, draft.lifecycle, event.echoOf !== null)) {
    report(
      'outdated',
      `${region}: says ${says}, with signed dates older than ones that were heard before: not followed`,
    )
    return 'outdated'
  }
  if (isSuccess(says) && event.weaklyDated && draft.wasDecided && event.echoOf === null) {
    report(
      'weakly-dated',
      `${region}: says ${says}, and nothing but its receipt tells when it was said; it may be older than what was ` +
        'decided before: not followed',
    )
    return 'weakly-dated'
  }
  return null
}
