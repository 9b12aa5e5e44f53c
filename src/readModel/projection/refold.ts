import type { UserId } from '../../../domain/identifiers.ts'
import { foldHistory } from '../../../domain/state/fold.ts'
import { initialState, type KycState } from '../../../domain/state/kycState.ts'
import { readStored } from '../../../domain/state/reading.ts'
import { NOTHING_LEFT, streamUnreadable } from '../../eventStore/readFailure.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { hearErasures } from '../../ledger/erased.ts'
import { streamOf, UNATTRIBUTED, userOfStream } from '../../ledger/streams.ts'
import type { ProjectedEvent } from '../database/checkpointTable.ts'
import { readOwnHistory, type ShownHistory } from '../ownHistory.ts'
import { readOrphans, type UserEvents } from '../userEvents.ts'
import { type Batch, isErased, isNew, reached, stateOf } from './batch.ts'
import type { FoldedStream } from './foldedStream.ts'
import { keepHistory } from './keeping.ts'
import { costing, ofUser } from './uncertainUser.ts'

/** So many streams a server is asked for at a time; reads of an embedded log have nothing to wait for. */
const STREAMS_AT_A_TIME = 16

type Read = ShownHistory & Pick<UserEvents, 'orphans'>

const readEvents = async (batch: Batch, userId: UserId): Promise<Read | KycState> => {
  const { store, model, erased, clocks } = batch.run
  const orphans = model.orphansOf(userId).filter((revision) => !erased.has({ stream: UNATTRIBUTED, revision }))
  try {
    const shown = await readOwnHistory(store, userId, readStored(clocks.corrections()))
    return { ...shown, orphans: await readOrphans(store, orphans) }
  } catch (error) {
    return costing(batch, userId, reached(batch, userId), error)
  }
}

/** Notes the last event of a stream that was read to its end. */
const noteRead = (batch: Batch, userId: UserId, last: ProjectedEvent): void => {
  if (last.position > (batch.furthest?.position ?? '')) batch.furthest = last
  batch.readTo.set(userId, last.position)
}

/** Whether the user was erased, of whom the log shows less than it did: his record stands in it before anything of him goes. */
const wasErased = async (batch: Batch, userId: UserId): Promise<boolean> => {
  const { store, erased } = batch.run
  await hearErasures(store, erased)
  return isErased(batch, userId)
}

/** All events of the user, as far as the log goes: later batches then bring nothing new for him. */
export const refold = async (batch: Batch, userId: UserId): Promise<KycState> => {
  batch.uncertainUsers.delete(userId)
  const read = await readEvents(batch, userId)
  if (!('history' in read)) return read
  const { last, history, orphans, complete } = read
  // A long stream goes part by part: whoever reads it meanwhile sees the rest.
  if (!complete && (await wasErased(batch, userId))) return initialState(userId)
  if (last === undefined && reached(batch, userId) >= 0) {
    if (await wasErased(batch, userId)) return initialState(userId)
    return costing(batch, userId, reached(batch, userId), streamUnreadable(NOTHING_LEFT))
  }
  if (last !== undefined) noteRead(batch, userId, last)
  const { clocks, readings } = batch.run
  return ofUser(batch, userId, last?.revision ?? -1, () => {
    const own = history()
    const state = foldHistory(userId, own, orphans, { corrections: clocks.corrections() })
    readings.keep(state, own, keepHistory(batch, userId, own))
    return state
  })
}

/**
 * The state of a user whose stream has to show the event, as the log does. Where it does not, the event was taken out of
 * it; or the node that streams are read from is behind, and the batch fails.
 */
export const refoldWith = async (batch: Batch, userId: UserId, event: RecordedEvent): Promise<KycState> => {
  const state = await refold(batch, userId)
  if (batch.uncertainUsers.has(userId)) return { ...state, revision: Math.max(state.revision, event.revision) }
  if (state.revision >= event.revision || (await wasErased(batch, userId))) return state
  if ((await batch.run.store.idAt(event.position)) !== event.eventId) {
    throw new Error(`${event.stream} does not hold what the log holds of it: the server is behind`)
  }
  return costing(batch, userId, event.revision, streamUnreadable(NOTHING_LEFT))
}

/** Users with new events in it who are not kept: their streams have to be folded whole. */
export const strangersIn = (
  batch: Pick<Batch, 'run' | 'changed' | 'ahead'>,
  events: readonly RecordedEvent[],
): ReadonlySet<UserId> => {
  const strangers = new Set<UserId>()
  for (const event of events) {
    const userId = userOfStream(event.stream)
    if (userId === null || strangers.has(userId) || isErased(batch, userId)) continue
    if (stateOf(batch, userId) !== undefined) continue
    if (isNew(batch, userId, event)) strangers.add(userId)
  }
  return strangers
}

/** What a thread has made of his stream, where that is all there is to fold; `null` otherwise. */
const foldedAhead = async (batch: Batch, userId: UserId): Promise<FoldedStream | null> => {
  const { threads, model, erased, clocks } = batch.run
  const folded = (await threads()?.take(userId, clocks.corrections())) ?? null
  if (folded === null || erased.hasStream(streamOf(userId)) || model.orphansOf(userId).length > 0) return null
  noteRead(batch, userId, folded.last)
  return folded
}

/** The states of the users who are not kept: several streams at a time, since each may be a call to a server. */
export const foldStrangers = async (
  batch: Batch,
  events: readonly RecordedEvent[],
): Promise<ReadonlyMap<UserId, KycState | FoldedStream>> => {
  const folded = new Map<UserId, KycState | FoldedStream>()
  const left = strangersIn(batch, events).values()
  const foldOn = async (): Promise<void> => {
    for (const userId of left) {
      folded.set(userId, (await foldedAhead(batch, userId)) ?? (await refold(batch, userId)))
    }
  }
  await Promise.all(Array.from({ length: batch.run.store.embedded ? 1 : STREAMS_AT_A_TIME }, foldOn))
  return folded
}
