import * as E from 'fp-ts/lib/Either.js'
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { LONGEST_ROLE } from '../config/roles.ts'
import type { TokenConfig } from '../config/tokens.ts'
import { IssuerUnreachable } from './issuerKeys.ts'
import type { Refusal, RefusalReason } from './refusal.ts'

/** What a token says of whom it was given to. */
export interface Claims {
  readonly subject: string
  /** Scopes, roles or groups, as its issuer calls them. */
  readonly names: readonly string[]
  /** In milliseconds since 1970, with what the clocks may differ by. */
  readonly until: number
}

/** OpenID Connect Core, 2: a subject has at most 255 characters. */
const SUBJECT = /^[^\p{C}]{1,255}$/u

const refusal = (reason: RefusalReason, detail: string): Refusal => ({ reason, detail })

const BY_CLAIM: Readonly<Record<string, Refusal>> = {
  iss: refusal('token-issuer', 'the token is of another issuer'),
  aud: refusal('token-audience', 'the token was made for another audience'),
  nbf: refusal('token-not-yet-valid', 'the token is not valid yet'),
  typ: refusal('token-type', 'the token is of another type (typ)'),
  exp: refusal('token-claim', 'the token does not say when it expires (exp)'),
  sub: refusal('token-claim', 'the token does not say whose it is (sub)'),
}

/** Why a token is not taken, by what `jose` throws; `null` where it is no fault of the token. */
const refusalOf = (error: unknown, algorithms: readonly string[]): Refusal | null => {
  if (error instanceof errors.JWTExpired) return refusal('token-expired', 'the token has expired')
  if (error instanceof errors.JWTClaimValidationFailed)
    return BY_CLAIM[error.claim] ?? refusal('token-claim', 'a claim of the token is not what it must be')
  if (error instanceof errors.JOSEAlgNotAllowed)
    return refusal('token-algorithm', `the token must be signed by ${algorithms.join(' or ')}`)
  if (error instanceof errors.JWKSNoMatchingKey)
    return refusal('token-unknown-key', 'the issuer has no key of this id (kid)')
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return refusal('token-unknown-key', 'the token does not say which key of the issuer signed it (kid)')
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return refusal('token-signature', 'the signature of the token is wrong')
  if (
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JOSENotSupported
  )
    return refusal('token-malformed', 'the token cannot be read')
  return null
}

const own = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined

/** A claim of that very name, which may be a URL, or one inside another: `realm_access.roles`. */
const claimIn = (payload: JWTPayload, claim: string): unknown =>
  own(payload, claim) ?? claim.split('.').reduce<unknown>(own, payload)

/** Names in one text, by blanks, as scopes are (RFC 8693, 4.2), or in a list. */
const namesIn = (value: unknown): readonly string[] => {
  const names: readonly unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : []
  return names.filter((name) => typeof name === 'string' && name !== '' && name.length <= LONGEST_ROLE) as string[]
}

/** What a token says, or why it is not taken. */
export type ReadToken = (token: string) => Promise<E.Either<Refusal, Claims>>

/**
 * Looks whether a token is one of this issuer, for this service, and good by now (RFC 8725, RFC 9068, 4): signature first, so that
 * whoever made it up is told nothing about what else is wrong. Rejects where that cannot be known, with `IssuerUnreachable` if it is for the issuer's keys.
 */
export const readToken =
  (
    { issuer, audiences, algorithms, type, claim, clockToleranceSeconds }: TokenConfig,
    keyOf: JWTVerifyGetKey,
  ): ReadToken =>
  async (token) => {
    try {
      const { payload } = await jwtVerify(token, keyOf, {
        issuer,
        audience: [...audiences],
        algorithms: [...algorithms],
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['exp', 'sub'],
        ...(type === null ? {} : { typ: type }),
      })
      const { sub: subject = '', exp = 0 } = payload
      if (typeof subject !== 'string' || !SUBJECT.test(subject))
        return E.left(refusal('token-claim', 'its subject (sub) is no text of 1 to 255 characters'))
      // It is good only together with a proof that its key is at hand (RFC 7800), which is not asked for here.
      if (own(payload, 'cnf') !== undefined)
        return E.left(refusal('token-claim', 'the token is bound to a key (cnf), which cannot be checked here'))
      return E.right({ subject, names: namesIn(claimIn(payload, claim)), until: (exp + clockToleranceSeconds) * 1000 })
    } catch (error) {
      const refused = refusalOf(error, algorithms)
      if (refused !== null) return E.left(refused)
      throw error instanceof IssuerUnreachable
        ? error
        : new IssuerUnreachable('one of them cannot be used', { cause: error })
    }
  }
