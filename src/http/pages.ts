import type { Response } from 'express'
import type { Revision } from '../eventStore/recordedEvent.ts'
import { answerJson } from './answerJson.ts'
import type { BeginParameter, Line } from './lines.ts'
import { wholeNumber } from './parameters.ts'

const PAGE_LIMIT = 1000
const PAGE = 100
/** A page ends early where its texts reach so many UTF-16 units: a webhook may be 1 MiB. */
const PAGE_UNITS = 4 * 1024 * 1024

export const aRevision = wholeNumber(0, Number.MAX_SAFE_INTEGER)

/** The query parameters of whatever comes in pages. */
export const PAGED = { from: aRevision, limit: wholeNumber(1, PAGE_LIMIT) } as const

/** What a page is of. */
interface Paging {
  readonly path: string
  /** Members that stand before the events, as JSON text: `"userId":"7",`. */
  readonly head?: string
  readonly begins: Readonly<Partial<Record<BeginParameter, Revision | null>>>
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
  const reached: Record<BeginParameter, Revision> = {
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
