import type { Routes } from '../../app.ts'
import { type JournalSources, mayList } from '../../deliveries/journalRoutes.ts'
import { onlyMethods } from '../../methods.ts'
import { requireScope } from '../../requireScope.ts'
import { changing } from '../session/ownForm.ts'
import { forPersons } from '../wantsHtml.ts'
import { deliveriesPage } from './deliveriesPage.ts'
import { submittedPage } from './submittedPage.ts'

/** The journal as a page, and the buttons on it. */
export const deliveriesPages =
  (sources: JournalSources): Routes =>
  (app) => {
    const { authentication } = sources
    app.get('/deliveries', ...forPersons(...mayList(authentication), deliveriesPage(sources)))
    app
      .route('/deliveries/submit')
      .post(...changing, requireScope(authentication, 'journal:write'), submittedPage(sources))
      .all(onlyMethods('POST'))
  }
