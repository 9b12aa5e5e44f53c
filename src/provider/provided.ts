import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { ObjectId, UserId } from '../../domain/identifiers.ts'

/** A value of a code, a level or a status as the provider wrote it: a number or a word. */
export type Written = string | number | boolean | null

/** What is taken of a user: no more of the person than decides anything. A field that was not there is absent. */
export interface ProvidedUser {
  readonly userId: UserId
  readonly user: { readonly kycReview?: Written; readonly kycLevel?: Written; readonly userStatus?: Written }
}

/** What is taken of a document. */
export interface ProvidedDocument {
  readonly documentId: string
  readonly documentTypeId?: Written
  readonly documentStatus?: Written
  readonly codeStatus?: Written
}

/** An element that is not as documented: who it is about, where that can be read, and what was expected, never what stood there. */
export interface UnreadableElement {
  readonly userId: UserId | null
  readonly reason: string
}

/** What could be anything is not kept: it may be somebody's birth date, or name. */
const WORD = /^(?:-?\d{1,9}|[A-Z_]{0,32})$/
/** Numbers or UUIDs: the same holds of whatever else stands in the place of an id. */
const DOCUMENT_ID = /^[\w-]{1,64}$/

const isWritten = (u: unknown): u is Written =>
  u === null || typeof u === 'boolean' || (typeof u === 'string' ? WORD.test(u) : Number.isFinite(u))

const Written = new t.Type<Written, Written, unknown>(
  'a number, or a word in capitals',
  isWritten,
  (u, context) => (isWritten(u) ? t.success(u) : t.failure(u, context)),
  t.identity,
)

type Members = Readonly<Record<string, unknown>>

const isMembers = (u: unknown): u is Members => typeof u === 'object' && u !== null && !Array.isArray(u)

/** The fields of these names that are there, as written; or the first that cannot be taken. */
const taken = <K extends string>(
  members: Members,
  names: readonly K[],
): E.Either<string, { readonly [name in K]?: Written }> => {
  const fields: { [name in K]?: Written } = {}
  for (const name of names) {
    if (!Object.hasOwn(members, name)) continue
    const read = Written.decode(members[name])
    if (E.isLeft(read)) return E.left(`${name}: expected ${Written.name}`)
    fields[name] = read.right
  }
  return E.right(fields)
}

const NOT_AN_OBJECT: UnreadableElement = { userId: null, reason: 'expected an object' }
const NO_USER_ID: UnreadableElement = { userId: null, reason: `userId: expected a ${UserId.name}` }

/** Reads an element of `users` (Treezor API v25.04, UserObject); all that is personal stays where it is. */
export const readUser = (u: unknown): E.Either<UnreadableElement, ProvidedUser> => {
  if (!isMembers(u)) return E.left(NOT_AN_OBJECT)
  const userId = UserId.decode(u['userId'])
  if (E.isLeft(userId)) return E.left(NO_USER_ID)
  const fields = taken(u, ['kycReview', 'kycLevel', 'userStatus'])
  return E.isLeft(fields)
    ? E.left({ userId: userId.right, reason: fields.left })
    : E.right({ userId: userId.right, user: fields.right })
}

/** What is said of one that belongs to somebody else. */
export const OF_ANOTHER = 'userId: expected the user who was asked for'

/** Reads an element of `documents` (Treezor API v25.04, DocumentObject), which has to be one of this user's. */
export const readDocument = (u: unknown, of: UserId): E.Either<string, ProvidedDocument> => {
  if (!isMembers(u)) return E.left(NOT_AN_OBJECT.reason)
  const userId = UserId.decode(u['userId'])
  if (E.isLeft(userId)) return E.left(NO_USER_ID.reason)
  if (userId.right !== of) return E.left(OF_ANOTHER)
  const documentId = ObjectId.decode(u['documentId'])
  if (E.isLeft(documentId) || !DOCUMENT_ID.test(documentId.right)) return E.left('documentId: expected an id')
  return E.map((fields: Omit<ProvidedDocument, 'documentId'>) => ({ documentId: documentId.right, ...fields }))(
    taken(u, ['documentTypeId', 'documentStatus', 'codeStatus']),
  )
}

/** More on a page than this is no page: each of them costs time of the main thread, and memory. */
const MOST_ON_A_PAGE = 2000

/** The list of this name in an answer. */
export const listIn = (u: unknown, name: 'users' | 'documents'): E.Either<string, readonly unknown[]> => {
  const list = isMembers(u) ? u[name] : undefined
  return Array.isArray(list) && list.length <= MOST_ON_A_PAGE
    ? E.right(list)
    : E.left(`${name}: expected a list of at most ${MOST_ON_A_PAGE}`)
}
