import { requireScope } from './apiKeys.ts'
import type { Routes } from './app.ts'
import { userEvents } from './events.ts'
import { kycHistory } from './history.ts'
import { kycStatus } from './kycStatus.ts'
import type { Reading } from './reading.ts'
import { userList } from './userList.ts'

/** What can be asked about users. */
export const userRoutes = (reading: Reading): Routes => {
  const status = requireScope(reading.apiKeys, 'kyc:read')
  const audit = requireScope(reading.apiKeys, 'audit:read')
  return (app) =>
    app
      .get('/users', status, userList(reading))
      .get('/users/:userId/kyc', status, kycStatus(reading))
      .get('/users/:userId/kyc/history', status, kycHistory(reading))
      .get('/users/:userId/events', audit, userEvents(reading))
}
