import express, { type Express, type Router } from 'express'
import type { Logger } from '../log.ts'
import { notFound, problemHandler } from './problem.ts'

/** The HTTP side of the service: its routes in this order, then problems for everything else. */
export const httpApp = (routes: readonly Router[], log: Logger): Express => {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  for (const router of routes) app.use(router)
  app.use(notFound)
  app.use(problemHandler(log))
  return app
}
