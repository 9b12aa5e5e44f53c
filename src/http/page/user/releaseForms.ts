import type { Request, RequestHandler, Response } from 'express'
import type { HeldBackView } from '../../../../domain/answer/observedViews.ts'
import type { UserId } from '../../../../domain/identifiers.ts'
import { confirmRelease, requestRelease } from '../../../ledger/releases.ts'
import { NOT_KEPT } from '../../headers.ts'
import { problem } from '../../problem.ts'
import { NAMES } from '../../releases/releases.ts'
import { type ReleaseSources, type Taken, takeStep } from '../../releases/taking.ts'
import { A_LINE, lineIn } from '../../saidInBody.ts'
import { namedAuthor } from '../../twoPersons.ts'
import { costingUser } from '../../users/costingUser.ts'
import { type Html, html } from '../html/html.ts'
import { formOf, formToken } from '../session/ownForm.ts'

/** Asks for the release of one event; `<label>` surrounds the field, since there may be several of these on a page. */
export const requestForm = (req: Request, userId: UserId, { stream, revision }: HeldBackView): Html => html`
<form action="/users/${userId}/release/request" method="post">${formToken(req)}<input type="hidden" name="stream" value="${stream}"><input type="hidden" name="revision" value="${revision}">
<p class="field"><label>Reason <input type="text" name="reason" required maxlength="500" autocomplete="off"></label></p><button>Ask for its release<span class="unseen"> (revision ${revision})</span></button></form>`

export const confirmForm = (req: Request, userId: UserId, release: number): Html => html`
<form action="/users/${userId}/release/confirm" method="post">${formToken(req)}<input type="hidden" name="release" value="${release}"><button>Confirm<span class="unseen"> release ${release}</span></button></form>`

const aNumber = (text: string | null): number => (text !== null && /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : -1)

/** To the user as he stands now: by another request, so that nobody sends the form again by loading the page anew. */
const showUser = (res: Response, userId: UserId, taken: Taken | null): void => {
  if (taken !== null) res.status(303).set(NOT_KEPT).set('Location', `/users/${userId}#releases`).end()
}

/** `POST /users/{userId}/release/request`: as `POST /users/{userId}/releases`, by a form of the page. */
export const releaseRequested = (sources: ReleaseSources): RequestHandler =>
  costingUser(sources, async (userId, req, res) => {
    const form = formOf(req)
    const reason = lineIn(form.get('reason'))
    if (reason === null) return problem(res, 'bad-parameter', `the reason has to be ${A_LINE}`)
    const by = namedAuthor(req, res, NAMES)
    if (by === null) return
    const event = { stream: form.get('stream') ?? '', revision: aNumber(form.get('revision')) }
    const decide: Parameters<typeof takeStep>[3] = (known, at) => requestRelease(known, { event, by, reason }, at)
    showUser(res, userId, await takeStep(sources, res, userId, decide))
  })

/** `POST /users/{userId}/release/confirm`: as `POST /users/{userId}/releases/{release}/confirm`, by a form of the page. */
export const releaseConfirmed = (sources: ReleaseSources): RequestHandler =>
  costingUser(sources, async (userId, req, res) => {
    const by = namedAuthor(req, res, NAMES)
    if (by === null) return
    const release = aNumber(formOf(req).get('release'))
    const decide: Parameters<typeof takeStep>[3] = (known, at) => confirmRelease(known, release, by, at)
    showUser(res, userId, await takeStep(sources, res, userId, decide))
  })
