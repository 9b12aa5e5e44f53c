import type { RequestListener } from 'node:http'
import express, { type Express, type RequestHandler } from 'express'
import type { TrustProxy } from '../config/trustProxy.ts'
import type { Logger } from '../log/log.ts'
import { passingOver } from './direct.ts'
import { problem } from './problem.ts'
import { problemHandler } from './problemHandler.ts'

/** Adds routes to the application itself: routers inside routers would cost every request a walk through each. */
export type Routes = (app: Express) => void

const notFound: RequestHandler = (_req, res) => problem(res, 'unknown-path', 'there is nothing at this path')

/** The HTTP side of the service: its routes in this order, then problems for everything else. */
export const httpApp = (routes: readonly Routes[], log: Logger, trustProxy: TrustProxy = []): Express => {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.set('trust proxy', trustProxy)
  for (const add of routes) add(app)
  app.use(notFound)
  app.use(problemHandler(log))
  return app
}

/** The same as a listener, which hands to Express what is not handled directly. */
export const httpListener = (...of: Parameters<typeof httpApp>): RequestListener =>
  passingOver(httpApp(...of), problemHandler(of[1]))
