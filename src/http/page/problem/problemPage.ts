import type { Request } from 'express'
import type { ShowProblem } from '../../problem.ts'
import { PROBLEMS, type ProblemKind } from '../../problemKinds.ts'
import { type Html, html } from '../html/html.ts'
import { sendPage } from '../html/sendPage.ts'
import { pathIn, signInForm } from '../session/signIn.ts'
import { findForm } from '../users/find.ts'
import { wantsHtml } from '../wantsHtml.ts'
import { erasureShown } from './erasure.ts'

/** Where somebody who has to sign in goes on: where he wanted to go, or where his form stood. */
const wayBack = (req: Request): string => {
  if (req.method === 'GET' || req.method === 'HEAD') return pathIn(req.originalUrl)
  const { referer = '', host } = req.headers
  const from = URL.canParse(referer) ? new URL(referer) : null
  return from === null || from.host !== host ? '/' : pathIn(from.pathname + from.search)
}

/** Where somebody else's page leads here, no session is taken: from here it is. */
const comingFromElsewhere = (req: Request): Html | false =>
  /^(?:same|cross)-site$/.test(String(req.headers['sec-fetch-site'])) &&
  html`<p>If you have signed in here before: <a href="${pathIn(req.originalUrl)}">open the page</a>.</p>`

/** As a sentence of its own; one about a parameter begins with its name, as that is written. */
const sentence = (kind: ProblemKind, detail: string): string =>
  kind === 'bad-parameter' ? `${detail}.` : `${detail.slice(0, 1).toUpperCase()}${detail.slice(1)}.`

/** A problem as a page, with its status, for whoever asks for HTML. */
export const problemPage: ShowProblem = (res, kind, detail, more) => {
  const { req } = res
  if (!wantsHtml(req)) return false
  const [status, title] = PROBLEMS[kind]
  if (kind === 'no-api-key') {
    const main = html`<h1>Sign in</h1><p>This page is shown to whoever has a key.</p>${signInForm(req, wayBack(req))}${comingFromElsewhere(req)}`
    sendPage(req, res, { title: 'Sign in', status, main })
    return true
  }
  const main = html`<h1>${title}</h1>
<p>${sentence(kind, detail)}</p>
${kind === 'user-erased' && erasureShown(more)}
${kind === 'missing-scope' && html`<p>What you look for is shown to whoever has it: sign out, and in with a key or a token that does.</p>`}
${(kind === 'unknown-user' || kind === 'bad-user-id') && findForm()}
${status === 503 && html`<p>Try again in a moment: <a href="${pathIn(req.originalUrl)}">the same page</a>.</p>`}
<p class="quiet">${status} · <code>${kind}</code></p>`
  // He may be heard of while somebody waits for that.
  const { userId } = req.params
  const awaited = kind === 'unknown-user' && typeof userId === 'string' ? { live: userId } : {}
  sendPage(req, res, { title, status, main, ...awaited })
  return true
}
