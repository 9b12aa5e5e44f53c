import * as E from 'fp-ts/lib/Either.js'
import { LRUCache } from 'lru-cache'
import type { Changes, NoChanges } from './change.ts'
import { cloudEvent } from './cloudEvent.ts'

/** Some 150 kB of text. */
const PAGE_LINES = 500
/** Who reads what others have just read is given the very same bytes. */
const PAGES_KEPT = 16
const KEPT_MS = 5000

/** A change as it is written to whoever reads: `json` is on one line. */
type Writing = (json: string, id: string) => string

/** Changes as they are sent. */
export interface ChangePage {
  readonly bytes: Uint8Array
  /** The id of the last: behind it the next page begins. */
  readonly last: string
  /** When it was read, where it held all there was then (`performance.now()`); `null` where there was more. */
  readonly endedAt: number | null
}

/** What stands behind `after`; `null`: nothing now. */
export type ChangePages = (after: string | null) => E.Either<NoChanges, ChangePage | null>

/**
 * Reads changes for all who read: of those who stand at the same place the first asks, and has the text made. A page that was read
 * before is as good as it was then: what changed once more since is told behind it.
 */
export const changePages = ({ read }: Pick<Changes, 'read'>, logId: () => string, written: Writing): ChangePages => {
  const kept = new LRUCache<string, ChangePage>({ max: PAGES_KEPT, ttl: KEPT_MS })
  return (after) => {
    const known = kept.get(after ?? '')
    if (known !== undefined) return E.right(known)
    const changes = read(after, PAGE_LINES)
    if (E.isLeft(changes)) return changes
    const last = changes.right.at(-1)
    if (last === undefined) return E.right(null)
    const text = changes.right.map((change) => written(cloudEvent(change, logId()), change.id)).join('')
    const isFull = changes.right.length === PAGE_LINES
    const page = { bytes: Buffer.from(text), last: last.id, endedAt: isFull ? null : performance.now() }
    kept.set(after ?? '', page)
    return E.right(page)
  }
}
