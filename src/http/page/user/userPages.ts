import type { RequestHandler } from 'express'
import type { Routes } from '../../app.ts'
import { onlyMethods } from '../../methods.ts'
import { requireScope } from '../../requireScope.ts'
import { beginning } from '../live/begun.ts'
import { changing } from '../session/ownForm.ts'
import { eventPage } from './eventPage.ts'
import { releaseConfirmed, releaseRequested } from './releaseForms.ts'
import type { UserPageSources } from './sources.ts'
import { userPage } from './userPage.ts'

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
    app.route('/users/:userId').all(takesHtml).get(status, beginning(sources), userPage(sources)).all(readable)
    app.route('/users/:userId/events/:revision').all(takesHtml).get(audit, eventPage(sources)).all(readable)
    app
      .route('/users/:userId/release/request')
      .post(...changing, request, releaseRequested(sources))
      .all(sent)
    app
      .route('/users/:userId/release/confirm')
      .post(...changing, confirm, releaseConfirmed(sources))
      .all(sent)
  }
