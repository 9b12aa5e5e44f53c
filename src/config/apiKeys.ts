import * as E from 'fp-ts/lib/Either.js'

const SCOPES = [
  'kyc:read',
  'audit:read',
  'seal:read',
  /** When records are due to go, and what stops that. */
  'retention:read',
  /** To place a legal hold; to ask for an erasure. */
  'retention:request',
  /** To lift a legal hold; to confirm an erasure that somebody else has asked for. */
  'retention:confirm',
] as const
export type Scope = (typeof SCOPES)[number]

/** A reader of the API. Of the key itself only the SHA-256 is known here, in lower-case hex. */
export interface ApiKey {
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly sha256: string
}

/** One entry of `API_KEYS`, `name:scope+scope:hash` (scopes hold colons themselves), or what is wrong with it. `index` counts from 0. */
export const readApiKey = (text: string, index: number): E.Either<string, ApiKey> => {
  const first = text.indexOf(':')
  const last = text.lastIndexOf(':')
  const name = text.slice(0, Math.max(0, first))
  const scopes = text.slice(first + 1, Math.max(first + 1, last)).split('+')
  const sha256 = text.slice(last + 1).toLowerCase()
  const scopesKnown = scopes.every((scope) => SCOPES.some((known) => known === scope))
  return name !== '' && scopesKnown && /^[0-9a-f]{64}$/.test(sha256)
    ? E.right({ name, scopes: scopes as readonly Scope[], sha256 })
    : E.left(
        `API_KEYS: entry ${index + 1} must be name:scope+scope:sha256-of-the-key-in-hex, with scopes of ${SCOPES.join(', ')}`,
      )
}

/**
 * Keys are told apart by their names, also where two persons have to act: one that stands under several names is a fault. `keys`
 * as their entries were read.
 */
export const sharedKeys = (keys: readonly E.Either<string, ApiKey>[]): readonly string[] => {
  const entries = keys.flatMap((key, index) => (E.isRight(key) ? [{ ...key.right, entry: index + 1 }] : []))
  return [...Map.groupBy(entries, ({ sha256 }) => sha256).values()].flatMap((same) =>
    new Set(same.map(({ name }) => name)).size === 1
      ? []
      : [
          `API_KEYS: entries ${same.map(({ entry }) => entry).join(' and ')} are one key under several names: one person would pass for two`,
        ],
  )
}
