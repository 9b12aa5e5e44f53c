import * as E from 'fp-ts/lib/Either.js'
import type { ApiKey } from './apiKeys.ts'
import { readKeys, readSecrets } from './credentials.ts'
import { DEVELOPMENT_SECRET, exposureOf } from './exposure.ts'
import { GIVEN_ROLES, type Roles, readRoles } from './roles.ts'
import { readTokenConfig, TOKEN_VARIABLES, type TokenConfig } from './tokens.ts'

/** What says who may ask, and who signs. */
export interface AccessConfig {
  /** The provider's. */
  readonly secrets: readonly string[]
  /** Empty, and no tokens are taken: reads are open (loopback only). */
  readonly apiKeys: readonly ApiKey[]
  /** Whose tokens are taken beside keys; `null`: nobody's. */
  readonly tokens: TokenConfig | null
  /** What names in tokens give. */
  readonly roles: Roles
}

/** The variables that it is read from. */
export const ACCESS_VARIABLES = [
  'API_KEYS',
  'API_KEYS_FILE',
  'TREEZOR_WEBHOOK_SECRET',
  'TREEZOR_WEBHOOK_SECRET_FILE',
  'ROLES',
  ...TOKEN_VARIABLES,
] as const

type Environment = Readonly<Record<string, string | undefined>>

/** Reads it, with what an operator should know of it; or all that is wrong. Who can reach the service at `host` decides what it needs. */
export const readAccess = (
  environment: Environment,
  host: string,
): E.Either<readonly string[], AccessConfig & { readonly warnings: readonly string[] }> => {
  const faults: string[] = []
  const take = <A>(read: E.Either<string | readonly string[], A>, otherwise: A): A => {
    if (E.isRight(read)) return read.right
    faults.push(...[read.left].flat())
    return otherwise
  }
  const get = (name: string, otherwise: string): string => environment[name]?.trim() || otherwise

  const secrets = readSecrets(environment)
  const keys = readKeys(environment)
  const tokens = readTokenConfig(get)
  const { all, warnings } = take(secrets, { all: [], warnings: [] })
  const apiKeys = take(keys, [])
  const tokenConfig = take(tokens, null)
  const roles = take(readRoles(get('ROLES', '')), GIVEN_ROLES)
  if (get('ROLES', '') !== '' && E.isRight(tokens) && tokens.right === null)
    faults.push('ROLES: says what names in tokens give, and no tokens are taken: set JWT_ISSUER and the others')
  // What could not be read was given, and is a fault of its own.
  const exposure = exposureOf(host, {
    secrets: E.isLeft(secrets) ? null : all,
    anyKeys: E.isLeft(keys) || apiKeys.length > 0,
    tokens: E.isLeft(tokens) || tokenConfig !== null,
  })
  faults.push(...exposure.faults)
  return faults.length > 0
    ? E.left(faults)
    : E.right({
        secrets: all.length > 0 ? all : [DEVELOPMENT_SECRET],
        apiKeys,
        tokens: tokenConfig,
        roles,
        warnings: [...exposure.warnings, ...warnings],
      })
}
