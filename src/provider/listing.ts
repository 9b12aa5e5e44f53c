import * as E from 'fp-ts/lib/Either.js'
import { byNumber, type UserId } from '../../domain/identifiers.ts'
import type { TreezorApiConfig } from '../config/treezorApi.ts'
import { type Asker, json } from './asking.ts'
import { type ProviderFailure, unreadable } from './failure.ts'
import { listIn, type ProvidedUser, readUser, type UnreadableElement } from './provided.ts'
import type { Window } from './windows.ts'

/** An element of a page: a user, or what cannot be read as one. */
export type Element =
  | { readonly _tag: 'User'; readonly userId: UserId; readonly user: ProvidedUser }
  | { readonly _tag: 'Unreadable'; readonly userId: UserId | null; readonly unreadable: UnreadableElement }

/** One page of all users, in the order in which it comes. */
export type ListUsers = (window: Window, signal?: AbortSignal) => Promise<E.Either<ProviderFailure, readonly Element[]>>

const elementOf = (u: unknown): Element => {
  const read = readUser(u)
  return E.isRight(read)
    ? { _tag: 'User', userId: read.right.userId, user: read.right }
    : { _tag: 'Unreadable', userId: read.left.userId, unreadable: read.left }
}

/**
 * Users by ascending id are asked for. That the provider sorts by that is not documented: where it does not take it they are asked for by when they came to be,
 * which is, and whoever follows the pages looks how they are sorted.
 */
export const listingOf = ({ ask }: Asker, { url }: TreezorApiConfig): ListUsers => {
  let sortBy = 'userId'
  return async function list({ page, size }, signal) {
    const asked = sortBy
    const query = { pageNumber: String(page), pageCount: String(size), sortBy: asked, sortOrder: 'ASC' }
    const answer = await ask({ asked: 'users', url: `${url}/v1/users?${new URLSearchParams(query)}` }, json, signal)
    if (E.isLeft(answer)) return answer
    const { status, read } = answer.right
    if (status === 400 && asked === 'userId') {
      sortBy = 'createdDate'
      return list({ page, size }, signal)
    }
    // Beyond the last page: documented is neither an empty list nor this.
    if (status === 204) return E.right([])
    if (status !== 200) return E.left(unreadable('users', `it answers ${status}`))
    const users = listIn(read, 'users')
    return E.isLeft(users) ? E.left(unreadable('users', users.left)) : E.right(users.right.map(elementOf))
  }
}

/** Ids of a page from first to last, as far as they can be read. */
export const idsOf = (elements: readonly Element[]): readonly UserId[] =>
  elements.flatMap(({ userId }) => (userId === null ? [] : [userId]))

/** Whether a page is in ascending order. */
export const isAscending = (ids: readonly UserId[]): boolean =>
  ids.every((id, index) => index === 0 || byNumber(ids[index - 1] ?? id, id) < 0)
