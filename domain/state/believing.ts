import type { KycEvent } from '../event/kycEvent.ts'
import { isSuccess } from '../regions.ts'
import type { LifecycleStatement } from '../treezor/kyc.ts'
import type { Statement } from '../treezor/statement.ts'
import type { Draft, Report } from './draft.ts'
import type { KycState } from './kycState.ts'

/** A KYC object whose signed dates are older than ones that were heard before says nothing new. */
const isOutdated = (
  { says, statedAt, lastReviewAt }: LifecycleStatement,
  { newestReviewAt, newestSignedAt }: KycState['lifecycle'],
  isEcho: boolean,
): boolean =>
  (isSuccess(says) && lastReviewAt !== null && newestReviewAt !== null && lastReviewAt < newestReviewAt) ||
  (isEcho && statedAt !== null && newestSignedAt !== null && statedAt < newestSignedAt)

/** Whether it may be followed as far as its dates go. Of an echo that claims a success the machine itself makes nothing. */
export const mayBeFollowed = (draft: Draft, statement: Statement, event: KycEvent, report: Report): boolean => {
  const { region, says } = statement
  if (region === 'lifecycle' && isOutdated(statement, draft.lifecycle, event.echoOf !== null)) {
    report(
      'outdated',
      `${region}: says ${says}, with signed dates older than ones that were heard before: not followed`,
    )
    return false
  }
  if (isSuccess(says) && event.weaklyDated && draft.wasDecided && event.echoOf === null) {
    report(
      'weakly-dated',
      `${region}: says ${says}, and nothing but its receipt tells when it was said; it may be older than what was ` +
        'decided before: not followed',
    )
    return false
  }
  return true
}
