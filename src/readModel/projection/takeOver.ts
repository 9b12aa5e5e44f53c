import type { UserId } from '../../../domain/identifiers.ts'
import { initialState, type KycState } from '../../../domain/state/kycState.ts'
import { newDocuments } from '../../../projections/kycStatus.ts'
import { type Batch, isErased } from './batch.ts'
import type { FoldedStream } from './foldedStream.ts'
import { noteChange, toldBy } from './noteChange.ts'
import { refold } from './refold.ts'

/** Takes the state of a user into the batch, and what events without a user say of documents that he has from now on. */
export const takeOver = async (
  batch: Batch,
  userId: UserId,
  before: KycState | undefined,
  after: KycState,
): Promise<void> => {
  if (isErased(batch, userId)) return
  const { model } = batch.run
  noteChange(batch, userId, before && toldBy(before), toldBy(after))
  batch.changed.set(userId, after)
  const documents = newDocuments(before ?? initialState(userId), after)
  const gained = documents.filter((documentId) => model.addOwner(documentId, userId))
  // The log may have grown: what is read of it now may hold further documents.
  if (gained.some(model.hasOrphans)) await takeOver(batch, userId, after, await refold(batch, userId))
}

/** The same of what came of his stream ahead of the log. */
export const takeAhead = async (batch: Batch, userId: UserId, folded: FoldedStream): Promise<void> => {
  const { model } = batch.run
  noteChange(batch, userId, undefined, folded.row)
  batch.ahead.set(userId, folded)
  const gained = folded.documents.filter((documentId) => model.addOwner(documentId, userId))
  if (gained.some(model.hasOrphans)) await takeOver(batch, userId, undefined, await refold(batch, userId))
}
