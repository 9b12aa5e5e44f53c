import type { Routes } from '../app.ts'
import { onlyMethods } from '../methods.ts'
import { requireScope } from '../requireScope.ts'
import { readSaid } from '../saidInBody.ts'
import { liftHoldOf, placeHoldOn } from './holds.ts'
import type { RetentionSources } from './sources.ts'
import { userRetention } from './userRetention.ts'

/** How long the records of users are kept, and the legal holds that stop their going. */
export const retentionRoutes = (sources: RetentionSources): Routes => {
  const read = requireScope(sources.authentication, 'retention:read')
  const request = requireScope(sources.authentication, 'retention:request')
  const confirm = requireScope(sources.authentication, 'retention:confirm')
  return (app) => {
    app.route('/users/:userId/retention').get(read, userRetention(sources)).all(onlyMethods('GET', 'HEAD'))
    app.route('/users/:userId/holds').post(request, readSaid, placeHoldOn(sources)).all(onlyMethods('POST'))
    app.route('/users/:userId/holds/:hold/lift').post(confirm, readSaid, liftHoldOf(sources)).all(onlyMethods('POST'))
  }
}
