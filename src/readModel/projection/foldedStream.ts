import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { foldHistory } from '../../../domain/state/fold.ts'
import { readStored } from '../../../domain/state/reading.ts'
import { type KycStatusRow, rowOf } from '../../../projections/kycStatus.ts'
import type { EventStore } from '../../eventStore/eventStore.ts'
import type { ProjectedEvent } from '../database/checkpointTable.ts'
import type { KeptRun } from '../database/readingTables.ts'
import { keptOf } from '../keptRuns.ts'
import { readOwnHistory } from '../ownHistory.ts'

/**
 * What the stream of a user comes to by itself, events of nobody left out. A plain value: it goes from thread to thread, and without the
 * state, which is as much again and nobody needs while the end of the log is far.
 */
export interface FoldedStream {
  readonly row: KycStatusRow
  /** His documents. */
  readonly documents: readonly string[]
  /** How many events were folded. */
  readonly events: number
  /** What its events say, to be kept. */
  readonly kept: readonly KeptRun[]
  /** The last event of the stream. */
  readonly last: ProjectedEvent
}

/** A longer stream is left to whoever asks for it: what is on the way at a time is to be small, and a thread soon at its end. */
export const LONGEST_AHEAD = 2000

/**
 * Reads the stream of a user to its end, and folds it. `null` where it is long, there is nothing in it, some of it is gone or was altered, or
 * anything goes wrong: whoever folds him for the read model comes upon the same, and knows what it costs, or that he is being erased.
 */
export const foldStream = async (
  store: EventStore,
  userId: UserId,
  corrections: readonly ReceiptCorrection[],
): Promise<FoldedStream | null> => {
  try {
    const first = { limit: LONGEST_AHEAD + 1 }
    const { history, last, complete } = await readOwnHistory(store, userId, readStored(corrections), first)
    if (last === undefined || !complete || last.revision >= LONGEST_AHEAD) return null
    const own = history()
    const state = foldHistory(userId, own, [], { corrections })
    if (state.altered.length > 0) return null
    const { stream, revision, position, eventId } = last
    const documents = state.documents.map(({ documentId }) => documentId)
    return {
      row: rowOf(state),
      documents,
      events: state.events,
      kept: keptOf(own),
      last: { stream, revision, position, eventId },
    }
  } catch {
    return null
  }
}
