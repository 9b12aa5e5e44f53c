import type { RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { type Instant, parseRfc3339 } from '../../../../domain/instant.ts'
import type { ListedUser } from '../../../readModel/database/userList.ts'
import { driftInWords } from '../../../words/driftInWords.ts'
import { dateInWords, durationInWords } from '../../../words/timeInWords.ts'
import { NOT_KEPT } from '../../headers.ts'
import { currentModel, type Sources } from '../../users/sources.ts'
import { type Html, html, type Shown } from '../html/html.ts'
import { mark, type ToldStatus } from '../html/marks.ts'
import { notice, pager, table, time, told } from '../html/parts.ts'
import { sendPage } from '../html/sendPage.ts'
import { counts } from './counts.ts'
import { drifting } from './drifting.ts'
import { filterForm, filtersOf, pathOf } from './filters.ts'
import { findForm } from './find.ts'

const PAGE = 100

/** Since when somebody has stood so; of who is pending, how long that is. */
const since = ({ status, since: at }: ListedUser, now: Instant): Shown => {
  if (at === null && status === 'none') return null
  if (at === null) return time(null)
  const instant = parseRfc3339(at)
  return html`${time(at)}${status === 'pending' && instant !== null && html` <span class="long">(${durationInWords(instant, now)})</span>`}`
}

const listOf = (users: readonly ListedUser[], now: Instant): Html =>
  table({
    caption: 'Users, in the order of their ids as texts',
    columns: ['User', 'Status', 'Since', 'Next review'],
    rows: users.map((user) => [
      html`<a href="/users/${user.userId}">${user.userId}</a>`,
      mark(user.status as ToldStatus),
      since(user, now),
      user.nextReviewDate === null ? html`<span class="none">none</span>` : dateInWords(user.nextReviewDate),
    ]),
  })

/** An empty field of a form limits nothing: the list then has the path that it has without. */
const isSentEmpty = (query: Readonly<Record<string, unknown>>): boolean => Object.values(query).includes('')

/**
 * `GET /users` for who asks for HTML: how many stand how, and who fits what the list is limited by. Who asks for anything else is answered by the API.
 */
export const usersPage =
  (sources: Pick<Sources, 'readModel' | 'now' | 'driftAfter'>): RequestHandler =>
  (req, res) => {
    const { query } = req
    if (isSentEmpty(query)) return void res.status(303).set(NOT_KEPT).set('Location', pathOf(query, null)).end()
    const now = sources.now()
    const time = { now, after: sources.driftAfter }
    const filters = filtersOf(req, time)
    const model = currentModel(sources, res)
    if (model === null) return
    const head = html`<h1>Users</h1>${counts(model)}${findForm()}${drifting(model, time)}<h2>Who they are</h2>${filterForm(query)}`
    if (E.isLeft(filters)) {
      const main = html`${head}${notice('error', `${filters.left}.`)}`
      return sendPage(req, res, { title: 'Users', status: 400, main })
    }
    const found = model.users({ ...filters.right, limit: PAGE + 1 })
    const users = found.slice(0, PAGE)
    const last = users.at(-1)?.userId ?? null
    const { after, drift } = filters.right
    const list =
      users.length === 0
        ? html`<p>${after === null ? 'No user fits.' : 'No further user fits.'}</p>`
        : html`${after !== null && html`<p class="quiet">Behind user ${after}.</p>`}${listOf(users, now)}`
    const pages = pager({
      first: after === null ? null : pathOf(query, null),
      next: found.length > PAGE ? pathOf(query, last) : null,
    })
    sendPage(req, res, {
      title: 'Users',
      main: html`${head}${drift !== null && html`<p>${driftInWords(drift.kind)}</p>`}${list}${pages}${told(now, req.originalUrl)}`,
      live: 'users',
    })
  }
