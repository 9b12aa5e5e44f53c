import { LRUCache } from 'lru-cache'
import { fold } from '../../domain/fold.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { initialState, type KycState } from '../../domain/kycState.ts'
import { newDocuments, project, rowOf, stateOfRow } from '../../projections/kycStatus.ts'
import { isToldBy, unattributedRow } from '../../projections/unattributed.ts'
import type { EventStore, Position, RecordedEvent } from '../eventStore/eventStore.ts'
import { UNATTRIBUTED, userOfStream } from '../ingest/streams.ts'
import type { ReadModelWriter } from './database.ts'
import { holds, isEmbedded, isEndOfLog, lostLog } from './projectedLog.ts'
import { readOwnEvents, readUserEvents } from './userEvents.ts'

/** How far the read model has come. */
export interface Progress {
  readonly position: Position | null
  /** It had reached the end of the log, as of then. */
  readonly caughtUp: boolean
  /** The log is not the one that the read model was made from: it starts anew. */
  readonly startsAnew?: true
  /** Why the log cannot be followed, until progress says that its end is reached again. */
  readonly lost?: string
}

/** Users whose folded state is kept in memory; the others' is read from their row. */
const STATES_KEPT = 2000

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
    // What an event without a user says of him counts only as long as none of his own says it.
    const inOrder = event.revision === before.revision + 1 && !model.isNamed(userId)
    const after = inOrder ? project(before, event) : 'late'
    await takeOver(userId, before, after === 'late' ? await refold(userId) : after)
  }

  const isTold = async (userId: UserId, event: RecordedEvent): Promise<boolean> => {
    const own = await readOwnEvents(store, userId)
    return isToldBy(
      own.filter(({ position }) => position < event.position),
      event,
    )
  }

  /**
   * An event without a user may still speak of somebody's document, known already or later; and of users whom the version
   * that recorded it did not find.
   */
  const projectUnattributed = async (event: RecordedEvent): Promise<void> => {
    const row = unattributedRow(event)
    const users: UserId[] = []
    for (const userId of row.users) if (!(await isTold(userId, event))) users.push(userId)
    model.addUnattributed({ ...row, users })
    const hearers = new Set([...users, ...row.documents.flatMap(model.ownersOf)])
    for (const userId of hearers) await takeOver(userId, stateOf(userId), await refold(userId))
  }

  const projectBatch = async (events: readonly RecordedEvent[], position: Position): Promise<void> => {
    changed = new Map()
    model.begin()
    try {
      for (const event of events) {
        const userId = userOfStream(event.stream)
        if (userId !== null) await projectEvent(userId, event)
        else if (event.stream === UNATTRIBUTED) await projectUnattributed(event)
      }
      for (const state of changed.values()) model.put(rowOf(state))
      model.commit(position, events.at(-1) ?? null)
    } catch (error) {
      model.rollback()
      throw error
    }
    for (const [userId, state] of changed) states.set(userId, state)
  }

  const isMadeFromLog = async (): Promise<boolean> => {
    const last = model.lastEvent()
    return last === null || holds(store, last, signal)
  }
  const wasMadeFromLog = await isMadeFromLog()
  if (signal.aborted) return
  if (!wasMadeFromLog) {
    if (await isEndOfLog(store, null)) throw new Error(lostLog())
    model.reset()
    progressed({ position: null, caughtUp: false, startsAnew: true })
  }
  // Not from the checkpoint, which others' events move on: a log that was restored may end before it, and grow there.
  const after = model.checkpoint() === null ? null : (model.lastEvent()?.position ?? null)
  // An embedded log that holds nothing new gives no batch to say so.
  if (isEmbedded(store) && (await isEndOfLog(store, after))) progressed({ position: after, caughtUp: true })
  const batches = store.follow(after, signal, model.checkpoint())
  for await (const { events, position, caughtUp, resumed, lost } of batches) {
    if (lost !== undefined) {
      progressed({ position, caughtUp: false, lost })
      continue
    }
    if (resumed) {
      const isStillMadeFromLog = await isMadeFromLog()
      if (signal.aborted) return
      if (isStillMadeFromLog) continue
      progressed({ position: null, caughtUp: false, startsAnew: true })
      throw new Error('the event log was replaced')
    }
    if (position !== null) await projectBatch(events, position)
    progressed({ position, caughtUp })
  }
}
