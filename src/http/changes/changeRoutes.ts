import type { Routes } from '../app.ts'
import { onlyMethods } from '../methods.ts'
import { requireScope } from '../requireScope.ts'
import { changeFeed } from './changes.ts'
import type { ChangeSources } from './sources.ts'

/** Changes of what is told of users, until `ending`. */
export const changeRoutes = (
  sources: ChangeSources,
  ending: AbortSignal,
  ...patience: readonly [stalledMs?: number, quietMs?: number]
): Routes => {
  const mayRead = requireScope(sources.authentication, 'kyc:read')
  return (app) => {
    app
      .route('/changes')
      .get(mayRead, changeFeed(sources, ending, ...patience))
      .all(onlyMethods('GET', 'HEAD'))
  }
}
