import { LRUCache } from 'lru-cache'
import { fold } from '../../domain/fold.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { initialState, type KycState } from '../../domain/kycState.ts'
import { newDocuments, orphanDocuments, project, rowOf, stateOfRow } from '../../projections/kycStatus.ts'
import type { EventStore, Position, RecordedEvent } from '../eventStore/eventStore.ts'
import { UNATTRIBUTED, userOfStream } from '../ingest/streams.ts'
import type { ReadModelWriter } from './database.ts'
import { readUserEvents } from './userEvents.ts'

/** How far the read model has come. */
export interface Progress {
  readonly position: Position | null
  /** It had reached the end of the log, as of then. */
  readonly caughtUp: boolean
  /** The log is not the one that the read model was made from: it starts anew. */
  readonly startsAnew?: true
}

/** Users whose folded state is kept in memory; the others' is read from their row. */
const STATES_KEPT = 10_000

/**
 * Follows the log and keeps the read model up with it: each batch becomes one transaction of rows and checkpoint, so
 * that every event counts exactly once however often the process dies. Resolves when `signal` aborts, rejects when the
 * log or the read model fails; then the process has to run it again from the checkpoint.
 */
export const runProjection = async (
  store: EventStore,
  model: ReadModelWriter,
  signal: AbortSignal,
  progressed: (progress: Progress) => void,
  statesKept: number = STATES_KEPT,
): Promise<void> => {
  const states = new LRUCache<UserId, KycState>({ max: statesKept })
  let changed = new Map<UserId, KycState>()

  const stateOf = (userId: UserId): KycState => {
    const kept = changed.get(userId) ?? states.get(userId)
    if (kept !== undefined) return kept
    const stored = model.stateOf(userId)
    return stored === null ? initialState(userId) : stateOfRow(stored)
  }

  /** All events of the user, as far as the log goes: later batches then bring nothing new for him. */
  const refold = async (userId: UserId): Promise<KycState> => {
    const { own, orphans } = await readUserEvents(store, userId, model.orphansOf(userId))
    return fold(userId, own, orphans)
  }

  const takeOver = async (userId: UserId, before: KycState, after: KycState): Promise<void> => {
    changed.set(userId, after)
    const documents = newDocuments(before, after)
    for (const documentId of documents) model.addOwner(documentId, userId)
    // The log may have grown: what is read of it now may hold further documents.
    if (documents.some(model.hasOrphans)) await takeOver(userId, after, await refold(userId))
  }

  const projectEvent = async (userId: UserId, event: RecordedEvent): Promise<void> => {
    const before = stateOf(userId)
    if (event.revision <= before.revision) return
    const after = event.revision === before.revision + 1 ? project(before, event) : 'late'
    await takeOver(userId, before, after === 'late' ? await refold(userId) : after)
  }

  /** An event without a user may still speak of somebody's document, known already or later. */
  const projectOrphan = async (event: RecordedEvent): Promise<void> => {
    for (const documentId of orphanDocuments(event)) {
      model.addOrphan(documentId, event.revision)
      for (const userId of model.ownersOf(documentId)) await takeOver(userId, stateOf(userId), await refold(userId))
    }
  }

  const projectBatch = async (events: readonly RecordedEvent[], position: Position): Promise<void> => {
    changed = new Map()
    model.begin()
    try {
      for (const event of events) {
        const userId = userOfStream(event.stream)
        if (userId !== null) await projectEvent(userId, event)
        else if (event.stream === UNATTRIBUTED) await projectOrphan(event)
      }
      for (const state of changed.values()) model.put(rowOf(state))
      model.commit(position, events.at(-1) ?? null)
    } catch (error) {
      model.rollback()
      throw error
    }
    for (const [userId, state] of changed) states.set(userId, state)
  }

  if (!(await isMadeFrom(store, model))) {
    model.reset()
    progressed({ position: null, caughtUp: false, startsAnew: true })
  }
  // A log that holds nothing new gives no batch to say so.
  const checkpoint = model.checkpoint()
  if (await isEndOfLog(store, checkpoint)) progressed({ position: checkpoint, caughtUp: true })
  for await (const { events, position, caughtUp } of store.follow(checkpoint, signal)) {
    if (position !== null) await projectBatch(events, position)
    progressed({ position, caughtUp })
  }
}

/** A log that was restored from a backup, or copied into another store, does not hold what was projected last where it stood. */
const isMadeFrom = async (store: EventStore, model: ReadModelWriter): Promise<boolean> => {
  const last = model.lastEvent()
  if (last === null) return true
  for await (const event of store.readStream(last.stream, { from: last.revision, limit: 1 })) {
    return event.eventId === last.eventId && event.position === last.position
  }
  return false
}

const isEndOfLog = async (store: EventStore, position: Position | null): Promise<boolean> => {
  for await (const events of store.readAll(position)) if (events.length > 0) return false
  return true
}
