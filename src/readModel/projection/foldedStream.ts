import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { foldHistory } from '../../../domain/state/fold.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import { readStored } from '../../../domain/state/reading.ts'
import { type KycStatusRow, rowOf } from '../../../projections/kycStatus.ts'
import type { EventStore } from '../../eventStore/eventStore.ts'
import { streamOf } from '../../ledger/streams.ts'
import type { ProjectedEvent } from '../database/checkpointTable.ts'
import { readOwnHistory } from '../ownHistory.ts'

/** What the stream of a user comes to by itself, events of nobody left out. A plain value: it goes from thread to thread. */
export interface FoldedStream {
  readonly state: KycState
  readonly row: KycStatusRow
  /** The last event of the stream. */
  readonly last: ProjectedEvent
}

/** A longer stream is left to whoever asks for it: many states on the way at a time are to be small, and a thread soon at its end. */
export const LONGEST_AHEAD = 2000

const isLong = async (store: EventStore, userId: UserId): Promise<boolean> => {
  const behind = store.readStream(streamOf(userId), { from: LONGEST_AHEAD, limit: 1 })
  return (await Array.fromAsync(behind)).length > 0
}

/**
 * Reads the stream of a user to its end, and folds it. `null` where it is long, there is nothing in it, some of it is gone, or anything goes
 * wrong: whoever folds him for the read model comes upon the same, and knows what it costs, or that he is being erased.
 */
export const foldStream = async (
  store: EventStore,
  userId: UserId,
  corrections: readonly ReceiptCorrection[],
): Promise<FoldedStream | null> => {
  try {
    if (await isLong(store, userId)) return null
    const { history, last, complete } = await readOwnHistory(store, userId, readStored(corrections))
    if (last === undefined || !complete) return null
    const state = foldHistory(userId, history(), [], { corrections })
    const { stream, revision, position, eventId } = last
    return { state, row: rowOf(state), last: { stream, revision, position, eventId } }
  } catch {
    return null
  }
}
