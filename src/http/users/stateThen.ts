import { knownBy, knownOf, type Question, readTimes } from '../../../domain/answer/question.ts'
import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { foldingHistory } from '../../../domain/state/fold.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import { inOrder } from '../../../domain/state/ownHistory.ts'
import type { Reading } from '../../../domain/state/reading.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import type { UserEvents } from '../../readModel/userEvents.ts'
import { folded } from './inTurns.ts'
import { isNobody, knownHistory } from './knownHistory.ts'

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

/** The same where it is known already what all events of his own stream say. */
export const stateOfStory = async (
  userId: UserId,
  own: readonly Reading[],
  orphans: readonly RecordedEvent[],
  { asOf, knownAt }: Question,
  corrections: readonly ReceiptCorrection[],
  awaited: () => boolean,
): Promise<KycState | 'nobody' | null> => {
  const recorded = knownOf(own, knownAt, ({ event }) => event)
  const history = inOrder(recorded)
  const known = knownBy(orphans, knownAt, readTimes(corrections))
  if (isNobody(userId, recorded, history, known, corrections)) return 'nobody'
  return folded(foldingHistory(userId, history, known, { asOf, corrections }), awaited)
}
