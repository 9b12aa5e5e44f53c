import * as E from 'fp-ts/lib/Either.js'
import { anomalyKindsOf } from '../domain/answer/anomalies.ts'
import { currentStatus } from '../domain/answer/currentStatus.ts'
import { type Drift, driftOf } from '../domain/answer/drift.ts'
import { type Status, statusOf, statusSince } from '../domain/answer/status.ts'
import { readUserEvent } from '../domain/event/kycEvent.ts'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../domain/event/receiptCorrection.ts'
import type { StoredEvent } from '../domain/event/storedEvent.ts'
import type { UserId } from '../domain/identifiers.ts'
import type { Instant } from '../domain/instant.ts'
import { type RetentionFacts, retentionFacts } from '../domain/retention/retentionFacts.ts'
import type { AnomalyKind } from '../domain/state/anomaly.ts'
import { evolve, isInOrder, withUnreadable } from '../domain/state/evolve.ts'
import type { KycState } from '../domain/state/kycState.ts'
import { type Reading, read } from '../domain/state/reading.ts'

/**
 * The projection and its version. Raise that with every change to what a row holds or to what the fold
 * makes of an event: the rows are then rebuilt from the log at the next start.
 */
export const KYC_STATUS = { name: 'kyc-status', version: 24 } as const

/** What the read model holds of one user. */
export interface KycStatusRow {
  readonly userId: UserId
  /** Highest revision of the user's stream that is folded in. */
  readonly revision: number
  readonly status: Status
  /** Since when he has had it; `null` where that is not certain, and of one who is `none`. */
  readonly since: Instant | null
  /** When the provider wants to review the user again: `YYYY-MM-DD`. */
  readonly nextReviewDate: string | null
  /** The kinds of anomaly that the user shows, each once. */
  readonly anomalies: readonly AnomalyKind[]
  /** What looks as if a webhook never came, each kind with the time that it goes by. */
  readonly drift: Drift
  /** Of how long he is kept; `null` where nothing is known that counts. */
  readonly retention: RetentionFacts | null
  /** JSON of the answer to `GET /users/{userId}/kyc`. */
  readonly body: string
}

/** Most users are none whose relationship has ended, and show nothing that would stop a period. */
const retentionOf = (state: KycState): RetentionFacts | null => {
  const facts = retentionFacts(state)
  return facts.basis === null && facts.anomalies.length === 0 ? null : facts
}

/** The row of a user, out of his folded state. */
export const rowOf = (state: KycState): KycStatusRow => ({
  userId: state.userId,
  revision: state.revision,
  status: statusOf(state),
  since: statusSince(state),
  nextReviewDate: state.lifecycle.nextReviewDate,
  anomalies: anomalyKindsOf(state),
  drift: driftOf(state),
  retention: retentionOf(state),
  body: JSON.stringify(currentStatus(state)),
})

/** What one more event makes of a state. `reading`: what it says, where it stands behind all that is folded in, and not before some of it (`Late`). */
export type Projected =
  | { readonly _tag: 'Behind'; readonly state: KycState; readonly reading: Reading }
  | { readonly _tag: 'Unreadable'; readonly state: KycState }
  | { readonly _tag: 'Late' }

/** The state with the event that comes right after the last one of its stream. `corrections` are the receipts known to be wrong. */
export const project = (
  state: KycState,
  event: StoredEvent,
  corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS,
): Projected => {
  const decoded = readUserEvent(event, corrections)
  if (E.isLeft(decoded)) return { _tag: 'Unreadable', state: withUnreadable(state, [decoded.left]) }
  const reading = read(decoded.right, state.userId)
  return isInOrder(state, reading.place) ? { _tag: 'Behind', state: evolve(state, reading), reading } : { _tag: 'Late' }
}

/** Documents that the user has now and had not before: events that name them and no user are his. */
export const newDocuments = (before: KycState, after: KycState): readonly string[] => {
  if (after.documents.length === before.documents.length) return []
  const known = new Set(before.documents.map(({ documentId }) => documentId))
  return after.documents.map(({ documentId }) => documentId).filter((documentId) => !known.has(documentId))
}
