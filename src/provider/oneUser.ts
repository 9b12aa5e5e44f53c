import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { TreezorApiConfig } from '../config/treezorApi.ts'
import { type Asker, json } from './asking.ts'
import { type ProviderFailure, unreadable } from './failure.ts'
import { listIn, type ProvidedUser, readUser } from './provided.ts'

type Said = E.Either<ProviderFailure, ProvidedUser | null>

/** The user in an answer's list, where there is one; `null`: the list is empty. */
const userIn = (read: unknown, userId: UserId): Said => {
  const list = listIn(read, 'users')
  if (E.isLeft(list)) return E.left(unreadable('user', list.left))
  const [first, ...others] = list.right
  if (first === undefined) return E.right(null)
  if (others.length > 0) return E.left(unreadable('user', 'users: expected one'))
  const user = readUser(first)
  if (E.isLeft(user)) return E.left(unreadable('user', user.left.reason))
  return user.right.userId === userId
    ? E.right(user.right)
    : E.left(unreadable('user', 'userId: expected the user who was asked for'))
}

/**
 * What the provider says of a user. That it knows no such user it has to say in two ways, since that takes a verification away: neither is a 404 of some
 * proxy, or of a wrong address, believed, nor is an empty list.
 */
export const userOf = async (
  { ask }: Asker,
  { url }: TreezorApiConfig,
  userId: UserId,
  signal?: AbortSignal,
): Promise<Said> => {
  const answer = await ask({ asked: 'user', url: `${url}/v1/users/${userId}` }, json, signal)
  if (E.isLeft(answer)) return answer
  const { status, read } = answer.right
  const isNone = status === 404 || status === 204
  if (!isNone && status !== 200) return E.left(unreadable('user', `it answers ${status}`))
  const said = isNone ? E.right(null) : userIn(read, userId)
  if (E.isLeft(said) || said.right !== null) return said
  const listed = await ask({ asked: 'user', url: `${url}/v1/users?userId=${userId}` }, json, signal)
  if (E.isLeft(listed)) return listed
  return listed.right.status === 200
    ? userIn(listed.right.read, userId)
    : E.left(unreadable('user', `it answers ${status}, and ${listed.right.status} to the list`))
}
