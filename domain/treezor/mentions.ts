import { isUserId, type UserId } from '../identifiers.ts'
import { CANCELED } from './codes.ts'
import { isObject } from './fields.ts'

/** What can be told of something that cannot be read. */
export interface Mentions {
  /** Whom it names, however their ids are spelled. */
  readonly users: readonly UserId[]
  /** It has a key that names a user, whatever that holds. */
  readonly namesSomebody: boolean
  /** It says that a user is canceled. */
  readonly cancels: boolean
  /** The words of ours among its keys, in one spelling. */
  readonly words: ReadonlySet<string>
}

/** Keys that decide a state, and no object of another kind has. */
export const OWN_WORDS = ['kycstatus', 'kycreview', 'kyc-status']
/** Keys that decide a state in what is ours; under a name of another kind they may mean anything. */
export const COMMON_WORDS = ['kyclevel', 'userstatus', 'documentstatus', 'score', 'result']
/** Keys that only the object of the New KYC Life Cycle has. */
export const LIFECYCLE_WORDS = [
  'kycstatus',
  'kycreviewtype',
  'lastrequestdatetime',
  'lastreviewdatetime',
  'nextreviewdate',
]
const WORDS: ReadonlySet<string> = new Set([...OWN_WORDS, ...COMMON_WORDS, ...LIFECYCLE_WORDS])

/** Longer than any of these words with its separators. */
const LONGEST_KEY = 24
/** `user_id`, `user-id` and `userId` are one word; the `kyc-status` of a liveness is not the `kycStatus` of a KYC object. */
const wordOf = (key: string): string =>
  key === 'kyc-status' ? key : key.length > LONGEST_KEY ? '' : key.toLowerCase().replace(/[-_ ]/g, '')

const SPELLED_ID = /^\s*\+?0*([1-9]\d{0,18})(?:\.0+)?\s*$/

/** The user whom a value names: also with blanks, a sign, leading zeros or decimals that are none. */
const namedBy = (value: unknown): UserId | null => {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  const id = typeof text === 'string' ? SPELLED_ID.exec(text)?.[1] : undefined
  return id !== undefined && isUserId(id) ? id : null
}

/** Where `id` is the id of a user. */
const OF_USERS: ReadonlySet<string> = new Set(['users', 'user', 'userid'])

/**
 * Looks through all of a value, however deep, for users and for words of ours. A user is named by `userId` in any of its
 * spellings, by `id` in what is called a user, and by the keys of a map called `users`. `called`: the key under which the
 * value stands.
 */
export const mentionsIn = (root: unknown, called = ''): Mentions => {
  const users = new Set<UserId>()
  const words = new Set<string>()
  let namesSomebody = false
  let cancels = false
  const name = (value: unknown): void => {
    namesSomebody = true
    for (const one of Array.isArray(value) ? value : [value]) {
      const user = namedBy(one)
      if (user !== null) users.add(user)
    }
  }
  /** No recursion: a payload may be a million brackets deep. */
  const rest: (readonly [value: unknown, calledBy: string])[] = [[root, called]]
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const [value, calledBy] = next
    if (Array.isArray(value)) {
      for (const item of value) if (typeof item === 'object') rest.push([item, calledBy])
      continue
    }
    if (!isObject(value)) continue
    for (const [key, inner] of Object.entries(value)) {
      if (key === '__proto__') continue
      const word = wordOf(key)
      if (WORDS.has(word)) words.add(word)
      if (word === 'userstatus' && inner === CANCELED) cancels = true
      if (word === 'userid' || (word === 'id' && OF_USERS.has(calledBy))) name(inner)
      const isEntry = calledBy === 'users' && namedBy(key) !== null && isObject(inner)
      if (isEntry && !Object.keys(inner).some((own) => ['userid', 'id'].includes(wordOf(own)))) name(key)
      if (typeof inner === 'object') rest.push([inner, isEntry ? 'user' : word])
    }
  }
  return { users: [...users], namesSomebody, cancels, words }
}

/** Whether it has one of these words among its keys. */
export const hasOneOf = (words: readonly string[], { words: found }: Mentions): boolean =>
  words.some((word) => found.has(word))
