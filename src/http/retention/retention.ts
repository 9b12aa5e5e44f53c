import type { Routes } from '../app.ts'
import { onlyMethods } from '../methods.ts'
import { requireScope } from '../requireScope.ts'
import { liftHoldOf, placeHoldOn } from './holds.ts'
import { readReason } from './reasonInBody.ts'
import type { RetentionSources } from './sources.ts'
import { userRetention } from './userRetention.ts'

/** How long the records of users are kept, and the legal holds that stop their going. */
export const retentionRoutes = (sources: RetentionSources): Routes => {
  const read = requireScope(sources.apiKeys, 'retention:read')
  const request = requireScope(sources.apiKeys, 'retention:request')
  const confirm = requireScope(sources.apiKeys, 'retention:confirm')
  return (app) => {
    app.route('/users/:userId/retention').get(read, userRetention(sources)).all(onlyMethods('GET', 'HEAD'))
    app.route('/users/:userId/holds').post(request, readReason, placeHoldOn(sources)).all(onlyMethods('POST'))
    app.route('/users/:userId/holds/:hold/lift').post(confirm, readReason, liftHoldOf(sources)).all(onlyMethods('POST'))
  }
}
