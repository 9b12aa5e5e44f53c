import type { Request, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { Authentication } from '../../../access/authentication.ts'
import type { Routes } from '../../app.ts'
import { NOT_KEPT } from '../../headers.ts'
import { onlyMethods } from '../../methods.ts'
import { type Html, html } from '../html/html.ts'
import { notice } from '../html/parts.ts'
import { sendPage } from '../html/sendPage.ts'
import { giveToken, takeToken, tokenIn } from './cookie.ts'
import { changing, formOf, formToken, ownForm } from './ownForm.ts'
import { isOpen, keepSessions, sessionOf, takesTokens } from './sessionOf.ts'
import { newSessions } from './sessions.ts'
import { newTries } from './tries.ts'

/** A form that takes a key, or a token where they are taken, and leads back to `from`, a path of this service. */
export const signInForm = (req: Request, from: string): Html => html`
<form class="ask" action="/sign-in" method="post">
<p class="field"><label for="key">${takesTokens(req) ? 'API key or token' : 'API key'}</label><input type="password" id="key" name="key" autocomplete="current-password" required></p>
<input type="hidden" name="from" value="${from}">
<button>Sign in</button>
</form>
<p class="quiet">It is exchanged for a session that ends after eight hours, when you sign out, ${takesTokens(req) && 'when the token expires, '}or when this service is started again.</p>`

/** Where somebody goes on: a path of this service, whatever the form says. */
export const pathIn = (from: string | null): string => {
  const here = 'http://here.invalid'
  if (from === null || !/^\/(?![/\\])/.test(from) || !URL.canParse(from, here)) return '/'
  const { origin, pathname, search } = new URL(from, here)
  return origin === here && !pathname.startsWith('//') && !/^\/sign-(?:in|out)$/.test(pathname)
    ? pathname + search
    : '/'
}

const goTo = (res: Response, path: string): void => void res.status(303).set(NOT_KEPT).set('Location', path).end()

const sentence = (detail: string): string => `${detail.slice(0, 1).toUpperCase()}${detail.slice(1)}.`

const refuse = (req: Request, res: Response, status: 401 | 429 | 503, why: string): void => {
  if (status !== 503) res.set('WWW-Authenticate', 'Bearer realm="kyc-ledger"')
  const from = pathIn(formOf(req).get('from'))
  sendPage(req, res, {
    title: 'Sign in',
    status,
    main: html`<h1>Sign in</h1>${notice('error', why)}${signInForm(req, from)}`,
  })
}

/** Who is signed in, and how he signs out again; or the way in. */
export const whoLooks = (req: Request): Html | null => {
  const session = sessionOf(req)
  if (isOpen(req)) return null
  return session === null
    ? html`<a href="/sign-in">Sign in</a>`
    : html`<form action="/sign-out" method="post">${formToken(req)}<p>Signed in as ${session.name} <button>Sign out</button></p></form>`
}

/**
 * `GET /sign-in`, `POST /sign-in`, `POST /sign-out`: the key, in a form, is exchanged for a session. A form of somebody else's page signs
 * nobody in: who came in under another's name would leave his traces there.
 */
export const sessionRoutes =
  (authentication: Authentication): Routes =>
  (app) => {
    const { isOpen: isOpenToAll, identify, refused, onReview } = authentication
    const sessions = newSessions()
    onReview(sessions.review)
    const tries = newTries()
    keepSessions(app, sessions, authentication)
    app
      .route('/sign-in')
      .get((req, res) => {
        const main = isOpenToAll ? html`<p>No keys are set: everybody may look.</p>` : signInForm(req, '/')
        sendPage(req, res, { title: 'Sign in', main: html`<h1>Sign in</h1>${main}` })
      })
      .post(...ownForm, async (req, res) => {
        const wait = tries.waits(req)
        if (wait > 0) {
          refused('too-many-tries')
          res.set('Retry-After', String(wait))
          return refuse(req, res, 429, `Too many wrong keys came from here: try again in ${wait} s.`)
        }
        const found = await identify(formOf(req).get('key')?.trim() ?? '')
        if (E.isLeft(found)) {
          const { reason, detail } = found.left
          refused(reason)
          if (reason !== 'issuer-unreachable') tries.wrong(req)
          return refuse(req, res, reason === 'issuer-unreachable' ? 503 : 401, sentence(detail))
        }
        tries.right(req)
        const before = tokenIn(req)
        if (before !== null) sessions.end(before)
        giveToken(res, sessions.begin(found.right))
        goTo(res, pathIn(formOf(req).get('from')))
      })
      .all(onlyMethods('GET', 'HEAD', 'POST'))
    app
      .route('/sign-out')
      .post(...changing, (req, res) => {
        const token = tokenIn(req)
        if (token !== null) sessions.end(token)
        takeToken(res)
        goTo(res, '/sign-in')
      })
      .all(onlyMethods('POST'))
  }
