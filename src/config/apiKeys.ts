import * as A from 'fp-ts/lib/Array.js'
import * as E from 'fp-ts/lib/Either.js'

export const SCOPES = [
  'kyc:read',
  'audit:read',
  'seal:read',
  /** What is counted of the service, and how each part of it stands. */
  'metrics:read',
  /** To submit deliveries again out of the journal, and to list what it holds. */
  'journal:write',
  /** When records are due to go, and what stops that. */
  'retention:read',
  /** To place a legal hold; to ask for an erasure. */
  'retention:request',
  /** To lift a legal hold; to confirm an erasure that somebody else has asked for. */
  'retention:confirm',
  /** To ask that a signed success is released that was held back, and to confirm what somebody else has asked for. */
  'release:request',
  'release:confirm',
] as const
export type Scope = (typeof SCOPES)[number]

/** A reader of the API. Of the key itself only the SHA-256 is known here, in lower-case hex. */
export interface ApiKey {
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly sha256: string
}

/** One entry, and where it stands: for instance `API_KEYS: entry 2`. */
export interface KeyEntry {
  readonly where: string
  readonly text: string
}

/** Reads an entry, `name:scope+scope:hash` (scopes hold colons themselves), or says what is wrong with it. */
const readApiKey = ({ where, text }: KeyEntry): E.Either<string, ApiKey> => {
  const first = text.indexOf(':')
  const last = text.lastIndexOf(':')
  const name = text.slice(0, Math.max(0, first))
  const scopes = text.slice(first + 1, Math.max(first + 1, last)).split('+')
  const sha256 = text.slice(last + 1).toLowerCase()
  const scopesKnown = scopes.every((scope) => SCOPES.some((known) => known === scope))
  return name !== '' && scopesKnown && /^[0-9a-f]{64}$/.test(sha256)
    ? E.right({ name, scopes: scopes as readonly Scope[], sha256 })
    : E.left(`${where} must be name:scope+scope:sha256-of-the-key-in-hex, with scopes of ${SCOPES.join(', ')}`)
}

/** Keys are told apart by their names, also where two persons have to act: one that stands under several names is a fault. */
const sharedKeys = (keys: readonly (ApiKey & { readonly where: string })[]): readonly string[] =>
  [...Map.groupBy(keys, ({ sha256 }) => sha256).values()].flatMap((same) =>
    new Set(same.map(({ name }) => name)).size === 1
      ? []
      : [
          `${same.map(({ where }) => where).join(' and ')} are one key under several names: one person would pass for two`,
        ],
  )

/** Reads all entries; otherwise what is wrong with each of them. */
export const readApiKeys = (entries: readonly KeyEntry[]): E.Either<readonly string[], readonly ApiKey[]> => {
  const read = entries.map((entry) => ({ where: entry.where, key: readApiKey(entry) }))
  const keys = read.flatMap(({ where, key }) => (E.isRight(key) ? [{ ...key.right, where }] : []))
  const faults = [...A.lefts(read.map(({ key }) => key)), ...sharedKeys(keys)]
  return faults.length > 0 ? E.left(faults) : E.right(keys.map(({ where: _where, ...key }) => key))
}
