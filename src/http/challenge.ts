import type { Response } from 'express'
import { type Holder, isOfToken } from '../access/holder.ts'
import type { Refusal } from '../access/refusal.ts'
import type { Scope } from '../config/apiKeys.ts'
import { problem, unavailable } from './problem.ts'

/** `WWW-Authenticate` (RFC 6750, 3): texts of our own, without quotes. */
const challenge = (res: Response, members: Readonly<Record<string, string>>): void => {
  const all = Object.entries({ realm: 'kyc-ledger', ...members }).map(([name, text]) => `${name}="${text}"`)
  res.set('WWW-Authenticate', `Bearer ${all.join(', ')}`)
}

/** Answers whoever has shown nothing: 401. */
export const askForCredential = (res: Response, takesTokens: boolean): void => {
  challenge(res, {})
  const what = takesTokens ? 'an API key or a token' : 'an API key'
  problem(res, 'no-api-key', `${what} is required: Authorization: Bearer <${takesTokens ? 'key or token' : 'key'}>`)
}

/** Answers whoever has shown what is not taken: 401; 503 where nobody can know by now. */
export const refuseCredential = (res: Response, { reason, detail, retryAfterSeconds }: Refusal): void => {
  if (retryAfterSeconds !== undefined) res.set('Retry-After', String(retryAfterSeconds))
  if (reason === 'issuer-unreachable') return unavailable(res, 'issuer-unreachable', detail, 5)
  challenge(res, { error: 'invalid_token', error_description: detail })
  problem(res, reason.startsWith('token-') ? 'bad-token' : 'no-api-key', detail)
}

/** Answers whoever lacks a scope, or all of several of which one would do: 403. */
export const refuseScope = (res: Response, by: Holder, ...scopes: readonly Scope[]): void => {
  challenge(res, { error: 'insufficient_scope', scope: scopes.join(' ') })
  problem(res, 'missing-scope', `the ${isOfToken(by) ? 'token' : 'API key'} lacks the scope ${scopes.join(' or ')}`)
}
