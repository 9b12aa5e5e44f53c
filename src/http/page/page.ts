import type { Routes } from '../app.ts'
import type { JournalSources } from '../deliveries/journalRoutes.ts'
import { onlyMethods } from '../methods.ts'
import { showProblems } from '../problem.ts'
import { requireScope } from '../requireScope.ts'
import { anomalyPages } from './anomalies/anomalies.ts'
import { deliveriesPages } from './deliveries/deliveries.ts'
import { type HealthSources, healthPage } from './health/healthPage.ts'
import { fileRoutes } from './html/files.ts'
import { surround } from './html/sendPage.ts'
import { beginning } from './live/begun.ts'
import { lookedPage } from './looked/lookedPage.ts'
import { problemPage } from './problem/problemPage.ts'
import { sessionRoutes, whoLooks } from './session/signIn.ts'
import { startPage } from './start/start.ts'
import type { UserPageSources } from './user/sources.ts'
import { userPages } from './user/userPages.ts'
import { findUser } from './users/find.ts'
import { usersPage } from './users/usersPage.ts'
import { forPersons } from './wantsHtml.ts'

/** What pages show. */
export interface PageSources extends UserPageSources {
  readonly warnings: readonly string[]
  readonly deliveries: JournalSources
  /** How the service itself stands. */
  readonly health: HealthSources
}

/** All that is there for persons to look at. Its routes stand before those of the API: some paths are both. */
export const pageRoutes = (sources: PageSources): Routes => {
  const { warnings, authentication } = sources
  const anyKey = requireScope(authentication, null)
  const status = requireScope(authentication, 'kyc:read')
  const readable = onlyMethods('GET', 'HEAD')
  return (app) => {
    surround(app, { warnings, signedIn: whoLooks })
    showProblems(app, problemPage)
    sessionRoutes(authentication)(app)
    fileRoutes(app)
    app.route('/').get(anyKey, beginning(sources), startPage(sources)).all(readable)
    app.route('/find').get(status, findUser).all(readable)
    app.route('/health').get(anyKey, healthPage(sources.health)).all(readable)
    app.get('/users', ...forPersons(status, beginning(sources), usersPage(sources)))
    userPages(sources)(app)
    anomalyPages(sources)(app)
    deliveriesPages(sources.deliveries)(app)
    app.get('/access', ...forPersons(requireScope(authentication, 'audit:read'), lookedPage(sources)))
  }
}
