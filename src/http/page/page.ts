import type { Routes } from '../app.ts'
import type { JournalSources } from '../deliveries/journalRoutes.ts'
import { later } from '../later.ts'
import { onlyMethods } from '../methods.ts'
import { showProblems } from '../problem.ts'
import { requireScope } from '../requireScope.ts'
import { anomalyPages } from './anomalies/anomalies.ts'
import { deliveriesPages } from './deliveries/deliveries.ts'
import type { HealthSources } from './health/healthPage.ts'
import { fileRoutes } from './html/files.ts'
import { surround } from './html/sendPage.ts'
import { beginning } from './live/begun.ts'
import { problemPage } from './problem/problemPage.ts'
import { sessionRoutes, whoLooks } from './session/signIn.ts'
import type { UserPageSources } from './user/sources.ts'
import { userPages } from './user/userPages.ts'
import { findUser } from './users/find.ts'
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
    app
      .route('/')
      .get(
        anyKey,
        beginning(sources),
        later(async () => (await import('./start/start.ts')).startPage(sources)),
      )
      .all(readable)
    app.route('/find').get(status, findUser).all(readable)
    app
      .route('/health')
      .get(
        anyKey,
        later(async () => (await import('./health/healthPage.ts')).healthPage(sources.health)),
      )
      .all(readable)
    app.get(
      '/users',
      ...forPersons(
        status,
        beginning(sources),
        later(async () => (await import('./users/usersPage.ts')).usersPage(sources)),
      ),
    )
    userPages(sources)(app)
    anomalyPages(sources)(app)
    deliveriesPages(sources.deliveries)(app)
    app.get(
      '/access',
      ...forPersons(
        requireScope(authentication, 'audit:read'),
        later(async () => (await import('./looked/lookedPage.ts')).lookedPage(sources)),
      ),
    )
  }
}
