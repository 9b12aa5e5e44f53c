import * as E from 'fp-ts/lib/Either.js'

export type Scope = 'kyc:read' | 'audit:read' | 'seal:read'
const SCOPES: readonly Scope[] = ['kyc:read', 'audit:read', 'seal:read']

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
