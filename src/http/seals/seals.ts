import type { Routes } from '../app.ts'
import { onlyMethods } from '../methods.ts'
import { requireScope } from '../requireScope.ts'
import { checkpoint, sealKeys } from './checkpoint.ts'
import { consistency } from './consistency.ts'
import type { SealSources } from './sources.ts'
import { tiles } from './tiles.ts'

/** What monitors and witnesses follow of a sealed log. It holds no person: hashes, sizes and signatures. */
export const sealRoutes = (sources: SealSources): Routes => {
  const seals = requireScope(sources.authentication, 'seal:read')
  const readable = onlyMethods('GET', 'HEAD')
  return (app) => {
    app.route('/checkpoint').get(seals, checkpoint(sources)).all(readable)
    app.route('/tile/*path').get(seals, tiles(sources)).all(readable)
    app.route('/seals/keys').get(seals, sealKeys(sources)).all(readable)
    app.route('/seals/consistency').get(seals, consistency(sources)).all(readable)
  }
}
