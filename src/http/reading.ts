import type { Response } from 'express'
import type { UserId } from '../../domain/identifiers.ts'
import type { Clock } from '../clock.ts'
import type { ApiKey } from '../config.ts'
import type { EventStore, Position, StreamName } from '../eventStore/eventStore.ts'
import { streamOf, UNATTRIBUTED } from '../ingest/streams.ts'
import type { ReadModelReader } from '../readModel/database.ts'
import type { ReadModel } from '../readModel/readModel.ts'
import { readOrphans, readOwnEvents, type Streams, type UserEvents } from '../readModel/userEvents.ts'
import { ASKED_AGAIN, answerJson } from './json.ts'
import { problem, unavailable } from './problem.ts'

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
 * What the log holds of a user, with every append that was under way when it was asked; `null`, after 503 was answered,
 * while the read model, which knows whose documents the unattributed events speak of, has not come so far.
 */
export const settledEvents = async (
  { store, streams: kept, settled, readModel }: Reading,
  res: Response,
  userId: UserId,
): Promise<UserEvents | null> => {
  await Promise.all([streamOf(userId), UNATTRIBUTED].map(settled))
  const own = await readOwnEvents(store, userId, kept)
  const [unattributed] = await Array.fromAsync(store.readStream(UNATTRIBUTED, { direction: 'backwards', limit: 1 }))
  for (const last of [own.at(-1), unattributed]) {
    if (last === undefined || (await readModel.reached(last.position, LONGEST_WAIT_MS))) continue
    unavailable(res, 'read-model-behind', 'the read model is catching up with the log', 1)
    return null
  }
  // Asked for now: while this waited, a rebuilt read model may have taken the place of the one before.
  const model = currentModel({ readModel }, res)
  if (model === null) return null
  return { own, orphans: unattributed === undefined ? [] : await readOrphans(store, model.orphansOf(userId)) }
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
export const sendJson = (res: Response, etag: string, body: string, position: Position | null = null): void => {
  const headers = ['ETag', etag, ...ASKED_AGAIN]
  if (position !== null) headers.push('Kyc-Position', position)
  if (isCurrent(res.req.headers['if-none-match'], etag)) return void res.writeHead(304, headers).end()
  answerJson(res, body, headers)
}
