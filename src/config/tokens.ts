import * as E from 'fp-ts/lib/Either.js'
import { isLoopback } from './exposure.ts'
import { readHttpUrl } from './httpUrl.ts'

/**
 * Signatures that a token may have (RFC 7518, RFC 8037, RFC 9864): of a key pair alone. With a shared secret (`HS…`) whoever checks a token could
 * make one, and where both kinds are taken a public key passes for a secret (RFC 8725, 2.1 and 3.1).
 */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as const

/** Whose tokens are taken, and which (JWT, RFC 7519). */
export interface TokenConfig {
  /** `iss`, to the letter. */
  readonly issuer: string
  /** `aud` holds one of these. */
  readonly audiences: readonly string[]
  /** Where the issuer's keys are (RFC 7517). */
  readonly jwksUrl: string
  readonly algorithms: readonly string[]
  /** The type that the header has to state, `at+jwt` for instance (RFC 9068); `null`: it may state any, or none. */
  readonly type: string | null
  /** Where scopes, roles or groups stand: the name of a claim, or names joined by dots. */
  readonly claim: string
  /** By so many seconds the issuer's clock may go otherwise than this one's. */
  readonly clockToleranceSeconds: number
}

/** What must be given for tokens to be taken; the others have defaults. */
const NEEDED = ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_JWKS_URL'] as const
export const TOKEN_VARIABLES = [...NEEDED, 'JWT_ALGORITHMS', 'JWT_TYPE', 'JWT_CLAIM', 'JWT_CLOCK_TOLERANCE'] as const
type Variable = (typeof TOKEN_VARIABLES)[number]

const MOST_TOLERANCE_S = 300

const list = (text: string): readonly string[] =>
  text.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]))

/** By TLS, or on this machine: whoever can put other keys there can be anybody. */
const jwksUrlFault = (text: string): string | null => {
  const url = readHttpUrl(text)
  if (E.isLeft(url)) return url.left
  const { protocol, hostname } = new URL(url.right)
  return protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''))
    ? null
    : 'its URL must be one of https, but on a loopback address'
}

/** Reads whose tokens are taken; `null` where no variable says any of it. Otherwise all that is wrong. */
export const readTokenConfig = (
  get: (name: Variable, otherwise: string) => string,
): E.Either<readonly string[], TokenConfig | null> => {
  if (TOKEN_VARIABLES.every((name) => get(name, '') === '')) return E.right(null)
  const audiences = list(get('JWT_AUDIENCE', ''))
  const missing = NEEDED.filter((name) => get(name, '') === '' || (name === 'JWT_AUDIENCE' && audiences.length === 0))
  const faults = missing.map((name) => `${name}: must be set where tokens are taken (JWT_…)`)
  const issuer = get('JWT_ISSUER', '')
  if (/[\s\p{C}]/u.test(issuer) || issuer.length > 256)
    faults.push('JWT_ISSUER: must be what the tokens hold as iss, of at most 256 characters without blanks')
  const jwksUrl = get('JWT_JWKS_URL', '')
  const urlFault = jwksUrl === '' ? null : jwksUrlFault(jwksUrl)
  if (urlFault !== null) faults.push(`JWT_JWKS_URL: ${urlFault}`)
  const algorithms = list(get('JWT_ALGORITHMS', 'RS256'))
  if (algorithms.length === 0 || !algorithms.every((one) => ALGORITHMS.some((known) => known === one)))
    faults.push(
      `JWT_ALGORITHMS: must be some of ${ALGORITHMS.join(', ')}; none and those of a shared secret (HS…) are never taken`,
    )
  const type = get('JWT_TYPE', '')
  if (type !== '' && !/^[\w.+/-]{1,64}$/.test(type)) faults.push('JWT_TYPE: must be a media type, such as at+jwt')
  const tolerance = get('JWT_CLOCK_TOLERANCE', '30')
  if (!/^\d{1,3}$/.test(tolerance) || Number(tolerance) > MOST_TOLERANCE_S)
    faults.push(`JWT_CLOCK_TOLERANCE: must be a whole number from 0 to ${MOST_TOLERANCE_S}`)
  return faults.length > 0
    ? E.left(faults)
    : E.right({
        issuer,
        audiences,
        jwksUrl,
        algorithms,
        type: type === '' ? null : type,
        claim: get('JWT_CLAIM', 'scope'),
        clockToleranceSeconds: Number(tolerance),
      })
}
