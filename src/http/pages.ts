import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import type { Revision } from '../eventStore/recordedEvent.ts'
import { answerJson, NOT_KEPT } from './json.ts'
import { wholeNumber } from './parameters.ts'

/** The query parameters that say where a page begins. Each is a revision of a stream of its own. */
export type Beginning = 'from' | 'fromUnattributed'

/** Something that is told of an event, as JSON text, with the place of the event. */
export interface Line {
  readonly json: string
  /** Where a page begins that does not hold the event any more. */
  readonly behind: readonly [beginning: Beginning, revision: Revision]
}

const PAGE_LIMIT = 1000
const PAGE = 100
/** A page ends early where its texts reach so many UTF-16 units: a webhook may be 1 MiB. */
const PAGE_UNITS = 4 * 1024 * 1024
/** A client that takes nothing for so long is given up. */
const STALLED_MS = 30_000

export const aRevision = wholeNumber(0, Number.MAX_SAFE_INTEGER)

/** The query parameters of whatever comes in pages. */
export const PAGED = { from: aRevision, limit: wholeNumber(1, PAGE_LIMIT) } as const

const NDJSON = 'application/x-ndjson'

export const wantsLines = (req: Request): boolean => req.accepts(['application/json', NDJSON]) === NDJSON

/** A line break can only be white space between tokens of a JSON text, and becomes a space. */
async function* ndjson(lines: AsyncIterable<Line>, limit: number): AsyncGenerator<string> {
  let left = limit
  for await (const { json } of lines) {
    yield `${json.replaceAll(/[\r\n]+/g, ' ')}\n`
    left -= 1
    if (left === 0) return
  }
}

/** All of it as NDJSON, `limit` lines at most: no more is read than the client takes. */
export const sendLines = (
  res: Response,
  lines: AsyncIterable<Line>,
  limit: number | null,
  stalledMs: number = STALLED_MS,
): Promise<void> => {
  res.set(NOT_KEPT).type(NDJSON)
  res.setTimeout(stalledMs, () => void (res.writableNeedDrain && res.destroy()))
  return pipeline(Readable.from(ndjson(lines, limit ?? Number.POSITIVE_INFINITY), { highWaterMark: 1 }), res)
}

/** What a page is of. */
interface Paging {
  readonly path: string
  /** Members that stand before the events, as JSON text: `"userId":"7",`. */
  readonly head?: string
  readonly begins: Readonly<Partial<Record<Beginning, Revision | null>>>
  readonly limit: number | null
}

/** The page that `lines` begin with; its `next` is the path with where the page after it begins, or `null`. */
export const sendPage = async (
  res: Response,
  lines: AsyncIterable<Line>,
  { path, head = '', begins, limit }: Paging,
): Promise<void> => {
  const most = limit ?? PAGE
  const page: string[] = []
  const reached: Record<Beginning, Revision> = {
    from: begins.from ?? 0,
    fromUnattributed: begins.fromUnattributed ?? 0,
  }
  let units = 0
  let next: string | null = null
  for await (const { json, behind } of lines) {
    if (page.length === most || (page.length > 0 && units + json.length > PAGE_UNITS)) {
      const ofOthers = reached.fromUnattributed === 0 ? '' : `&fromUnattributed=${reached.fromUnattributed}`
      next = `${path}?from=${reached.from}${ofOthers}&limit=${most}`
      break
    }
    page.push(json)
    units += json.length
    const [beginning, revision] = behind
    reached[beginning] = revision
  }
  if (!res.closed) answerJson(res, `{${head}"events":[${page.join(',')}],"next":${JSON.stringify(next)}}`)
}
