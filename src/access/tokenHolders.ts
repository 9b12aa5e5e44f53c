import { hash as digest } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import { LRUCache } from 'lru-cache'
import type { Roles } from '../config/roles.ts'
import { boundedLines } from '../log/boundedLines.ts'
import type { Logger } from '../log/log.ts'
import { type Holder, type Identified, subjectName } from './holder.ts'
import { type IssuerKeys, IssuerUnreachable } from './issuerKeys.ts'
import type { Claims, ReadToken } from './tokenClaims.ts'

/** Three parts of base64url (RFC 7515, 7.1); whatever they hold. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]*$/
/** So many tokens are remembered that were found good, those that were seen last. */
const REMEMBERED = 1000

export interface TokenHolders {
  readonly isToken: (presented: string) => boolean
  readonly identify: (token: string) => Identified | Promise<Identified>
}

/** Finds whose a token of that issuer is, and what its names give him by the roles that there are by then. */
export const tokenHolders = (
  issuer: string,
  readToken: ReadToken,
  { fetchedAt, areFresh }: Pick<IssuerKeys, 'fetchedAt' | 'areFresh'>,
  roles: () => Roles,
  log: Logger,
): TokenHolders => {
  const tellError = boundedLines(log, 'error')
  /**
   * By their hashes, with what they were found good by. Not once the issuer's keys were fetched anew, nor when that is due: it is looking at a
   * token that has them fetched.
   */
  const found = new LRUCache<string, { readonly claims: Claims; readonly by: number | null }>({ max: REMEMBERED })

  const holderBy = (claims: Claims): Holder | null =>
    claims.until <= Date.now()
      ? null
      : {
          name: subjectName(issuer, claims.subject),
          scopes: [...new Set(claims.names.flatMap((name) => roles().get(name) ?? []))],
          asItStands: () => holderBy(claims),
        }
  const remembered = (hash: string): Holder | null => {
    const known = found.get(hash)
    return known === undefined || known.by !== fetchedAt() || !areFresh() ? null : holderBy(known.claims)
  }
  const lookAt = async (token: string, hash: string): Promise<Identified> => {
    const before = fetchedAt()
    try {
      const claims = await readToken(token)
      if (E.isLeft(claims)) return claims
      // The first one has them fetched; where that happened beside it, nobody knows by which it was found good.
      if (before === fetchedAt()) found.set(hash, { claims: claims.right, by: before })
      return E.fromNullable({ reason: 'token-expired' as const, detail: 'the token has expired' })(
        holderBy(claims.right),
      )
    } catch (error) {
      if (!(error instanceof IssuerUnreachable)) throw error
      if (error.cause instanceof Error) tellError({ reason: error.cause.message }, 'a token could not be checked')
      return E.left({ reason: 'issuer-unreachable', detail: `the keys of the issuer cannot be had: ${error.message}` })
    }
  }
  return {
    isToken: (presented) => TOKEN.test(presented),
    identify: (token) => {
      const hash = digest('sha256', token)
      const known = remembered(hash)
      return known === null ? lookAt(token, hash) : E.right(known)
    },
  }
}
