import { LRUCache } from 'lru-cache'
import { fold } from '../../domain/fold.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { initialState, type KycState } from '../../domain/kycState.ts'
import { newDocuments, project, rowOf } from '../../projections/kycStatus.ts'
import { isToldBy, unattributedRow } from '../../projections/unattributed.ts'
import type { EventStore, Position, RecordedEvent } from '../eventStore/eventStore.ts'
import { UNATTRIBUTED, userOfStream } from '../ingest/streams.ts'
import type { ReadModelWriter } from './database.ts'
import { holds, isEndOfLog, lostLog } from './projectedLog.ts'
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

/** Users whose folded state is kept in memory, some 3 kB each; of any other the whole stream is folded. */
const STATES_KEPT = 5000
/** A state grows by some 200 bytes with each event: fewer are kept where histories are longer than this. */
const EVENTS_EACH = 50
/** So many streams a server is asked for at a time; reads of an embedded log have nothing to wait for. */
const STREAMS_AT_A_TIME = 16

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
  const eventsKept = statesKept * EVENTS_EACH
  const states = new LRUCache<UserId, KycState>({
    max: statesKept,
    maxSize: eventsKept,
    // A longer history counts as a part of all: its state is kept, and does not drive out all others.
    sizeCalculation: ({ events }) => Math.min(events + 1, Math.ceil(eventsKept / 4)),
  })
  let changed = new Map<UserId, KycState>()
  /** Of the events that were read in this batch, the one that stands last in the log. */
  let furthest: RecordedEvent | null = null
  const readTo = (event: RecordedEvent | undefined): void => {
    if (event !== undefined && event.position > (furthest?.position ?? '')) furthest = event
  }

  const keptState = (userId: UserId): KycState | undefined => changed.get(userId) ?? states.get(userId)

  /** All events of the user, as far as the log goes: later batches then bring nothing new for him. */
  const refold = async (userId: UserId): Promise<KycState> => {
    const { own, orphans } = await readUserEvents(store, userId, model.orphansOf(userId))
    readTo(own.at(-1))
    return fold(userId, own, orphans)
  }

  const isNew = (userId: UserId, { revision }: RecordedEvent): boolean =>
    revision > (keptState(userId)?.revision ?? model.revisionOf(userId) ?? -1)

  /** The states of the users who are not kept: several streams at a time, since each may be a call to a server. */
  const foldStrangers = async (events: readonly RecordedEvent[]): Promise<ReadonlyMap<UserId, KycState>> => {
    const strangers = new Set<UserId>()
    for (const event of events) {
      const userId = userOfStream(event.stream)
      if (userId === null || strangers.has(userId) || keptState(userId) !== undefined) continue
      if (isNew(userId, event)) strangers.add(userId)
    }
    const folded = new Map<UserId, KycState>()
    const left = strangers.values()
    const foldOn = async (): Promise<void> => {
      for (const userId of left) folded.set(userId, await refold(userId))
    }
    await Promise.all(Array.from({ length: store.embedded ? 1 : STREAMS_AT_A_TIME }, foldOn))
    return folded
  }

  const takeOver = async (userId: UserId, before: KycState | undefined, after: KycState): Promise<void> => {
    changed.set(userId, after)
    const documents = newDocuments(before ?? initialState(userId), after)
    const gained = documents.filter((documentId) => model.addOwner(documentId, userId))
    // The log may have grown: what is read of it now may hold further documents.
    if (gained.some(model.hasOrphans)) await takeOver(userId, after, await refold(userId))
  }

  /** The state of a user whose stream has to hold the event, as the log does: where it does not, the batch fails. */
  const refoldWith = async (userId: UserId, event: RecordedEvent): Promise<KycState> => {
    const state = await refold(userId)
    if (state.revision < event.revision) {
      throw new Error(`${event.stream} does not hold what the log holds of it: the server is behind, or it was deleted`)
    }
    return state
  }

  const projectEvent = async (userId: UserId, event: RecordedEvent, strangers: ReadonlyMap<UserId, KycState>) => {
    if (!isNew(userId, event)) return
    const before = keptState(userId)
    if (before === undefined) {
      const folded = strangers.get(userId) ?? initialState(userId)
      return takeOver(userId, before, folded.revision < event.revision ? await refoldWith(userId, event) : folded)
    }
    // What an event without a user says of him counts only as long as none of his own says it.
    const inOrder = event.revision === before.revision + 1 && !model.isNamed(userId)
    const after = inOrder ? project(before, event) : 'late'
    await takeOver(userId, before, after === 'late' ? await refoldWith(userId, event) : after)
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
    for (const userId of hearers) await takeOver(userId, keptState(userId), await refold(userId))
  }

  const projectBatch = async (events: readonly RecordedEvent[], position: Position): Promise<void> => {
    changed = new Map()
    furthest = events.at(-1) ?? null
    const strangers = await foldStrangers(events)
    model.begin()
    try {
      for (const event of events) {
        const userId = userOfStream(event.stream)
        if (userId !== null) await projectEvent(userId, event, strangers)
        else if (event.stream === UNATTRIBUTED) await projectUnattributed(event)
      }
      for (const state of changed.values()) model.put(rowOf(state))
      if (furthest !== null) model.readTo(furthest)
      model.commit(position, events.at(-1)?.position ?? null)
    } catch (error) {
      model.rollback()
      throw error
    }
    for (const [userId, state] of changed) states.set(userId, state)
  }

  const isMadeFromLog = async (): Promise<boolean> => {
    const event = model.furthestEvent()
    return event === null || holds(store, event, signal)
  }
  const wasMadeFromLog = await isMadeFromLog()
  if (signal.aborted) return
  if (!wasMadeFromLog) {
    if (await isEndOfLog(store, null)) throw new Error(lostLog())
    model.reset()
    progressed({ position: null, caughtUp: false, startsAnew: true })
  }
  // Not from the checkpoint, which others' events move on: a log that was restored may end before it, and grow there.
  const after = model.checkpoint() === null ? null : model.lastEventPosition()
  // An embedded log that holds nothing new gives no batch to say so.
  if (store.embedded && (await isEndOfLog(store, after))) progressed({ position: after, caughtUp: true })
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
