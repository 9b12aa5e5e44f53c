import * as E from 'fp-ts/lib/Either.js'
import { currentStatus, type Status, statusOf } from '../domain/currentStatus.ts'
import { evolve, evolveUnreadable, fold, isInOrder, read } from '../domain/fold.ts'
import type { UserId } from '../domain/identifiers.ts'
import { readEvent, type StoredEvent } from '../domain/kycEvent.ts'
import { initialState, type KycState } from '../domain/kycState.ts'

/** What the read model holds of a user. */
export interface KycStatusRow {
  readonly userId: UserId
  /** Highest revision of the user's stream that is folded in. */
  readonly revision: number
  readonly status: Status
  /** JSON of the answer to `GET /users/{userId}/kyc`. */
  readonly body: string
  /** JSON of the folded state, on which the next event is folded. */
  readonly state: string
}

/**
 * The current KYC status of each user. Raise the version with every change to what a row holds or to what the fold
 * makes of an event: the rows are then rebuilt from the log at the next start.
 */
export const KYC_STATUS = { name: 'kyc-status', version: 1 } as const

export const emptyState = initialState

export const stateOfRow = (row: KycStatusRow): KycState => JSON.parse(row.state) as KycState

/** The state with one more event, or `late` when the event belongs before one that is already folded in. */
export const project = (state: KycState, event: StoredEvent): KycState | 'late' => {
  const decoded = readEvent(event)
  if (E.isLeft(decoded)) return evolveUnreadable(state, decoded.left)
  const reading = read(decoded.right, state.userId)
  return isInOrder(state, reading.place) ? evolve(state, reading) : 'late'
}

/** The state out of all events of the user, in any order. */
export const refold = (userId: UserId, events: readonly StoredEvent[]): KycState => fold(userId, events)

export const rowOf = (state: KycState): KycStatusRow => ({
  userId: state.userId,
  revision: state.revision,
  status: statusOf(state),
  body: JSON.stringify(currentStatus(state)),
  state: JSON.stringify(state),
})
