import type { Response } from 'express'
import type { UserId } from '../../../domain/identifiers.ts'
import type { EventStore } from '../../eventStore/eventStore.ts'
import {
  isNotAsSealed,
  isStoreDamaged,
  isStreamUnreadable,
  NOTHING_LEFT,
  streamUnreadable,
} from '../../eventStore/readFailure.ts'
import type { RecordedEvent, Revision, StreamName } from '../../eventStore/recordedEvent.ts'
import { streamOf, UNATTRIBUTED } from '../../ledger/streams.ts'
import type { ReadModelReader, UserStanding } from '../../readModel/database/reader.ts'
import { readOrphans, readOwnEvents, type UserEvents } from '../../readModel/userEvents.ts'
import { HELD, hasRoom } from './roomForHistory.ts'
import { builtModel, currentModel, LONGEST_WAIT_MS, refuseBehind, type Sources } from './sources.ts'
import { type EventsOfLog, eventsOfLog } from './unbuilt.ts'

/**
 * The read model once it has come to the user's last event and to the last that names no user, as of now; `null`, after
 * 503 was answered, where that takes too long. It knows whose documents the unattributed events speak of.
 */
const modelAt = async (
  { store, readModel }: Sources,
  res: Response,
  own: RecordedEvent | undefined,
): Promise<ReadModelReader | null> => {
  // Whoever hears one of its events that cannot be read comes upon that himself; nobody else has to.
  const unattributed = await lastEvent(store, UNATTRIBUTED).catch((error: unknown) => {
    if (isStoreDamaged(error) || isStreamUnreadable(error) || isNotAsSealed(error)) return undefined
    throw error
  })
  for (const last of [own, unattributed]) {
    if (last === undefined || (await readModel.reached(last.position, LONGEST_WAIT_MS))) continue
    refuseBehind(res)
    return null
  }
  // Asked for now: while this waited, a rebuilt read model may have taken the place of the one before.
  return currentModel({ readModel }, res)
}

const lastEvent = async (store: EventStore, stream: StreamName): Promise<RecordedEvent | undefined> => {
  const [last] = await Array.fromAsync(store.readStream(stream, { direction: 'backwards', limit: 1 }))
  return last
}

const underWay = ({ settled }: Sources, userId: UserId): Promise<unknown> =>
  Promise.all([streamOf(userId), UNATTRIBUTED].map(settled))

/** What the read model knows of the user's stream; what was kept of one that shows less by now is forgotten. */
const standingOf = ({ readModel, streams, aside }: Sources, userId: UserId): UserStanding | null => {
  const standing = readModel.reader()?.standingOf(userId) ?? null
  if (standing?.altered) {
    streams.delete(userId)
    aside?.forget(userId)
  }
  return standing
}

/**
 * A stream that shows nothing, of a user who was heard of through it; or of a file, less than was folded of it. A server may be behind
 * the one that it was folded from.
 */
const expectShown = (
  { embedded }: Pick<EventStore, 'embedded'>,
  standing: UserStanding | null,
  last: RecordedEvent | undefined,
): void => {
  const folded = standing?.revision ?? -1
  if (last === undefined && folded >= 0) throw streamUnreadable(NOTHING_LEFT)
  if (embedded && last !== undefined && last.revision < folded) throw streamUnreadable('its last events are gone')
}

/** By what the events are to be read. */
type ReadBy = Pick<EventsOfLog, 'corrections' | 'position'>

const byReadModel = ({ corrections }: Sources): ReadBy => ({ corrections: corrections(), position: null })

/** As `eventsOfLog`; what a read model that has to catch up knows of him already his stream has to show. */
const shownByLog: typeof eventsOfLog = async (sources, res, userId, held) => {
  const read = await eventsOfLog(sources, res, userId, held)
  if (read !== null) expectShown(sources.store, standingOf(sources, userId), read.head)
  return read
}

/** All that the log holds of a user. `position`: all up to there, where no read model was asked. */
export interface SettledEvents extends UserEvents, ReadBy {}

/** What the log holds of a user, with every append that was under way when it was asked; `null` after it was answered that it is not told. `held`: how much of each event, in memory. */
export const settledEvents = async (
  sources: Sources,
  res: Response,
  userId: UserId,
  held: number = HELD.status,
): Promise<SettledEvents | null> => {
  const { store, streams: kept } = sources
  await underWay(sources, userId)
  if (builtModel(sources) === null) {
    const read = await shownByLog(sources, res, userId, held)
    return read === null ? null : { ...read, own: read.own ?? [] }
  }
  const standing = standingOf(sources, userId)
  if (!hasRoom(res, (standing?.revision ?? -1) + 1, held)) return null
  const own = await readOwnEvents(store, userId, kept)
  expectShown(store, standing, own.at(-1))
  const model = await modelAt(sources, res, own.at(-1))
  if (model === null) return null
  return { own, orphans: await readOrphans(store, model.orphansOf(userId)), ...byReadModel(sources) }
}

/** How far a user's story goes, as of now, for whoever reads it piece by piece. */
export interface SettledStory extends ReadBy {
  /** Of his own stream; -1 where that holds nothing. */
  readonly last: Revision
  /** Events of the stream of the unattributed that name him or speak of his documents, in its order. */
  readonly orphans: readonly RecordedEvent[]
}

/** As `settledEvents`, without reading the user's own stream unless that has to be. */
export const settledStory = async (sources: Sources, res: Response, userId: UserId): Promise<SettledStory | null> => {
  await underWay(sources, userId)
  if (builtModel(sources) === null) {
    const read = await shownByLog(sources, res, userId, null)
    return read === null ? null : { ...read, last: read.head?.revision ?? -1 }
  }
  const standing = standingOf(sources, userId)
  const last = await lastEvent(sources.store, streamOf(userId))
  expectShown(sources.store, standing, last)
  const model = await modelAt(sources, res, last)
  if (model === null) return null
  const orphans = await readOrphans(sources.store, model.orphansOf(userId))
  return { last: last?.revision ?? -1, orphans, ...byReadModel(sources) }
}
