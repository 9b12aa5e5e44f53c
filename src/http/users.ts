import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type RequestHandler, type Response, Router } from 'express'
import { isUserId, type UserId } from '../../domain/identifiers.ts'
import type { ApiKey } from '../config.ts'
import type { EventStore, RecordedEvent } from '../eventStore/eventStore.ts'
import { streamOf } from '../ingest/streams.ts'
import type { ReadModelReader } from '../readModel/database.ts'
import type { Projection } from '../readModel/projection.ts'
import { requireScope } from './apiKeys.ts'
import { problem, unavailable } from './problem.ts'

export interface Reading {
  readonly store: EventStore
  /** `null` until the projection has made the read model. */
  readonly model: () => ReadModelReader | null
  readonly projection: Projection
  readonly apiKeys: readonly ApiKey[]
}

const POSITION = /^[0-9a-zA-Z/_-]{1,64}$/
const LONGEST_WAIT_MS = 2000
const PAGE_EVENTS = 100
const PAGE_EVENTS_LIMIT = 1000

const withUserId =
  (handler: (userId: UserId, ...args: Parameters<RequestHandler>) => Promise<void> | void): RequestHandler =>
  (req, res, next) => {
    const userId = String(req.params.userId)
    return isUserId(userId)
      ? handler(userId, req, res, next)
      : problem(res, 400, 'a user id is a positive whole number without leading zeros')
  }

const unknownUser = (res: Response): void => problem(res, 404, 'no event of this user is known')

const single = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** `GET /users/{userId}/kyc`: the current status out of the read model. */
const kycStatus = ({ model, projection }: Reading): RequestHandler =>
  withUserId(async (userId, req, res) => {
    const { minPosition, ...others } = req.query
    const unsupported = Object.keys(others)
    if (unsupported.length > 0) return problem(res, 400, 'the only query parameter known here is minPosition')
    if (minPosition !== undefined) {
      const wanted = single(minPosition)
      if (wanted === undefined || !POSITION.test(wanted)) return problem(res, 400, 'minPosition is not a position')
      if (!(await projection.reached(wanted, LONGEST_WAIT_MS))) {
        return unavailable(res, 'the read model has not come to minPosition yet', 1)
      }
    }
    const reader = model()
    if (reader === null || !projection.hasCaughtUp()) {
      return unavailable(res, 'the read model is catching up with the log', 1)
    }
    // Taken before the row is read: the answer is at least as new as the position says.
    const position = projection.position()
    const answer = reader.kycAnswer(userId)
    if (position !== null) res.set('Kyc-Position', position)
    if (answer === null) return unknownUser(res)
    res.set('ETag', answer.etag)
    res.set('Cache-Control', 'private, no-cache')
    if (req.fresh) return void res.status(304).end()
    res.set('Content-Type', 'application/json; charset=utf-8')
    res.end(answer.body)
  })

/** The event as recorded, with the stored texts as they are. */
const eventJson = ({ eventId, type, stream, revision, position, data, metadata }: RecordedEvent): string => {
  const head = JSON.stringify({ eventId, type, stream, revision, position })
  return `${head.slice(0, -1)},"metadata":${metadata},"data":${data}}`
}

/** One line each: a line break can only be white space between tokens of a text, and becomes a space. */
async function* lines(events: AsyncIterable<RecordedEvent>): AsyncGenerator<string> {
  for await (const event of events) yield `${eventJson(event).replaceAll(/[\r\n]+/g, ' ')}\n`
}

const wholeNumber = (value: unknown, otherwise: number, largest: number): number | null => {
  if (value === undefined) return otherwise
  const text = single(value) ?? ''
  return /^\d{1,15}$/.test(text) && Number(text) <= largest ? Number(text) : null
}

/** `GET /users/{userId}/events`: the stream as recorded; pages of JSON, or all of it as NDJSON. */
const events = ({ store }: Reading): RequestHandler =>
  withUserId(async (userId, req, res) => {
    const from = wholeNumber(req.query.from, 0, Number.MAX_SAFE_INTEGER)
    const limit = wholeNumber(req.query.limit, PAGE_EVENTS, PAGE_EVENTS_LIMIT)
    if (from === null) return problem(res, 400, 'from must be a revision: a whole number from 0')
    if (limit === null || limit === 0)
      return problem(res, 400, `limit must be a whole number from 1 to ${PAGE_EVENTS_LIMIT}`)
    const stream = streamOf(userId)
    const exists = (await Array.fromAsync(store.readStream(stream, { limit: 1 }))).length > 0
    if (!exists) return unknownUser(res)

    if (req.accepts(['application/json', 'application/x-ndjson']) === 'application/x-ndjson') {
      res.type('application/x-ndjson')
      await pipeline(Readable.from(lines(store.readStream(stream, { from }))), res)
      return
    }
    const page = await Array.fromAsync(store.readStream(stream, { from, limit: limit + 1 }))
    const more = page.length > limit
    const next = more ? `/users/${userId}/events?from=${from + limit}&limit=${limit}` : null
    res.set('Content-Type', 'application/json; charset=utf-8')
    res.end(`{"events":[${page.slice(0, limit).map(eventJson).join(',')}],"next":${JSON.stringify(next)}}`)
  })

/** What can be asked about one user. */
export const userRoutes = (reading: Reading): Router =>
  Router()
    .get('/users/:userId/kyc', requireScope(reading.apiKeys, 'kyc:read'), kycStatus(reading))
    .get('/users/:userId/events', requireScope(reading.apiKeys, 'audit:read'), events(reading))
