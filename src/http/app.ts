import express, { type Express } from 'express'
import type { Logger } from '../log/log.ts'
import { notFound, problemHandler } from './problem.ts'

/** Adds routes to the application itself: routers inside routers would cost every request a walk through each. */
export type Routes = (app: Express) => void

/** The HTTP side of the service: its routes in this order, then problems for everything else. */
export const httpApp = (routes: readonly Routes[], log: Logger): Express => {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  for (const add of routes) add(app)
  app.use(notFound)
  app.use(problemHandler(log))
  return app
}
