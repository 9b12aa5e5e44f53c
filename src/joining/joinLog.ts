import { join } from 'node:path'
import type { Clock } from '../clock/clock.ts'
import type { EventStoreConfig } from '../config/eventStoreConfig.ts'
import { type EventStore, isStoreDamaged } from '../eventStore/eventStore.ts'
import { logOfJournal } from '../journal/logOfJournal.ts'
import { appendToKycLog } from '../ledger/kycLog.ts'
import { EVENTS_LOST_ACCEPTED, establishIdentity, type LogIdentity, readIdentity } from '../ledger/logIdentity.ts'
import type { Logger } from '../log/log.ts'
import { currentReadModel, removeReadModel } from '../readModel/file.ts'
import { isEndOfLog, placeIn, shown } from '../readModel/projectedLog.ts'
import { type Standing, standingOf } from '../readModel/standing.ts'
import { type LostEvents, lostEvents, tellLost } from './lostEvents.ts'

// A read model and a journal belong to one log. Before a service makes or reads either it joins the log: it learns which
// one that is, gives it an identity where it has none, and refuses one that its directory does not belong to, or that
// has lost what the directory has seen of it.

/** The log is not one that this directory may serve; what to do stands in the message. */
export class LogRefused extends Error {}

/** What a data directory knows of its log; each part may be lost. */
export interface Carried {
  readonly readModel: Standing | null
  /** The ids of the logs that read model and journal belong to. */
  readonly logIds: readonly string[]
}

export const carriedBy = (dataDir: string): Carried => {
  const readModel = standingOf(currentReadModel(dataDir))
  const ids = [readModel?.log?.logId, logOfJournal(join(dataDir, 'journal.db'))?.logId]
  return { readModel, logIds: ids.filter((id) => id !== undefined) }
}

const named = (eventStore: EventStoreConfig): string =>
  eventStore.kind === 'sqlite' ? `the event log ${eventStore.file}` : 'the event log in EVENT_STORE'

/** What to do in order to serve another log. */
export const SET_ASIDE =
  'to serve another log from this directory, remove its read model (read-model*) and move its journal (journal.db*) aside'

/** What to say of a log that is empty, or missing, although the directory belongs to one. */
export const lostLog = (eventStore: EventStoreConfig, dataDir: string): string =>
  `${named(eventStore)} is empty or missing, but ${dataDir} belongs to one: check EVENT_STORE and DATA_DIR, or restore ` +
  `the log; ${SET_ASIDE}`

const anotherLog = (eventStore: EventStoreConfig, dataDir: string, held: string | null, carried: string): string =>
  `${named(eventStore)} ${held === null ? 'has no identity' : `is the log ${held}`}, but ${dataDir} belongs to the log ` +
  `${carried}: check EVENT_STORE and DATA_DIR; ${SET_ASIDE}`

export const shortened = (eventStore: EventStoreConfig, dataDir: string, lost: LostEvents): string =>
  `${named(eventStore)} does not hold the last event that the read model in ${dataDir} has seen: ${tellLost(lost)}. ` +
  'Restore the log. To go on without what is missing, start once with --accept-lost-events: that is recorded in the log'

/**
 * The identity of the log. A server that does not show one is asked again where the directory belongs to a log; where just
 * that is damaged, the read model is believed.
 */
export const heldIdentity = async (store: EventStore, { readModel, logIds }: Carried): Promise<LogIdentity | null> => {
  try {
    return await (logIds.length > 0 ? shown(store, () => readIdentity(store)) : readIdentity(store))
  } catch (error) {
    if (!isStoreDamaged(error) || readModel === null || readModel.log === null) throw error
    return readModel.log
  }
}

/** Throws unless the log is the one that the directory belongs to, if it belongs to any. */
export const checkIdentity = async (
  store: EventStore,
  eventStore: EventStoreConfig,
  dataDir: string,
  { readModel, logIds }: Carried,
  identity: LogIdentity | null,
): Promise<void> => {
  const stranger = logIds.find((id) => id !== identity?.logId)
  const wasMadeFromLog = stranger !== undefined || readModel?.furthestEvent != null
  if (identity === null && wasMadeFromLog && (await isEndOfLog(store, null))) {
    throw new LogRefused(lostLog(eventStore, dataDir))
  }
  if (stranger !== undefined) throw new LogRefused(anotherLog(eventStore, dataDir, identity?.logId ?? null, stranger))
}

/** How the read model in use goes with the log. */
export type Fit =
  | { readonly _tag: 'Fits' }
  /** It is of another state or copy of the log, and has to be made anew from this one. */
  | { readonly _tag: 'MadeAnew'; readonly why: string }
  /** The log does not hold all that it was made from. */
  | { readonly _tag: 'Lost'; readonly lost: LostEvents }

export const fitOf = async (
  store: EventStore,
  readModelFile: string,
  standing: Standing | null,
  identity: LogIdentity | null,
): Promise<Fit> => {
  const event = standing?.furthestEvent ?? null
  if (event === null) return { _tag: 'Fits' }
  const place = await placeIn(store, event)
  const before = standing?.log ?? null
  // Also where its last event is there: that may have come again since, and taken the very place that was lost.
  if (before !== null && identity !== null && identity.losses > before.losses) {
    return { _tag: 'MadeAnew', why: 'events that it may have been made from are lost, as somebody has accepted' }
  }
  if (place === 'gone') return { _tag: 'Lost', lost: await lostEvents(store, readModelFile, event) }
  if (place === 'elsewhere' || (before !== null && before.generation !== identity?.generation)) {
    return { _tag: 'MadeAnew', why: 'it was made from another copy of the log' }
  }
  return { _tag: 'Fits' }
}

/** Records that the log goes on without what is missing. */
export const acceptLost = async (store: EventStore, lost: LostEvents, now: Clock): Promise<void> => {
  const { stream, revision, eventId } = lost.furthest
  const { endsWith } = lost
  await appendToKycLog(store, {
    type: EVENTS_LOST_ACCEPTED,
    data: {
      lastSeen: { stream, revision, eventId },
      logEndedWith:
        endsWith === null ? null : { stream: endsWith.stream, revision: endsWith.revision, eventId: endsWith.eventId },
      missing: lost.runs,
    },
    recordedAt: now(),
  })
}

export interface Joining {
  readonly store: EventStore
  readonly eventStore: EventStoreConfig
  readonly dataDir: string
  readonly acceptLostEvents: boolean
  readonly now: Clock
  /** Called once the log is known, before anything is made of it, with what the read model has seen of it. */
  readonly begin: (seen: Standing | null) => Promise<void>
}

const settle = async (
  { store, eventStore, dataDir, acceptLostEvents, now }: Joining,
  log: Logger,
): Promise<LogIdentity> => {
  const carried = carriedBy(dataDir)
  const held = await heldIdentity(store, carried)
  await checkIdentity(store, eventStore, dataDir, carried, held)

  const readModel = currentReadModel(dataDir)
  const fit = await fitOf(store, readModel, carried.readModel, held)
  if (fit._tag === 'Lost' && !acceptLostEvents) throw new LogRefused(shortened(eventStore, dataDir, fit.lost))
  const identity = held ?? (await establishIdentity(store, now))
  if (fit._tag === 'Fits') return identity
  if (fit._tag === 'Lost') await acceptLost(store, fit.lost, now)
  log.warn(
    fit._tag === 'Lost'
      ? 'events that the read model was made from are lost, which is recorded in the log: it is made anew'
      : `the read model is made anew: ${fit.why}`,
  )
  removeReadModel(readModel)
  return fit._tag === 'Lost' ? await establishIdentity(store, now) : identity
}

/**
 * Joins the log: gives its identity, with a read model in the directory that fits it, or none. Throws `LogRefused`, or
 * whatever keeps the store from answering.
 */
export const joinLog = async (joining: Joining, log: Logger): Promise<LogIdentity> => {
  const identity = await settle(joining, log)
  await joining.begin(standingOf(currentReadModel(joining.dataDir)))
  return identity
}
