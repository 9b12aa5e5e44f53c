import { hash as digest, timingSafeEqual } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import type { ApiKey, Scope } from '../config/apiKeys.ts'
import { problem } from './problem.ts'

/** RFC 6750, 2.1: one `Bearer` token; the scheme's case does not matter. */
const BEARER = /^bearer +([\x21-\x7e]+) *$/i

const keyNames = new WeakMap<Request, string>()

/** The name of the key that a request was let pass by; `null` where reads are open. */
export const keyNameOf = (req: Request): string | null => keyNames.get(req) ?? null

/**
 * Lets a request pass that presents a key with the scope. The hash of what was presented is compared in constant time
 * with every key. Without keys (development, loopback only) reads are open.
 */
export const requireScope = (keys: readonly ApiKey[], scope: Scope): RequestHandler => {
  const known = keys.map(({ name, sha256, scopes }) => ({
    name,
    hash: Buffer.from(sha256, 'hex'),
    allowed: scopes.includes(scope),
  }))
  if (known.length === 0) return (_req, _res, next) => next()
  return (req, res, next) => {
    const presented = BEARER.exec(req.headers.authorization ?? '')?.[1]
    const hash = digest('sha256', presented ?? '', 'buffer')
    const matching = known.filter((key) => timingSafeEqual(key.hash, hash))
    if (presented === undefined || matching.length === 0) {
      res.set('WWW-Authenticate', 'Bearer')
      return problem(res, 'no-api-key', 'an API key is required: Authorization: Bearer <key>')
    }
    const key = matching.find(({ allowed }) => allowed)
    if (key === undefined) return problem(res, 'missing-scope', `the API key lacks the scope ${scope}`)
    keyNames.set(req, key.name)
    next()
  }
}
