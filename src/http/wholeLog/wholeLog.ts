import type { Routes } from '../app.ts'
import { onlyMethods } from '../methods.ts'
import { requireScope } from '../requireScope.ts'
import { accesses } from './accesses.ts'
import { type WholeLogSources, wholeLog } from './events.ts'

/** What is asked of no user: the whole log, until `ending`, and who has read what. */
export const wholeLogRoutes = (
  sources: WholeLogSources,
  ending: AbortSignal,
  ...patience: readonly [stalledMs?: number, quietMs?: number]
): Routes => {
  const audit = requireScope(sources.authentication, 'audit:read')
  const readable = onlyMethods('GET', 'HEAD')
  return (app) => {
    app
      .route('/events')
      .get(audit, wholeLog(sources, ending, ...patience))
      .all(readable)
    app.route('/access').get(audit, accesses(sources)).all(readable)
  }
}
