import type { RequestHandler } from 'express'
import type { Routes } from '../../app.ts'
import { later } from '../../later.ts'
import { onlyMethods } from '../../methods.ts'
import { requireScope } from '../../requireScope.ts'
import { beginning } from '../live/begun.ts'
import { changing } from '../session/ownForm.ts'
import type { UserPageSources } from './sources.ts'

/** There is nothing but a page at these paths: who takes no HTML finds nothing. */
const takesHtml: RequestHandler = (req, _res, next) => (req.accepts('html') === false ? next('route') : next())

/** The page of one user, the pages of his events as they were recorded, and the forms that release what was held back of him. */
export const userPages =
  (sources: UserPageSources): Routes =>
  (app) => {
    const status = requireScope(sources.authentication, 'kyc:read')
    const audit = requireScope(sources.authentication, 'audit:read')
    const request = requireScope(sources.authentication, 'release:request')
    const confirm = requireScope(sources.authentication, 'release:confirm')
    const readable = onlyMethods('GET', 'HEAD')
    const sent = onlyMethods('POST')
    app
      .route('/users/:userId')
      .all(takesHtml)
      .get(
        status,
        beginning(sources),
        later(async () => (await import('./userPage.ts')).userPage(sources)),
      )
      .all(readable)
    app
      .route('/users/:userId/events/:revision')
      .all(takesHtml)
      .get(
        audit,
        later(async () => (await import('./eventPage.ts')).eventPage(sources)),
      )
      .all(readable)
    app
      .route('/users/:userId/release/request')
      .post(
        ...changing,
        request,
        later(async () => (await import('./releaseForms.ts')).releaseRequested(sources)),
      )
      .all(sent)
    app
      .route('/users/:userId/release/confirm')
      .post(
        ...changing,
        confirm,
        later(async () => (await import('./releaseForms.ts')).releaseConfirmed(sources)),
      )
      .all(sent)
  }
