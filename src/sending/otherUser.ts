import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'

/** What a JSON text is made of, white space left out. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g
/** The keys under which the provider's objects name a user: `userId`, and `user_id` in a liveness. */
const NAMES_A_USER = /^user_?id$/i
const IS_ID = /^["\d]/

/** Where a user is named, and by which id. */
interface Named {
  readonly start: number
  readonly token: string
  readonly id: string
}

const namedIn = (json: string): readonly Named[] => {
  const named: Named[] = []
  let before = ''
  let isOfUser = false
  for (const { 0: token, index } of json.matchAll(TOKENS)) {
    if (isOfUser && IS_ID.test(token)) named.push({ start: index, token, id: String(JSON.parse(token)) })
    isOfUser = token === ':' && NAMES_A_USER.test(JSON.parse(before) as string)
    before = token
  }
  return named
}

/** A payload that names another user than it did. */
interface OfOtherUser {
  readonly payloadText: string
  /** Who stood there before: in documented documents the id is blotted out (`1XXXXXX`), and nobody's. */
  readonly instead: string
}

/**
 * The payload with another user in it, wherever it names one: a string stays a string, a number a number, and nothing else of the text
 * changes. `Left` says why that cannot be: it names nobody, or several, or by a number that the id is too large for.
 */
export const ofOtherUser = (payloadText: string, userId: UserId): E.Either<string, OfOtherUser> => {
  const named = namedIn(payloadText)
  const [instead, ...others] = new Set(named.map(({ id }) => id))
  if (instead === undefined) return E.left('it names no user, so none can be put in his place')
  if (others.length > 0) return E.left('it names several users, so it cannot be told in whose place one is to be put')
  const isTooLarge = !Number.isSafeInteger(Number(userId)) && named.some(({ token }) => !token.startsWith('"'))
  if (isTooLarge) return E.left('it names its user by a number, and this id is too large for one')
  let text = ''
  let kept = 0
  for (const { start, token } of named) {
    text += payloadText.slice(kept, start) + (token.startsWith('"') ? `"${userId}"` : userId)
    kept = start + token.length
  }
  return E.right({ payloadText: text + payloadText.slice(kept), instead })
}
