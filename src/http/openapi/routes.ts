import type { Routes } from '../app.ts'
import { ASKED_EACH_TIME } from '../headers.ts'
import { onlyMethods } from '../methods.ts'
import { DOCUMENT } from './document.ts'

/** `GET /openapi.json`: what this service answers. It needs no key: no person is in it. */
export const openApiRoutes: Routes = (app) => {
  const text = JSON.stringify(DOCUMENT)
  app
    .route('/openapi.json')
    .get((_req, res) => {
      res.set(ASKED_EACH_TIME).type('application/json').send(text)
    })
    .all(onlyMethods('GET', 'HEAD'))
}
