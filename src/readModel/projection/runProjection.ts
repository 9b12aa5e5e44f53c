import { LRUCache } from 'lru-cache'
import type { UserId } from '../../../domain/identifiers.ts'
import { type Instant, later } from '../../../domain/instant.ts'
import { fold } from '../../../domain/state/fold.ts'
import { initialState, type KycState } from '../../../domain/state/kycState.ts'
import { newDocuments, project, rowOf } from '../../../projections/kycStatus.ts'
import { isToldBy, type UnattributedRow, unattributedRow, unreadableRow } from '../../../projections/unattributed.ts'
import {
  type EventStore,
  isStoreDamaged,
  NOTHING_LEFT,
  type Position,
  type RecordedEvent,
  type Revision,
  type StreamName,
  streamUnreadable,
} from '../../eventStore/eventStore.ts'
import { readClockCorrected } from '../../ledger/clockCorrected.ts'
import { type ClockRecords, readClockRecords, streamsWithin } from '../../ledger/clockCorrections.ts'
import { isRecordOfCopy } from '../../ledger/logIdentity.ts'
import { recordedAtOf } from '../../ledger/recordedAt.ts'
import { KYC_LOG, streamOf, UNATTRIBUTED, userOfStream } from '../../ledger/streams.ts'
import type { ReadModelWriter } from '../database/writer.ts'
import { isEndOfLog, placeIn } from '../projectedLog.ts'
import { type Uncertain, uncertainState, uncertaintyOf, unfoldable } from '../uncertain.ts'
import { readOwnEvents, readUserEvents, type UserEvents } from '../userEvents.ts'

/** How far the read model has come. */
export interface Progress {
  readonly position: Position | null
  /** It had reached the end of the log, as of then. */
  readonly caughtUp: boolean
  /** The log is not the one that the read model was made from, or not any more. */
  readonly replaced?: true
  /** Streams of whose users nothing is certain; each is told of once. */
  readonly uncertain?: readonly Uncertain[]
  /** When the newest event of this run of the log was recorded. */
  readonly newest?: Instant
  /** What is known of wrong clocks, when it becomes known. */
  readonly clockRecords?: ClockRecords
  /** Why the log cannot be followed, until progress says that its end is reached again. */
  readonly lost?: string
}

/** When the newest of them was recorded. One may stand before another that was recorded earlier, by another node. */
const newestOf = (events: readonly RecordedEvent[]): Pick<Progress, 'newest'> => {
  const newest = events.slice(-NEWEST_AMONG).reduce<Instant | null>((t, event) => later(t, recordedAtOf(event)), null)
  return newest === null ? {} : { newest }
}
/** Of a long run only so many are looked at: the log is in the order of its records, but for nodes at the same moment. */
const NEWEST_AMONG = 20

/** Users whose folded state is kept in memory, some 3 kB each; of any other the whole stream is folded. */
const STATES_KEPT = 5000
/** A state grows by some 200 bytes with each event: fewer are kept where histories are longer than this. */
const EVENTS_EACH = 50
/** So many streams a server is asked for at a time; reads of an embedded log have nothing to wait for. */
const STREAMS_AT_A_TIME = 16

const unlessDamaged = async <A>(reading: Promise<A>): Promise<A | null> => {
  try {
    return await reading
  } catch (error) {
    if (isStoreDamaged(error)) return null
    throw error
  }
}

/**
 * Follows the log and keeps the read model up with it: each batch becomes one transaction of rows and checkpoint, so
 * that every event counts exactly once however often the process dies. Resolves when `signal` aborts, rejects when the
 * log or the read model fails; then the process has to run it again from the checkpoint. What goes wrong for one user costs
 * that user his certainty and no more: whatever his events make the code throw, and what the log cannot read of them.
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
  let clockRecords: ClockRecords = { corrections: [], settledLeaps: [] }
  let changed = new Map<UserId, KycState>()
  /** Of the events that were read in this batch, the one that stands last in the log. */
  let furthest: RecordedEvent | null = null
  const readTo = (event: RecordedEvent | undefined): void => {
    if (event !== undefined && event.position > (furthest?.position ?? '')) furthest = event
  }

  const keptState = (userId: UserId): KycState | undefined => changed.get(userId) ?? states.get(userId)
  const reached = (userId: UserId): Revision => keptState(userId)?.revision ?? model.revisionOf(userId) ?? -1
  const isNew = (userId: UserId, { revision }: RecordedEvent): boolean => revision > reached(userId)

  const told = new Set<string>()
  let uncertain: Uncertain[] = []
  /** The users of this batch of whom nothing is certain: their states are good for nothing but their rows. */
  let uncertainUsers = new Set<UserId>()
  /** Throws what is not about the events of one user. */
  const tell = (stream: StreamName, error: unknown): Uncertain => {
    const uncertainty = uncertaintyOf(error)
    if (uncertainty === null) throw error
    const one = { stream, ...uncertainty }
    const key = `${stream} ${one.kind}`
    if (!told.has(key)) uncertain.push(one)
    told.add(key)
    return one
  }
  const costing = (userId: UserId, revision: Revision, error: unknown): KycState => {
    const { kind } = tell(streamOf(userId), error)
    uncertainUsers.add(userId)
    return uncertainState(userId, kind, revision)
  }
  /** Of the domain alone: what the read model throws is no fault of the user's. */
  const ofUser = <A>(userId: UserId, revision: Revision, make: () => A): A | KycState => {
    try {
      return make()
    } catch (error) {
      return costing(userId, revision, unfoldable(error))
    }
  }

  const readEvents = async (userId: UserId): Promise<UserEvents | KycState> => {
    try {
      return await readUserEvents(store, userId, model.orphansOf(userId))
    } catch (error) {
      return costing(userId, reached(userId), error)
    }
  }

  /** All events of the user, as far as the log goes: later batches then bring nothing new for him. */
  const refold = async (userId: UserId): Promise<KycState> => {
    uncertainUsers.delete(userId)
    const read = await readEvents(userId)
    if (!('own' in read)) return read
    const last = read.own.at(-1)
    if (last === undefined && reached(userId) >= 0) {
      return costing(userId, reached(userId), streamUnreadable(NOTHING_LEFT))
    }
    readTo(last)
    const { corrections } = clockRecords
    return ofUser(userId, last?.revision ?? -1, () => fold(userId, read.own, read.orphans, { corrections }))
  }

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

  /**
   * The state of a user whose stream has to show the event, as the log does. Where it does not, the event was taken out of
   * it; or the node that streams are read from is behind, and the batch fails.
   */
  const refoldWith = async (userId: UserId, event: RecordedEvent): Promise<KycState> => {
    const state = await refold(userId)
    if (uncertainUsers.has(userId)) return { ...state, revision: Math.max(state.revision, event.revision) }
    if (state.revision >= event.revision) return state
    if ((await store.idAt(event.position)) !== event.eventId) {
      throw new Error(`${event.stream} does not hold what the log holds of it: the server is behind`)
    }
    return costing(userId, event.revision, streamUnreadable(NOTHING_LEFT))
  }

  const projectEvent = async (userId: UserId, event: RecordedEvent, strangers: ReadonlyMap<UserId, KycState>) => {
    if (!isNew(userId, event)) return
    const before = keptState(userId)
    // It was read in this batch: what that did not give it would not give again.
    if (before?.flaws.some(({ kind }) => kind === 'history-removed') && uncertainUsers.has(userId)) {
      return takeOver(userId, before, { ...before, revision: event.revision })
    }
    if (before === undefined) {
      const folded = strangers.get(userId) ?? initialState(userId)
      return takeOver(userId, before, folded.revision < event.revision ? await refoldWith(userId, event) : folded)
    }
    // What an event without a user says of him counts only as long as none of his own says it.
    const inOrder = event.revision === before.revision + 1 && !model.isNamed(userId)
    const after = inOrder
      ? ofUser(userId, event.revision, () => project(before, event, clockRecords.corrections))
      : 'late'
    await takeOver(userId, before, after === 'late' ? await refoldWith(userId, event) : after)
  }

  /** Where that cannot be told, he hears it: that it makes him uncertain comes of reading his events once more. */
  const isTold = async (userId: UserId, event: RecordedEvent): Promise<boolean> => {
    const own = await unlessDamaged(readOwnEvents(store, userId))
    try {
      return (
        own !== null &&
        isToldBy(
          own.filter(({ position }) => position < event.position),
          event,
        )
      )
    } catch {
      return false
    }
  }

  const rowOfUnattributed = (event: RecordedEvent): UnattributedRow => {
    try {
      return unattributedRow(event)
    } catch (error) {
      tell(event.stream, unfoldable(error))
      return unreadableRow(event)
    }
  }

  /**
   * An event without a user may still speak of somebody's document, known already or later; and of users whom the version
   * that recorded it did not find.
   */
  const projectUnattributed = async (event: RecordedEvent): Promise<void> => {
    const row = rowOfUnattributed(event)
    const users: UserId[] = []
    for (const userId of row.users) if (!(await isTold(userId, event))) users.push(userId)
    model.addUnattributed({ ...row, users })
    const hearers = new Set([...users, ...row.documents.flatMap(model.ownersOf)])
    for (const userId of hearers) await takeOver(userId, keptState(userId), await refold(userId))
  }

  /**
   * A stream that may not read as it did. Whom lost events of nobody would have spoken of cannot be known, but for those who
   * have heard them.
   */
  const lookAgainAt = async (stream: StreamName): Promise<void> => {
    const userId = userOfStream(stream)
    if (userId !== null) {
      const state = await refold(userId)
      const isHeardOf = state.events > 0 || state.flaws.length > 0 || model.revisionOf(userId) !== null
      return isHeardOf ? takeOver(userId, keptState(userId), state) : undefined
    }
    try {
      for await (const _ of store.readStream(stream));
    } catch (error) {
      tell(stream, error)
    }
    if (stream !== UNATTRIBUTED) return
    for (const hearer of model.hearers()) await takeOver(hearer, keptState(hearer), await refold(hearer))
  }

  /** What is newly known of wrong clocks changes what is known of everybody who was heard of meanwhile. */
  const readRecords = async (): Promise<void> => {
    try {
      clockRecords = await readClockRecords(store)
    } catch (error) {
      tell(KYC_LOG, error)
    }
  }
  const learnOfClocks = async (): Promise<void> => {
    await readRecords()
    states.clear()
    for (const [stream, events] of await streamsWithin(store, clockRecords.corrections)) {
      if (stream !== UNATTRIBUTED) await lookAgainAt(stream)
      else for (const event of events) await projectUnattributed(event)
    }
    newlyKnown = { clockRecords }
  }

  const put = (userId: UserId, state: KycState): void => {
    const row = ofUser(userId, state.revision, () => rowOf(state))
    model.put('body' in row ? row : rowOf(row))
  }

  const projectBatch = async (
    events: readonly RecordedEvent[],
    position: Position,
    altered: readonly StreamName[] = [],
  ): Promise<void> => {
    changed = new Map()
    uncertainUsers = new Set()
    furthest = events.findLast((event) => !isRecordOfCopy(event)) ?? null
    const strangers = await foldStrangers(events)
    model.begin()
    try {
      for (const event of events) {
        const userId = userOfStream(event.stream)
        if (userId !== null) await projectEvent(userId, event, strangers)
        else if (event.stream === UNATTRIBUTED) await projectUnattributed(event)
      }
      if (events.some((event) => readClockCorrected(event) !== null)) await learnOfClocks()
      for (const stream of altered) await lookAgainAt(stream)
      for (const [userId, state] of changed) put(userId, state)
      if (furthest !== null) model.readTo(furthest)
      model.commit(position, events.at(-1)?.position ?? null)
    } catch (error) {
      model.rollback()
      throw error
    }
    for (const [userId, state] of changed) {
      if (uncertainUsers.has(userId)) states.delete(userId)
      else states.set(userId, state)
    }
  }
  let newlyKnown: Pick<Progress, 'clockRecords'> = {}
  const newlyLearnt = (): Pick<Progress, 'clockRecords'> => {
    const known = newlyKnown
    newlyKnown = {}
    return known
  }
  const newlyUncertain = (): Pick<Progress, 'uncertain'> => {
    const some = uncertain
    uncertain = []
    return some.length > 0 ? { uncertain: some } : {}
  }

  /** Whether to read on: rejects where the log is another one now. */
  const isMadeFromLog = async (): Promise<boolean> => {
    const event = model.furthestEvent()
    const place = event === null ? 'here' : await placeIn(store, event, signal)
    if (signal.aborted) return false
    if (place === 'here') return true
    progressed({ position: null, caughtUp: false, replaced: true })
    throw new Error('the log does not hold the last event of the read model where that saw it')
  }
  if (!(await isMadeFromLog())) return
  await readRecords()
  // Not from the checkpoint, which others' events move on: a log that was restored may end before it, and grow there.
  const after = model.checkpoint() === null ? null : model.lastEventPosition()
  const checkpoint = model.checkpoint()
  // What was damaged or hidden may be so no more: a log that was restored holds the same events, and says nothing of it.
  const once = (['history-damaged', 'history-removed'] as const).flatMap(model.usersWith).map(streamOf)
  if (checkpoint !== null && once.length > 0) await projectBatch([], checkpoint, once)
  // An embedded log that holds nothing new gives no batch to say so.
  if (store.embedded && (await isEndOfLog(store, after)))
    progressed({ position: after, caughtUp: true, ...newlyUncertain() })
  const batches = store.follow(after, signal, model.checkpoint())
  for await (const { events, position, caughtUp, altered, resumed, lost } of batches) {
    if (lost !== undefined) {
      progressed({ position, caughtUp: false, lost })
      continue
    }
    if (resumed) {
      if (await isMadeFromLog()) continue
      return
    }
    if (position !== null) await projectBatch(events, position, altered)
    progressed({ position, caughtUp, ...newestOf(events), ...newlyLearnt(), ...newlyUncertain() })
  }
}
