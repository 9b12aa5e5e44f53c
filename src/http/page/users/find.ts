import type { Request, RequestHandler, Response } from 'express'
import { isUserId } from '../../../../domain/identifiers.ts'
import { NOT_KEPT } from '../../headers.ts'
import { type Html, html } from '../html/html.ts'
import { notice } from '../html/parts.ts'
import { sendPage } from '../html/sendPage.ts'

const AN_ID = 'a whole number of at most 19 digits, without zeros in front'

/** A field for the id of a user, which leads to him. What else somebody might look for, a name say, browsers do not put into the URL. */
export const findForm = (value: string | null = null): Html => html`
<form class="ask" action="/find" method="get" role="search">
<p class="field"><label for="userId">Find a user <span class="hint">by his id at the provider</span></label><input type="search" id="userId" name="userId" value="${value}" inputmode="numeric" pattern="\\s*[1-9][0-9]{0,18}\\s*" title="${AN_ID}" autocomplete="off" spellcheck="false"></p>
<button>Find</button></form>`

const notAnId = (req: Request, res: Response, text: string | null): void =>
  sendPage(req, res, {
    title: 'Find a user',
    status: 400,
    main: html`<h1>Find a user</h1>${notice('error', `No user can have this id: it is ${AN_ID}.`)}${findForm(text)}`,
  })

/** `GET /find?userId=`: on to the page of a user. */
export const findUser: RequestHandler = (req, res) => {
  const sent = req.query['userId']
  const userId = typeof sent === 'string' ? sent.trim() : ''
  if (!isUserId(userId)) return notAnId(req, res, typeof sent === 'string' ? sent : null)
  res.status(303).set(NOT_KEPT).set('Location', `/users/${userId}`).end()
}
