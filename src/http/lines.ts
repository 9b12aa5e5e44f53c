import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import type { Revision } from '../eventStore/recordedEvent.ts'
import { NOT_KEPT } from './headers.ts'

/** The query parameters that say where a page begins. Each is a revision of a stream of its own. */
export type BeginParameter = 'from' | 'fromUnattributed'

/** Something that is told of an event, as JSON text, with the place of the event. */
export interface Line {
  /** `null` where nothing is told of the event. */
  readonly json: string | null
  /** Where a page begins that does not hold the event any more. */
  readonly behind: readonly [beginning: BeginParameter, revision: Revision]
}

/** A client that takes nothing for so long is given up. */
export const STALLED_MS = 30_000

/** So many look out for the end of an answer that is sent as it comes: eleven today. Node takes more than ten for a leak, and says so. */
const LISTENERS = 16

export const NDJSON = 'application/x-ndjson'

/** Whether the client asks for NDJSON rather than for pages. */
export const wantsLines = (req: Request): boolean => req.accepts(['application/json', NDJSON]) === NDJSON

/**
 * A server-sent event of JSON on one line. The order of its lines means nothing by the format, but some clients go on behind an id as soon as
 * they have read its line: before the data, it would cost them the event that a connection breaks off in.
 */
export const serverSentEvent = (json: string, id: string): string => `data: ${json}\nid: ${id}\n\n`

/** A JSON text on one line: a line break can only be white space between its tokens, and becomes a space. */
export const onOneLine = (json: string): string => json.replaceAll(/[\r\n]+/g, ' ')

async function* ndjson(lines: AsyncIterable<Line>, limit: number): AsyncGenerator<string> {
  let left = limit
  for await (const { json } of lines) {
    if (json === null) continue
    yield `${onOneLine(json)}\n`
    left -= 1
    if (left === 0) return
  }
}

/** Sends text, or the bytes of it, as it comes: no more is asked for than the client takes, and one that takes nothing is given up. */
export const sendText = (
  res: Response,
  type: string,
  text: AsyncIterable<string | Uint8Array>,
  stalledMs: number = STALLED_MS,
): Promise<void> => {
  res.set(NOT_KEPT).type(type).setMaxListeners(LISTENERS)
  res.setTimeout(stalledMs, () => void (res.writableNeedDrain && res.destroy()))
  return pipeline(Readable.from(text, { highWaterMark: 1 }), res)
}

/** All of it as NDJSON, `limit` lines at most. */
export const sendLines = (
  res: Response,
  lines: AsyncIterable<Line>,
  limit: number | null,
  stalledMs: number = STALLED_MS,
): Promise<void> => sendText(res, NDJSON, ndjson(lines, limit ?? Number.POSITIVE_INFINITY), stalledMs)
