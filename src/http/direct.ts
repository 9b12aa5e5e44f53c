import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { ErrorRequestHandler, Express, Response } from 'express'
import { FORWARDED } from './gate/sourceAddress.ts'

/** Gives the answer as Express would have it, and the request with it (`res.req`): what sets headers or answers with problems needs that. */
export type AsExpress = () => Response

/** Answers requests of one method and one path. What it rejects with is answered as in a route. */
export type DirectHandler = (req: IncomingMessage, res: ServerResponse, asExpress: AsExpress) => Promise<void>

interface Direct {
  readonly method: string
  readonly path: string
  readonly handler: DirectHandler
}

/** What Express leaves on a request of the route that took it. */
interface Routed extends IncomingMessage {
  route?: Pick<Direct, 'path'>
}

const directOf = new WeakMap<Express, Direct>()

/**
 * Has an application hand the requests of one method, whose URL is spelled as `path`, to `handler` and not through its routes, where a route does the
 * same for every other spelling. Once, and before any middleware.
 */
export const handleDirectly = (app: Express, method: string, path: string, handler: DirectHandler): void =>
  void directOf.set(app, { method, path, handler })

/** As Express and its router do it: other prototypes, which make every access to either slower from then on, and what a route has of its path. */
const dressed = (app: Express, req: IncomingMessage, res: ServerResponse): Response => {
  const response = res as Response
  if (response.app !== undefined) return response
  Object.setPrototypeOf(req, app.request)
  Object.setPrototypeOf(res, app.response)
  Object.assign(req, { res, originalUrl: req.url, baseUrl: '', params: {}, next: () => res.destroy() })
  response.locals = Object.create(null)
  return response
}

/**
 * The application as a listener, which passes what is handled directly over Express: its hand-over is most of what a short answer costs. `onError`
 * answers every error and throws none: there is nobody behind it.
 */
export const passingOver = (app: Express, onError: ErrorRequestHandler): RequestListener => {
  const direct = directOf.get(app)
  if (direct === undefined) return app
  const { method, path, handler } = direct
  const route = { path }
  return (req, res) => {
    if (req.url !== path || req.method !== method) return app(req, res)
    const asExpress = (): Response => dressed(app, req, res)
    // As of any route: whoever tells of the request asks for it.
    ;(req as Routed).route = route
    // Express knows which proxies are trusted.
    if (req.headers[FORWARDED] !== undefined) asExpress()
    handler(req, res, asExpress).catch((error: unknown) => {
      const response = asExpress()
      onError(error, response.req, response, () => res.destroy())
    })
  }
}
