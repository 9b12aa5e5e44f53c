import type { UserId } from '../../../domain/identifiers.ts'
import { initialState, type KycState } from '../../../domain/state/kycState.ts'
import { project } from '../../../projections/kycStatus.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { isWithin } from '../../ledger/trustedStore.ts'
import { type Batch, isErased, isNew, stateOf } from './batch.ts'
import type { FoldedStream } from './foldedStream.ts'
import { becomesLong, keepMore } from './keeping.ts'
import { refoldWith } from './refold.ts'
import { takeAhead, takeOver } from './takeOver.ts'
import { ofUser } from './uncertainUser.ts'

/** The state with the next event of the user's stream; `null` where all of it has to be read for that. */
const withNext = (batch: Batch, before: KycState, event: RecordedEvent): KycState | null => {
  const { clocks, readings } = batch.run
  const projected = project(before, event, clocks.corrections())
  if (projected._tag === 'Late') return null
  if (projected._tag === 'Behind') {
    const full = readings.add(before, projected.reading, projected.state)
    if (full !== null && !keepMore(batch, before.userId, full)) readings.forget(before.userId)
  }
  return projected.state
}

/**
 * An event that the log gives without its texts, out of its stream; `null` where that does not show it. Of a long stream one is read
 * and not all: while others come faster than that is folded, the end of the log would never be reached.
 */
const withTexts = async (batch: Batch, event: RecordedEvent): Promise<RecordedEvent | null> => {
  if (event.isBare === undefined) return event
  const { stream, revision, eventId } = event
  try {
    const [read] = await Array.fromAsync(batch.run.store.readStream(stream, { from: revision, limit: 1 }))
    return read?.eventId === eventId && read.revision === revision ? read : null
  } catch {
    // Whoever reads all of it comes upon the same, and knows what it costs.
    return null
  }
}

/** Projects an event of a user's stream: on top of his state where it comes in order. `strangers` were folded for the batch. */
export const projectEvent = async (
  batch: Batch,
  userId: UserId,
  event: RecordedEvent,
  strangers: ReadonlyMap<UserId, KycState | FoldedStream>,
): Promise<void> => {
  if (isErased(batch, userId) || !isNew(batch, userId, event)) return
  const { model, untrusted } = batch.run
  const before = stateOf(batch, userId)
  // It was read in this batch: what that did not give it would not give again.
  if (before?.flaws.some(({ kind }) => kind === 'history-removed') && batch.uncertainUsers.has(userId)) {
    return takeOver(batch, userId, before, { ...before, revision: event.revision })
  }
  if (before === undefined) {
    const folded = strangers.get(userId) ?? initialState(userId)
    const isAhead = 'row' in folded
    if ((isAhead ? folded.row : folded).revision < event.revision) {
      return takeOver(batch, userId, before, await refoldWith(batch, userId, event))
    }
    return isAhead ? takeAhead(batch, userId, folded) : takeOver(batch, userId, before, folded)
  }
  // What an event without a user says of him counts only as long as none of his own says it.
  const isNext =
    event.revision === before.revision + 1 &&
    !becomesLong(batch, event) &&
    !model.isNamed(userId) &&
    !isWithin(untrusted, event.position)
  const next = isNext ? await withTexts(batch, event) : null
  const after = next && ofUser(batch, userId, event.revision, () => withNext(batch, before, next))
  await takeOver(batch, userId, before, after ?? (await refoldWith(batch, userId, event)))
}
