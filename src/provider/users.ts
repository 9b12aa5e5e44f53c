import * as E from 'fp-ts/lib/Either.js'
import { byNumber, type UserId } from '../../domain/identifiers.ts'
import type { ProviderFailure } from './failure.ts'
import { following } from './following.ts'
import { gathered } from './gathering.ts'
import type { Element, ListUsers } from './listing.ts'
import type { UsersPage } from './provider.ts'
import { PAGE_SIZE } from './windows.ts'

type Pages = AsyncGenerator<E.Either<ProviderFailure, UsersPage>, void>

const pageOf = (elements: readonly Element[]): UsersPage => ({
  users: elements.flatMap((one) => (one._tag === 'User' ? [one.user] : [])),
  unreadable: elements.flatMap((one) => (one._tag === 'Unreadable' ? [one.unreadable] : [])),
})

async function* inPages(list: ListUsers, after: UserId | null, signal?: AbortSignal): Pages {
  const all = await gathered(list, signal)
  if (E.isLeft(all)) return yield all
  const above = all.right.filter(({ userId }) => userId === null || after === null || byNumber(userId, after) > 0)
  for (let from = 0; from < above.length; from += PAGE_SIZE) yield E.right(pageOf(above.slice(from, from + PAGE_SIZE)))
}

/** All users above `after` by ascending id, in pages. Where the provider turns out not to sort them, all are read, and sorted here. */
export async function* usersAbove(list: ListUsers, after: UserId | null, signal?: AbortSignal): Pages {
  let last = after
  for await (const followed of following(list, after, signal)) {
    switch (followed._tag) {
      case 'Page':
        last = followed.elements.findLast(({ userId }) => userId !== null)?.userId ?? last
        yield E.right(pageOf(followed.elements))
        break
      case 'NotSorted':
        return yield* inPages(list, last, signal)
      case 'Failed':
        return yield E.left(followed.failure)
    }
  }
}
