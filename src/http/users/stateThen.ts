import type { Question } from '../../../domain/answer/question.ts'
import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { foldingHistory } from '../../../domain/state/fold.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import type { UserEvents } from '../../readModel/userEvents.ts'
import { folded } from './inTurns.ts'
import { knownHistory } from './knownHistory.ts'

/** What had occurred by `asOf`, as far as it was recorded by `knownAt`. `nobody` where nothing was known of the user; `null` where nobody waits for it any more. */
export const stateThen = async (
  userId: UserId,
  events: UserEvents,
  { asOf, knownAt }: Question,
  corrections: readonly ReceiptCorrection[],
  awaited: () => boolean,
): Promise<KycState | 'nobody' | null> => {
  const known = await knownHistory(userId, events, knownAt, corrections, asOf)
  if (known === null) return 'nobody'
  return folded(foldingHistory(userId, known.history, known.orphans, { asOf, corrections }), awaited)
}
