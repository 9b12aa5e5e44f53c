import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { RecordedEvent } from '../eventStore/eventStore.ts'
import { streamOf } from '../ingest/streams.ts'
import { answerJson, NOT_KEPT } from './json.ts'
import { queryOf, wholeNumber, withUserId } from './parameters.ts'
import { problem } from './problem.ts'
import { type Reading, unknownUser } from './reading.ts'

const PAGE_EVENTS = 100
const PAGE_EVENTS_LIMIT = 1000

const query = queryOf({ from: wholeNumber(0, Number.MAX_SAFE_INTEGER), limit: wholeNumber(1, PAGE_EVENTS_LIMIT) })

/** The event as recorded, with the stored texts as they are. */
const eventJson = ({ eventId, type, stream, revision, position, data, metadata }: RecordedEvent): string => {
  const head = JSON.stringify({ eventId, type, stream, revision, position })
  return `${head.slice(0, -1)},"metadata":${metadata},"data":${data}}`
}

/** One line each: a line break can only be white space between tokens of a text, and becomes a space. */
async function* lines(events: AsyncIterable<RecordedEvent>): AsyncGenerator<string> {
  for await (const event of events) yield `${eventJson(event).replaceAll(/[\r\n]+/g, ' ')}\n`
}

/** `GET /users/{userId}/events`: the stream as recorded; pages of JSON, or all of it as NDJSON. */
export const userEvents = ({ store }: Reading): RequestHandler =>
  withUserId(async (userId, req, res) => {
    const parameters = query(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const from = parameters.right.from ?? 0
    const limit = parameters.right.limit ?? PAGE_EVENTS
    const stream = streamOf(userId)
    const exists = (await Array.fromAsync(store.readStream(stream, { limit: 1 }))).length > 0
    if (!exists) return unknownUser(res)

    if (req.accepts(['application/json', 'application/x-ndjson']) === 'application/x-ndjson') {
      res.set(NOT_KEPT).type('application/x-ndjson')
      const all = parameters.right.limit === null ? { from } : { from, limit }
      return pipeline(Readable.from(lines(store.readStream(stream, all))), res)
    }
    const page = await Array.fromAsync(store.readStream(stream, { from, limit: limit + 1 }))
    const next = page.length > limit ? `/users/${userId}/events?from=${from + limit}&limit=${limit}` : null
    answerJson(res, `{"events":[${page.slice(0, limit).map(eventJson).join(',')}],"next":${JSON.stringify(next)}}`)
  })
