import type { Request, RequestHandler } from 'express'

/**
 * Whether HTML is what the client would rather have (RFC 9110, 12.5.1): a browser that goes somewhere. Who takes anything gets JSON, and who
 * presents a key: some programs say of themselves that they prefer HTML (`HttpURLConnection` of Java), and were always answered so.
 */
export const wantsHtml = (req: Request): boolean =>
  !/^bearer /i.test(req.headers.authorization ?? '') &&
  req.headers.accept?.includes('text/html') === true &&
  req.accepts(['application/json', 'application/problem+json', 'text/html']) === 'text/html'

/** Handlers of a path that the API has as well: what does not ask for HTML is handed on to that. */
export const forPersons = (...handlers: readonly RequestHandler[]): readonly RequestHandler[] => [
  (req, res, next) => {
    res.vary('Accept')
    if (wantsHtml(req)) next()
    else next('route')
  },
  ...handlers,
]
