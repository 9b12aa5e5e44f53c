import type { Routes } from '../../app.ts'
import { type JournalSources, mayList } from '../../deliveries/journalRoutes.ts'
import { later } from '../../later.ts'
import { onlyMethods } from '../../methods.ts'
import { requireScope } from '../../requireScope.ts'
import { changing } from '../session/ownForm.ts'
import { forPersons } from '../wantsHtml.ts'

/** The journal as a page, and the buttons on it. */
export const deliveriesPages =
  (sources: JournalSources): Routes =>
  (app) => {
    const { authentication } = sources
    app.get(
      '/deliveries',
      ...forPersons(
        ...mayList(authentication),
        later(async () => (await import('./deliveriesPage.ts')).deliveriesPage(sources)),
      ),
    )
    app
      .route('/deliveries/submit')
      .post(
        ...changing,
        requireScope(authentication, 'journal:write'),
        later(async () => (await import('./submittedPage.ts')).submittedPage(sources)),
      )
      .all(onlyMethods('POST'))
  }
