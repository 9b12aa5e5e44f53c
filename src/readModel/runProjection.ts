import { LRUCache } from 'lru-cache'
import type { UserId } from '../../domain/identifiers.ts'
import type { StoredEvent } from '../../domain/kycEvent.ts'
import type { KycState } from '../../domain/kycState.ts'
import { emptyState, project, refold, rowOf, stateOfRow } from '../../projections/kycStatus.ts'
import type { EventStore, LogBatch, Position } from '../eventStore/eventStore.ts'
import { userOfStream } from '../ingest/streams.ts'
import type { ReadModelWriter } from './database.ts'

/** How far the read model has come. */
export interface Progress {
  readonly position: Position | null
  /** It had reached the end of the log, as of then. */
  readonly caughtUp: boolean
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
): Promise<void> => {
  const states = new LRUCache<UserId, KycState>({ max: STATES_KEPT })

  const stateOf = (userId: UserId): KycState => {
    const kept = states.get(userId)
    if (kept !== undefined) return kept
    const row = model.row(userId)
    return row === null ? emptyState(userId) : stateOfRow(row)
  }

  /** All events of the user, as far as the stream goes: later batches then bring nothing new for him. */
  const refolded = async (userId: UserId, stream: string): Promise<KycState> => {
    const events: StoredEvent[] = []
    for await (const event of store.readStream(stream)) events.push(event)
    return refold(userId, events)
  }

  const projectEvent = async (changed: Map<UserId, KycState>, event: LogBatch['events'][number]): Promise<void> => {
    const userId = userOfStream(event.stream)
    if (userId === null) return
    const before = changed.get(userId) ?? stateOf(userId)
    if (event.revision <= before.revision) return
    const after = event.revision === before.revision + 1 ? project(before, event) : 'late'
    changed.set(userId, after === 'late' ? await refolded(userId, event.stream) : after)
  }

  // A log that holds nothing new gives no batch to say so.
  const checkpoint = model.checkpoint()
  if (await isEndOfLog(store, checkpoint)) progressed({ position: checkpoint, caughtUp: true })
  for await (const { events, position, caughtUp } of store.follow(checkpoint, signal)) {
    const changed = new Map<UserId, KycState>()
    for (const event of events) await projectEvent(changed, event)
    if (position !== null) model.write([...changed.values()].map(rowOf), position)
    for (const [userId, state] of changed) states.set(userId, state)
    progressed({ position, caughtUp })
  }
}

const isEndOfLog = async (store: EventStore, position: Position | null): Promise<boolean> => {
  for await (const events of store.readAll(position)) if (events.length > 0) return false
  return true
}
