import type { UserId } from '../../../domain/identifiers.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import type { OwnHistory } from '../../../domain/state/ownHistory.ts'
import type { Reading } from '../../../domain/state/reading.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { FEWEST_KEPT, keptOf, runsOf } from '../keptRuns.ts'
import type { Batch } from './batch.ts'
import type { FoldedStream } from './foldedStream.ts'

/** Whether a stream has as many events by this one as are kept first: what those before it said is not in memory, so it is read, once. */
export const becomesLong = ({ run: { store } }: Batch, { revision }: RecordedEvent): boolean =>
  store.embedded && revision === FEWEST_KEPT - 1

/** Has kept what a history that was read whole says, as far as it is not. Gives up to before which revision it is then. */
export const keepHistory = (batch: Batch, userId: UserId, history: OwnHistory): number => {
  const { store, model } = batch.run
  batch.kept.delete(userId)
  if (!store.embedded || history.arrived.length < FEWEST_KEPT) return 0
  const from = model.keptTo(userId)
  const runs = keptOf(history, from)
  if (runs.length > 0) batch.kept.set(userId, runs)
  return runs.at(-1)?.next ?? from
}

/** Has kept what follows on what is. Gives whether it can be. */
export const keepMore = (batch: Batch, userId: UserId, readings: readonly Reading[]): boolean => {
  const runs = batch.run.store.embedded ? runsOf(readings) : []
  batch.kept.set(userId, [...(batch.kept.get(userId) ?? []), ...runs])
  return runs.length > 0
}

/** Nothing of what was read of him is kept any more: it may not read as it did. Part of a transaction. */
export const dropKept = ({ run: { model } }: Batch, userId: UserId): void => model.dropReadings(userId)

/** Part of a transaction. */
export const putKept = (batch: Batch, userId: UserId): void => {
  const runs = batch.kept.get(userId)
  if (runs !== undefined) batch.run.model.putReadings(userId, runs)
}

/** The same of a stream that was folded ahead, whole: of a long one of which nothing is to be kept something was not sound. */
export const putAhead = ({ run: { model } }: Batch, userId: UserId, { kept, events }: FoldedStream): void => {
  if (kept.length > 0) model.putReadings(userId, kept)
  else if (events >= FEWEST_KEPT) model.dropReadings(userId)
}

/** Whether all that is known of him could be read, and is what was received. */
export const isSound = ({ unreadable, altered, flaws }: KycState): boolean =>
  unreadable.length + altered.length + flaws.length === 0
