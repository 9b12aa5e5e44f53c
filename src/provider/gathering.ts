import * as E from 'fp-ts/lib/Either.js'
import { byNumber, type UserId } from '../../domain/identifiers.ts'
import { type ProviderFailure, unreadable } from './failure.ts'
import { type Element, idsOf, type ListUsers } from './listing.ts'
import { LEAST_ON_A_PAGE, PAGE_SIZE, startOf, tooFew, windowAcross } from './windows.ts'

/** So many users are held at most: half a gigabyte. */
const MOST = 2_000_000
/** So often a page may have to be looked for anew, and so often in a row show nobody new. */
const MOST_LOST = 50

/**
 * Reads all pages in whatever order they come, and gives all elements at once, sorted: for a provider that does not sort by user id. It holds what it reads,
 * and begins with the first page each time.
 */
export const gathered = async (
  list: ListUsers,
  signal?: AbortSignal,
  most: number = PAGE_SIZE,
): Promise<E.Either<ProviderFailure, readonly Element[]>> => {
  const byId = new Map<UserId, Element>()
  const unknown: Element[] = []
  let before: ReadonlySet<UserId> = new Set()
  let lost = 0
  let stale = 0
  for (let reached = 0; byId.size + unknown.length <= MOST; ) {
    const window = windowAcross(reached, most)
    const read = await list(window, signal)
    if (E.isLeft(read)) return read
    const ids = idsOf(read.right)
    const isFollowing = before.size === 0 || ids.length < read.right.length || ids.some((id) => before.has(id))
    if (!isFollowing && startOf(window) > 0) {
      // Some have gone from the list: what followed stands further to the front by now.
      lost += 1
      if (lost > MOST_LOST) return E.left(unreadable('users', 'its pages change faster than they can be read'))
      reached = Math.max(0, startOf(window) - Math.floor(most / 2))
      continue
    }
    stale = ids.some((id) => !byId.has(id)) ? 0 : stale + 1
    if (stale > MOST_LOST) return E.left(unreadable('users', 'its pages show nothing new, and do not end'))
    for (const element of read.right) {
      if (element.userId !== null) byId.set(element.userId, element)
      else unknown.push(element)
    }
    if (read.right.length < window.size) {
      const next = await list({ page: window.page + 1, size: window.size }, signal)
      if (E.isLeft(next)) return next
      if (next.right.length > 0) {
        const fewer = read.right.length
        return fewer < LEAST_ON_A_PAGE || fewer >= most ? E.left(tooFew()) : gathered(list, signal, fewer)
      }
      const sorted = [...byId].sort(([a], [b]) => byNumber(a, b)).map(([, element]) => element)
      return E.right([...sorted, ...unknown])
    }
    before = new Set(ids)
    reached = startOf(window) + read.right.length
  }
  return E.left(unreadable('users', `more than ${MOST} users, and not sorted`))
}
