import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import express, { type Request, type RequestHandler } from 'express'
import { isNamedHere } from '../../namedHere.ts'
import { problem } from '../../problem.ts'
import { type Html, html } from '../html/html.ts'
import { tokenIn } from './cookie.ts'
import { isOpen, sessionOf } from './sessionOf.ts'

/** A form holds a key, or what one row is known by. */
const BODY_LIMIT_BYTES = 16 * 1024

const readText = express.text({ type: 'application/x-www-form-urlencoded', limit: BODY_LIMIT_BYTES })

/**
 * Whether this service's own page sent it. Browsers tell where a request comes from by `Sec-Fetch-Site` (by https, and on this machine),
 * and all of them where a form comes from by `Origin`; who tells neither is no browser.
 */
const isOwn = (req: Request): boolean => {
  const { headers } = req
  const site = headers['sec-fetch-site']
  if (isOpen(req) && !isNamedHere(req)) return false
  if (site !== undefined) return site === 'same-origin'
  const { origin = '', host } = headers
  return URL.canParse(origin) && new URL(origin).host === host
}

const forms = new WeakMap<Request, URLSearchParams>()

/** What the form says; nothing where it was not read. */
export const formOf = (req: Request): URLSearchParams => forms.get(req) ?? new URLSearchParams()

const foreign = (...[, res]: Parameters<RequestHandler>): void =>
  problem(
    res,
    'foreign-form',
    'this is taken from this service’s own page alone: open the page again, and send it from there',
  )

/** Reads a form that this service's own page sent, at most 16 KiB; answers 403 to any other. */
export const ownForm: readonly RequestHandler[] = [
  (req, res, next) => (isOwn(req) ? readText(req, res, next) : foreign(req, res, next)),
  (req, res, next) => {
    if (typeof req.body !== 'string') return foreign(req, res, next)
    forms.set(req, new URLSearchParams(req.body))
    next()
  },
]

/** For where nobody signs in: known to nobody but whom this process has sent a page. */
const OF_THIS_PROCESS = randomBytes(32)

/** What a form has to hold: nobody can tell it who has not read the page, and each session has its own. */
const tokenFor = (req: Request): string =>
  createHmac('sha256', (sessionOf(req) === null ? null : tokenIn(req)) ?? OF_THIS_PROCESS)
    .update('form')
    .digest('base64url')

/** A field that each form has which changes anything. */
export const formToken = (req: Request): Html => html`<input type="hidden" name="token" value="${tokenFor(req)}">`

const confirmed = new WeakSet<Request>()

/** Whether a request was sent by the page of the session that it belongs to. */
export const isConfirmed = (req: Request): boolean => confirmed.has(req)

/**
 * For whatever changes something by a form of the page: `app.post(path, ...changing, requireScope(keys, scope), handler)`. Reads the form,
 * and answers 401 where nobody is signed in, 403 where it is not this page's own or does not hold the token of the session (`formToken`). Behind it `requireScope`
 * takes the session, which it does for nothing else that changes anything.
 */
export const changing: readonly RequestHandler[] = [
  ...ownForm,
  (req, res, next) => {
    if (!isOpen(req) && sessionOf(req) === null) return problem(res, 'no-api-key', 'the session has ended')
    const sent = Buffer.from(formOf(req).get('token') ?? '')
    const expected = Buffer.from(tokenFor(req))
    const isRight = sent.length === expected.length && timingSafeEqual(sent, expected)
    if (!isRight) return foreign(req, res, next)
    confirmed.add(req)
    next()
  },
]
