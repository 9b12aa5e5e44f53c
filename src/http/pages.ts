import type { Response } from 'express'
import type { Revision } from '../eventStore/recordedEvent.ts'
import { answerJson } from './answerJson.ts'
import type { BeginParameter, Line } from './lines.ts'
import { wholeNumber } from './parameters.ts'

const PAGE_LIMIT = 1000
export const PAGE = 100
/** A page ends early where its texts reach so many UTF-16 units: a webhook may be 1 MiB. */
const PAGE_UNITS = 4 * 1024 * 1024

export const aRevision = wholeNumber(0, Number.MAX_SAFE_INTEGER)

/** A page also ends where so many events had nothing in them that was asked for. */
const PASSED_OVER = 10_000

/** The query parameters of whatever comes in pages. */
export const PAGED = { from: aRevision, limit: wholeNumber(1, PAGE_LIMIT) } as const

/** What a page is of. */
interface Paging {
  readonly path: string
  /** Members that stand before the events, as JSON text: `"userId":"7",`. */
  readonly head?: string
  readonly begins: Readonly<Partial<Record<BeginParameter, Revision | null>>>
  readonly limit: number | null
  /** Parameters that are the same on each page. */
  readonly same?: Readonly<Record<string, string>>
}

/** The page that `lines` begin with; its `next` is the path with where the page after it begins, or `null`. */
export const sendPage = async (
  res: Response,
  lines: AsyncIterable<Line>,
  { path, head = '', begins, limit, same = {} }: Paging,
): Promise<void> => {
  const most = limit ?? PAGE
  const page: string[] = []
  const reached: Record<BeginParameter, Revision> = {
    from: begins.from ?? 0,
    fromUnattributed: begins.fromUnattributed ?? 0,
  }
  let [units, passedOver] = [0, 0]
  let next: string | null = null
  for await (const { json, behind } of lines) {
    const isFull = page.length === most || (page.length > 0 && units + (json?.length ?? 0) > PAGE_UNITS)
    if (json === null ? passedOver === PASSED_OVER : isFull) {
      const ofOthers = reached.fromUnattributed === 0 ? {} : { fromUnattributed: String(reached.fromUnattributed) }
      const parameters = { ...same, from: String(reached.from), ...ofOthers, limit: String(most) }
      next = `${path}?${new URLSearchParams(parameters)}`
      break
    }
    if (json === null) passedOver += 1
    else page.push(json)
    units += json?.length ?? 0
    const [beginning, revision] = behind
    reached[beginning] = revision
  }
  if (!res.closed) answerJson(res, `{${head}"events":[${page.join(',')}],"next":${JSON.stringify(next)}}`)
}
