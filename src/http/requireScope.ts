import type { Request, RequestHandler, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { Authentication } from '../access/authentication.ts'
import { type Holder, hasAny, type Identified, isOfToken } from '../access/holder.ts'
import type { Scope } from '../config/apiKeys.ts'
import { askForCredential, refuseCredential, refuseScope } from './challenge.ts'
import { wrongKeysAt } from './gate/wrongKeys.ts'
import { isNamedHere } from './namedHere.ts'
import { isConfirmed } from './page/session/ownForm.ts'
import { sessionOf } from './page/session/sessionOf.ts'
import type { Session } from './page/session/sessions.ts'
import { problem } from './problem.ts'

/** RFC 6750, 2.1: one `Bearer` token; the scheme's case does not matter. */
const BEARER = /^bearer +([\x21-\x7e]+) *$/i

const passed = new WeakMap<Request, Holder>()
const open = new WeakSet<Request>()

/** Whom a request was let pass by: the name of a key, or of a token its issuer and subject; `null` where reads are open. */
export const keyNameOf = (req: Request): string | null => passed.get(req)?.name ?? null

/** Whether what a request was let pass by has another scope as well; where reads are open, all is. */
export const mayAlso = (req: Request, scope: Scope): boolean =>
  open.has(req) || passed.get(req)?.scopes.includes(scope) === true

/**
 * A session of the page stands for the key it was begun with: for what only reads, and for what the page itself sent to be changed. Not where
 * a page under another name asks, of the same site neither: that somebody looks is recorded under the name of the key.
 */
const sessionFor = (req: Request): Session | null => {
  const isAskedByOthers = /^(?:same|cross)-site$/.test(String(req.headers['sec-fetch-site']))
  const mayPass = req.method === 'GET' || req.method === 'HEAD' || isConfirmed(req)
  return mayPass && !isAskedByOthers ? sessionOf(req) : null
}

/** What lasts longer than the session, such as a live answer, ends with it. */
const endWith = (res: Response, { ended }: Session): void => {
  const breakOff = (): void => void res.destroy()
  ended.addEventListener('abort', breakOff, { once: true })
  res.once('close', () => ended.removeEventListener('abort', breakOff))
}

/** What is being given to whoever has no right to it any more is broken off; what has not begun yet is not. */
const follow = ({ underWay }: Authentication, by: Holder, scopes: readonly Scope[], res: Response): void => {
  const end = (): boolean => {
    if (res.headersSent) res.destroy()
    return res.headersSent
  }
  res.once('close', underWay.begin(by, scopes, end))
}

const tooMany = (wait: number): Identified =>
  E.left({
    reason: 'too-many-tries',
    detail: 'too many wrong API keys came from this address: try again later',
    retryAfterSeconds: wait,
  })

/** Keys are not guessed: where too many wrong ones come from, none is taken that did not come from there before. Nobody guesses a token. */
const unlessGuessed = (identified: Identified, req: Request): Identified | Promise<Identified> => {
  const wrongKeys = wrongKeysAt(req)
  if (E.isRight(identified)) {
    const wait = isOfToken(identified.right) ? null : wrongKeys.right(req, identified.right)
    return wait === null ? identified : tooMany(wait)
  }
  if (identified.left.reason !== 'unknown-key') return identified
  return wrongKeys.wrong(req).then((wait) => (wait === null ? identified : tooMany(wait)))
}

/** Goes on with whoever presents himself, or whose session it is, or `null`: at once, unless somebody else has to be asked first. */
const withHolder =
  (
    { identify }: Authentication,
    go: (by: Identified | null, ...[req, res, next]: Parameters<RequestHandler>) => void,
  ): RequestHandler =>
  (req, res, next) => {
    const presented = BEARER.exec(req.headers.authorization ?? '')?.[1]
    if (presented === undefined) {
      const session = sessionFor(req)
      if (session !== null) endWith(res, session)
      return go(session === null ? null : E.right(session), req, res, next)
    }
    const identified = identify(presented)
    const judged =
      identified instanceof Promise
        ? identified.then((late) => unlessGuessed(late, req))
        : unlessGuessed(identified, req)
    return judged instanceof Promise
      ? judged.then((by) => go(by, req, res, next)).catch(next)
      : go(judged, req, res, next)
  }

/**
 * Lets every request pass, and keeps for `mayAlso` who asks: for what everybody may ask, and is told more of with a key. No key, an
 * unknown one and, where reads are open, a foreign name all count as nobody.
 */
export const noteHolder = (authentication: Authentication): RequestHandler =>
  authentication.isOpen
    ? (req, _res, next) => {
        if (isNamedHere(req)) open.add(req)
        next()
      }
    : withHolder(authentication, (by, req, _res, next) => {
        if (by !== null && E.isRight(by)) passed.set(req, by.right)
        next()
      })

/**
 * Lets a request pass that presents a key or a token with one of the scopes, or any where none is given; or belongs to a session of the page
 * that was begun with one. Without keys (development, loopback only) reads are open, to whoever asks for this machine.
 */
export const requireAnyScope = (authentication: Authentication, scopes: readonly Scope[]): RequestHandler => {
  const { isOpen, takesTokens, refused } = authentication
  if (isOpen) {
    return (req, res, next) => {
      if (!isNamedHere(req))
        return problem(res, 'foreign-host', 'without API_KEYS this is answered under localhost alone')
      open.add(req)
      next()
    }
  }
  return withHolder(authentication, (by, req, res, next) => {
    if (by === null) {
      refused('no-credential')
      return askForCredential(res, takesTokens)
    }
    if (E.isLeft(by)) {
      refused(by.left.reason)
      return refuseCredential(res, by.left)
    }
    const holder = by.right
    if (!hasAny(holder, scopes)) {
      refused('missing-scope')
      return refuseScope(res, holder, ...scopes)
    }
    passed.set(req, holder)
    follow(authentication, holder, scopes, res)
    next()
  })
}

/** The same with one scope; `null`: any key or token will do. */
export const requireScope = (authentication: Authentication, scope: Scope | null): RequestHandler =>
  requireAnyScope(authentication, scope === null ? [] : [scope])
