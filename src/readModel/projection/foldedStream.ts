import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { fold } from '../../../domain/state/fold.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import { type KycStatusRow, rowOf } from '../../../projections/kycStatus.ts'
import type { EventStore } from '../../eventStore/eventStore.ts'
import type { ProjectedEvent } from '../database/checkpointTable.ts'
import { readOwnEvents } from '../userEvents.ts'

/** What the stream of a user comes to by itself, events of nobody left out. A plain value: it goes from thread to thread. */
export interface FoldedStream {
  readonly state: KycState
  readonly row: KycStatusRow
  /** The last event of the stream. */
  readonly last: ProjectedEvent
}

/**
 * Reads the stream of a user to its end, and folds it. `null` where there is nothing in it, or anything goes wrong: whoever folds him
 * for the read model comes upon the same, and knows what it costs.
 */
export const foldStream = async (
  store: EventStore,
  userId: UserId,
  corrections: readonly ReceiptCorrection[],
): Promise<FoldedStream | null> => {
  try {
    const own = await readOwnEvents(store, userId)
    const last = own.at(-1)
    if (last === undefined) return null
    const state = fold(userId, own, [], { corrections })
    const { stream, revision, position, eventId } = last
    return { state, row: rowOf(state), last: { stream, revision, position, eventId } }
  } catch {
    return null
  }
}
