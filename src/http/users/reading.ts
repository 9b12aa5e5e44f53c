import type { Response } from 'express'
import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Clock } from '../../clock/clock.ts'
import type { ApiKey } from '../../config/apiKeys.ts'
import type { EventStore } from '../../eventStore/eventStore.ts'
import { isStoreDamaged, isStreamUnreadable, NOTHING_LEFT, streamUnreadable } from '../../eventStore/readFailure.ts'
import type { Position, RecordedEvent, Revision, StreamName } from '../../eventStore/recordedEvent.ts'
import { streamOf, UNATTRIBUTED } from '../../ledger/streams.ts'
import type { ReadModelReader, UserStanding } from '../../readModel/database/reader.ts'
import type { ReadModel } from '../../readModel/readModel.ts'
import type { Uncertain } from '../../readModel/uncertain.ts'
import { readOrphans, readOwnEvents, type Streams, type UserEvents } from '../../readModel/userEvents.ts'
import { answerJson } from '../answerJson.ts'
import { ASKED_AGAIN, meaningOf } from '../headers.ts'
import { problem, unavailable } from '../problem.ts'

/** What the read API reads from. */
export interface Reading {
  readonly store: EventStore
  /** Streams of `store` that were read lately. */
  readonly streams: Streams
  readonly readModel: ReadModel
  readonly apiKeys: readonly ApiKey[]
  /** Resolves once this process has no append to the stream under way. */
  readonly settled: (stream: StreamName) => Promise<void>
  readonly now: Clock
  /** The receipts known to be wrong: the same list for as long as they are the same. */
  readonly corrections: () => readonly ReceiptCorrection[]
  /** Says in the log, and counts, that nothing is certain about a user. */
  readonly uncertain: (one: Uncertain) => void
}

export const unknownUser = (res: Response): void => problem(res, 'unknown-user', 'no event of this user is known')

/** The read model, once it has caught up with the log since the start; before that it could show what is long past. */
export const currentModel = ({ readModel }: Pick<Reading, 'readModel'>, res: Response): ReadModelReader | null => {
  const reader = readModel.reader()
  if (reader !== null && readModel.hasCaughtUp()) return reader
  unavailable(res, 'read-model-behind', 'the read model is catching up with the log', 1)
  return null
}

export const LONGEST_WAIT_MS = 2000

/**
 * The read model once it has come to the user's last event and to the last that names no user, as of now; `null`, after
 * 503 was answered, where that takes too long. It knows whose documents the unattributed events speak of.
 */
const modelAt = async (
  { store, readModel }: Reading,
  res: Response,
  own: RecordedEvent | undefined,
): Promise<ReadModelReader | null> => {
  // Whoever hears one of its events that cannot be read comes upon that himself; nobody else has to.
  const unattributed = await lastEvent(store, UNATTRIBUTED).catch((error: unknown) => {
    if (isStoreDamaged(error) || isStreamUnreadable(error)) return undefined
    throw error
  })
  for (const last of [own, unattributed]) {
    if (last === undefined || (await readModel.reached(last.position, LONGEST_WAIT_MS))) continue
    unavailable(res, 'read-model-behind', 'the read model is catching up with the log', 1)
    return null
  }
  // Asked for now: while this waited, a rebuilt read model may have taken the place of the one before.
  return currentModel({ readModel }, res)
}

const lastEvent = async (store: EventStore, stream: StreamName): Promise<RecordedEvent | undefined> => {
  const [last] = await Array.fromAsync(store.readStream(stream, { direction: 'backwards', limit: 1 }))
  return last
}

const underWay = ({ settled }: Reading, userId: UserId): Promise<unknown> =>
  Promise.all([streamOf(userId), UNATTRIBUTED].map(settled))

/** What the read model knows of the user's stream; what was kept of one that shows less by now is forgotten. */
const standingOf = ({ readModel, streams }: Reading, userId: UserId): UserStanding | null => {
  const standing = readModel.reader()?.standingOf(userId) ?? null
  if (standing?.altered) streams.delete(userId)
  return standing
}

/** A stream that shows nothing, of a user who was heard of through it. */
const expectShown = (standing: UserStanding | null, last: RecordedEvent | undefined): void => {
  if (last === undefined && (standing?.revision ?? -1) >= 0) throw streamUnreadable(NOTHING_LEFT)
}

/** What the log holds of a user, with every append that was under way when it was asked; `null` after 503 was answered. */
export const settledEvents = async (reading: Reading, res: Response, userId: UserId): Promise<UserEvents | null> => {
  const { store, streams: kept } = reading
  await underWay(reading, userId)
  const standing = standingOf(reading, userId)
  const own = await readOwnEvents(store, userId, kept)
  expectShown(standing, own.at(-1))
  const model = await modelAt(reading, res, own.at(-1))
  return model === null ? null : { own, orphans: await readOrphans(store, model.orphansOf(userId)) }
}

/** How far a user's story goes, as of now, for whoever reads it piece by piece. */
export interface SettledStory {
  /** Of his own stream; -1 where that holds nothing. */
  readonly last: Revision
  /** Events of the stream of the unattributed that name him or speak of his documents, in its order. */
  readonly orphans: readonly RecordedEvent[]
}

/** As `settledEvents`, without reading the user's own stream. */
export const settledStory = async (reading: Reading, res: Response, userId: UserId): Promise<SettledStory | null> => {
  await underWay(reading, userId)
  const standing = standingOf(reading, userId)
  const last = await lastEvent(reading.store, streamOf(userId))
  expectShown(standing, last)
  const model = await modelAt(reading, res, last)
  if (model === null) return null
  return { last: last?.revision ?? -1, orphans: await readOrphans(reading.store, model.orphansOf(userId)) }
}

/**
 * RFC 9110, 13.1.2. Not Express's `fresh`: it passes over the condition of whoever sends `Cache-Control: no-cache` with it,
 * as every client that uses `fetch` does.
 */
const isCurrent = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch?.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag) ?? false

/**
 * Sends JSON text that is ready, or 304 where the client holds it already; `position` is how far the read model it is out of
 * had come. Nothing on the way may keep it unasked.
 */
export const sendJson = (
  { corrections }: Pick<Reading, 'corrections'>,
  res: Response,
  etag: string,
  body: string,
  position: Position | null = null,
): void => {
  const headers = ['ETag', etag, ...ASKED_AGAIN, ...Object.entries(meaningOf(corrections())).flat()]
  if (position !== null) headers.push('Kyc-Position', position)
  if (isCurrent(res.req.headers['if-none-match'], etag)) return void res.writeHead(304, headers).end()
  answerJson(res, body, headers)
}
