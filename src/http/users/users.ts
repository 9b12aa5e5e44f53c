import type { RequestHandler } from 'express'
import type { Routes } from '../app.ts'
import { onlyMethods } from '../methods.ts'
import { requireScope } from '../requireScope.ts'
import { unattributedEvents, userEvents } from './events.ts'
import { kycHistory } from './history.ts'
import { kycStatus } from './kycStatus.ts'
import type { Sources } from './sources.ts'
import { userList } from './userList.ts'

/** What can be asked about users, and of events that name none. */
export const userRoutes = (sources: Sources): Routes => {
  const status = requireScope(sources.authentication, 'kyc:read')
  const audit = requireScope(sources.authentication, 'audit:read')
  const retention = requireScope(sources.authentication, 'retention:read')
  /** When somebody is due to go is for others to know than how he stands. */
  const listing: RequestHandler = (req, res, next) =>
    (req.query['erasureDueBefore'] === undefined ? status : retention)(req, res, next)
  const readable = onlyMethods('GET', 'HEAD')
  return (app) => {
    app.route('/users').get(listing, userList(sources)).all(readable)
    app.route('/users/:userId/kyc').get(status, kycStatus(sources)).all(readable)
    app.route('/users/:userId/kyc/history').get(status, kycHistory(sources)).all(readable)
    app.route('/users/:userId/events').get(audit, userEvents(sources)).all(readable)
    app.route('/unattributed/events').get(audit, unattributedEvents(sources)).all(readable)
  }
}
