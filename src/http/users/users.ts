import type { Routes } from '../app.ts'
import { onlyMethods } from '../methods.ts'
import { requireScope } from '../requireScope.ts'
import { unattributedEvents, userEvents } from './events.ts'
import { kycHistory } from './history.ts'
import { kycStatus } from './kycStatus.ts'
import type { Reading } from './sources.ts'
import { userList } from './userList.ts'

/** What can be asked about users, and of events that name none. */
export const userRoutes = (reading: Reading): Routes => {
  const status = requireScope(reading.apiKeys, 'kyc:read')
  const audit = requireScope(reading.apiKeys, 'audit:read')
  const readable = onlyMethods('GET', 'HEAD')
  return (app) => {
    app.route('/users').get(status, userList(reading)).all(readable)
    app.route('/users/:userId/kyc').get(status, kycStatus(reading)).all(readable)
    app.route('/users/:userId/kyc/history').get(status, kycHistory(reading)).all(readable)
    app.route('/users/:userId/events').get(audit, userEvents(reading)).all(readable)
    app.route('/unattributed/events').get(audit, unattributedEvents(reading)).all(readable)
  }
}
