import type { Routes } from '../app.ts'
import { ASKED_EACH_TIME } from '../headers.ts'
import { later } from '../later.ts'
import { onlyMethods } from '../methods.ts'

const readable = onlyMethods('GET', 'HEAD')

/** `GET /openapi.json`: what this service answers. It needs no key: no person is in it. */
export const openApiRoutes: Routes = (app) => {
  const answer = later(async () => {
    const text = JSON.stringify((await import('./document.ts')).DOCUMENT)
    return (_req, res) => {
      res.set(ASKED_EACH_TIME).type('application/json').send(text)
    }
  })
  app.route('/openapi.json').get(answer).all(readable)
}

/** `GET /docs`: the same for persons. */
export const docsRoutes: Routes = (app) => {
  const answer = later(async () => (await import('./page/docs.ts')).docs())
  app.route('/docs').get(answer).all(readable)
}
