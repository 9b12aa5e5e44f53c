import type { Routes } from '../app.ts'
import { later } from '../later.ts'
import { onlyMethods } from '../methods.ts'
import { requireScope } from '../requireScope.ts'
import type { EvidenceSources } from './sources.ts'

/** What shows to others that an answer about a user is the one that the log gives. */
export const evidenceRoutes = (sources: EvidenceSources): Routes => {
  const audit = requireScope(sources.authentication, 'audit:read')
  const readable = onlyMethods('GET', 'HEAD')
  return (app) => {
    app
      .route('/users/:userId/events/:revision/proof')
      .get(
        audit,
        later(async () => (await import('./eventProof.ts')).eventProof(sources)),
      )
      .all(readable)
    app
      .route('/users/:userId/evidence')
      .get(
        audit,
        later(async () => (await import('./evidenceFile.ts')).evidence(sources)),
      )
      .all(readable)
    app
      .route('/unattributed/events/:revision/proof')
      .get(
        audit,
        later(async () => (await import('./eventProof.ts')).unattributedProof(sources)),
      )
      .all(readable)
  }
}
