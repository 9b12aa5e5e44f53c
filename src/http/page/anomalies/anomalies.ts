import type { Routes } from '../../app.ts'
import { later } from '../../later.ts'
import { onlyMethods } from '../../methods.ts'
import { requireScope } from '../../requireScope.ts'
import type { Sources } from '../../users/sources.ts'

/** What is odd, by what is odd about it; and events that belong to nobody, each as recorded for whoever may read that. */
export const anomalyPages =
  (sources: Sources): Routes =>
  (app) => {
    const { authentication } = sources
    const readable = onlyMethods('GET', 'HEAD')
    app
      .route('/anomalies')
      .get(
        requireScope(authentication, 'kyc:read'),
        later(async () => (await import('./anomaliesPage.ts')).anomaliesPage(sources)),
      )
      .all(readable)
    app
      .route('/unattributed/events/:revision')
      .get(
        requireScope(authentication, 'audit:read'),
        later(async () => (await import('./eventOfNobodyPage.ts')).eventOfNobodyPage(sources)),
      )
      .all(readable)
  }
