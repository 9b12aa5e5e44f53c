import * as E from 'fp-ts/lib/Either.js'
import { byNumber, type UserId } from '../../domain/identifiers.ts'
import { type ProviderFailure, unreadable } from './failure.ts'
import { type Element, idsOf, isAscending, type ListUsers } from './listing.ts'
import { LEAST_ON_A_PAGE, PAGE_SIZE, startOf, tooFew, windowAcross } from './windows.ts'

/** What comes of one step along the pages. */
export type Followed =
  | { readonly _tag: 'Page'; readonly elements: readonly Element[] }
  /** The provider does not sort as it is asked to. */
  | { readonly _tag: 'NotSorted' }
  | { readonly _tag: 'Failed'; readonly failure: ProviderFailure }

/** So often in a row a page may show nothing new before that is called a fault. */
const MOST_LOST = 10
/** Nobody has so many pages. */
const MOST_PAGES = 2 ** 30
const NO_END = unreadable('users', 'its pages show nothing new, and do not end')

const isAbove = (id: UserId, after: UserId | null): boolean => after === null || byNumber(id, after) > 0

/** What of a page lies above `after`; what cannot be told is, if it stands behind something that does. */
const freshOf = (elements: readonly Element[], after: UserId | null): readonly Element[] => {
  const from = elements.findIndex(({ userId }) => userId !== null && isAbove(userId, after))
  return from < 0 ? [] : elements.slice(from)
}

/**
 * Follows the pages upwards from `after`. Each page begins with something that was read already; where it does not, users have gone from the list while it
 * was read, and the place is looked for anew. What comes in behind the place is for the next time.
 */
export async function* following(
  list: ListUsers,
  after: UserId | null,
  signal?: AbortSignal,
): AsyncGenerator<Followed, void> {
  let last = after
  let most = PAGE_SIZE
  let reached: number | null = after === null ? 0 : null
  for (let lost = 0; lost < MOST_LOST; ) {
    if (reached === null) {
      const place: E.Either<Followed, number> = await placeAbove(list, last, most, signal)
      if (E.isLeft(place)) return yield place.left
      reached = place.right
    }
    const window = windowAcross(reached, most)
    const read = await list(window, signal)
    if (E.isLeft(read)) return yield { _tag: 'Failed', failure: read.left }
    const elements = read.right
    const ids = idsOf(elements)
    if (!isAscending(ids)) return yield { _tag: 'NotSorted' }
    const first = elements[0]
    const isBeyond = first === undefined || (first.userId !== null && isAbove(first.userId, last))
    if (startOf(window) > 0 && isBeyond && last !== null) {
      reached = null
      lost += 1
      continue
    }
    const fresh = freshOf(elements, last)
    if (fresh.length > 0) {
      yield { _tag: 'Page', elements: fresh }
      last = ids.at(-1) ?? last
      lost = 0
    } else lost += 1
    reached = startOf(window) + elements.length
    if (elements.length === window.size) continue
    // It may be the last page, or more are not given at a time.
    const next = await list({ page: window.page + 1, size: window.size }, signal)
    if (E.isLeft(next)) return yield { _tag: 'Failed', failure: next.left }
    if (next.right.length === 0) return
    most = Math.min(most, elements.length)
    if (most < LEAST_ON_A_PAGE) return yield { _tag: 'Failed', failure: tooFew() }
    reached = null
  }
  yield { _tag: 'Failed', failure: NO_END }
}

/** How many users stand at or below `after`, found by halves. */
const placeAbove = async (
  list: ListUsers,
  after: UserId | null,
  size: number,
  signal?: AbortSignal,
): Promise<E.Either<Followed, number>> => {
  let [low, high] = [0, Number.POSITIVE_INFINITY]
  let below = 0
  // Pages up to `low` lie below; from `high` on above, or beyond the end.
  for (let page = 1; high - low > 1; ) {
    if (page > MOST_PAGES) return E.left({ _tag: 'Failed', failure: NO_END })
    const read = await list({ page, size }, signal)
    if (E.isLeft(read)) return E.left({ _tag: 'Failed', failure: read.left })
    const ids = idsOf(read.right)
    if (!isAscending(ids)) return E.left({ _tag: 'NotSorted' })
    const highest = ids.at(-1)
    const lowest = ids[0]
    if (highest !== undefined && lowest !== undefined && !isAbove(lowest, after) && isAbove(highest, after)) {
      const from = read.right.findIndex(({ userId }) => userId !== null && isAbove(userId, after))
      return E.right((page - 1) * size + from)
    }
    if (highest !== undefined && !isAbove(highest, after)) {
      low = page
      below = (page - 1) * size + read.right.length
    } else high = page
    page = Number.isFinite(high) ? Math.floor((low + high) / 2) : low * 2
  }
  return E.right(below)
}
