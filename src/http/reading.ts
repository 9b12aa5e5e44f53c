import type { Response } from 'express'
import type { UserId } from '../../domain/identifiers.ts'
import type { Clock } from '../clock.ts'
import type { ApiKey } from '../config.ts'
import type { EventStore, StreamName } from '../eventStore/eventStore.ts'
import { streamOf, UNATTRIBUTED } from '../ingest/streams.ts'
import type { ReadModelReader } from '../readModel/database.ts'
import type { Projection } from '../readModel/projection.ts'
import { readUserEvents, type UserEvents } from '../readModel/userEvents.ts'
import { problem, unavailable } from './problem.ts'

/** What the read API reads from. */
export interface Reading {
  readonly store: EventStore
  /** `null` until the projection has made the read model. */
  readonly model: () => ReadModelReader | null
  readonly projection: Projection
  readonly apiKeys: readonly ApiKey[]
  /** Resolves once this process has no append to the stream under way. */
  readonly settled: (stream: StreamName) => Promise<void>
  readonly now: Clock
}

export const unknownUser = (res: Response): void => problem(res, 404, 'no event of this user is known')

/** The read model, once it has caught up with the log since the start; before that it could show what is long past. */
export const currentModel = ({ model, projection }: Reading, res: Response): ReadModelReader | null => {
  const reader = model()
  if (reader !== null && projection.hasCaughtUp()) return reader
  unavailable(res, 'the read model is catching up with the log', 1)
  return null
}

/** What the log holds of a user, with every append that was under way when it was asked. */
export const settledEvents = async (
  { store, settled }: Reading,
  model: ReadModelReader,
  userId: UserId,
): Promise<UserEvents> => {
  await Promise.all([settled(streamOf(userId)), settled(UNATTRIBUTED)])
  return readUserEvents(store, userId, model.orphansOf(userId))
}

/** Sends JSON text that is ready, or 304 where the client holds it already. Nothing on the way may keep it unasked. */
export const sendJson = (res: Response, etag: string, body: string): void => {
  res.set('ETag', etag)
  res.set('Cache-Control', 'private, no-cache')
  if (res.req.fresh) return void res.status(304).end()
  res.set('Content-Type', 'application/json; charset=utf-8')
  res.end(body)
}
