import type { RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { ReadModelReader } from '../../../readModel/database/reader.ts'
import { mayAlso } from '../../requireScope.ts'
import type { Sources } from '../../users/sources.ts'
import { type Html, html } from '../html/html.ts'
import { mark } from '../html/marks.ts'
import { notice, table, time } from '../html/parts.ts'
import { sendPage } from '../html/sendPage.ts'
import { counts } from '../users/counts.ts'
import { drifting } from '../users/drifting.ts'
import { findForm } from '../users/find.ts'

const NEWEST = 20

/** Whose status changed last. Where another version tells that, this one does not. */
const lately = (model: Pick<ReadModelReader, 'newestChanges'>): Html | null => {
  const changes = model.newestChanges(NEWEST)
  if (E.isLeft(changes)) return null
  const list =
    changes.right.length === 0
      ? html`<p>Nobody has been heard of yet.</p>`
      : table({
          caption: 'Users whose status changed last, the latest first',
          columns: ['User', 'Status', 'Since'],
          rows: changes.right.map(({ userId, status, since }) => [
            html`<a href="/users/${userId}">${userId}</a>`,
            mark(status),
            status === 'none' ? null : time(since),
          ]),
        })
  return html`<h2>What changed last</h2>${list}`
}

/** `GET /`: where one begins. How many stand how, and what changed last, is for whoever may ask about users. */
export const startPage =
  ({ readModel, now, driftAfter }: Pick<Sources, 'readModel' | 'now' | 'driftAfter'>): RequestHandler =>
  (req, res) => {
    const title = 'Start'
    const head = html`<h1>Users and how they stand</h1>`
    if (!mayAlso(req, 'kyc:read')) return sendPage(req, res, { title, main: html`${head}${findForm()}` })
    const model = readModel.hasCaughtUp() ? readModel.reader() : null
    const main =
      model === null
        ? html`${head}${notice('note', 'The read model is catching up with the log: how users stand can be told in a moment.')}${findForm()}`
        : html`${head}${counts(model)}${findForm()}${drifting(model, { now: now(), after: driftAfter })}${lately(model)}`
    sendPage(req, res, { title, main, live: 'users' })
  }
