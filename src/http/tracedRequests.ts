import type { RequestListener } from 'node:http'
import { fail, SERVER, tracing } from '../tracing/tracing.ts'
import { WEBHOOK_PATH } from './deliveries/webhookEndpoint.ts'
import { keepSpan } from './requestSpan.ts'
import { hasNoEnd, routeOf } from './routeOf.ts'

/** Asked for every few seconds by whoever watches the service: they would be most of the spans, and say nothing. */
const NOT_TRACED: ReadonlySet<string> = new Set(['/health/live', '/health/ready', '/metrics'])

/** Methods by their names (https://opentelemetry.io/docs/specs/semconv/http/http-spans/); any other is `_OTHER`. */
const KNOWN: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
])

/** Whether Express takes a path for that of deliveries: in any case, with a slash behind it, and where the whole URL is asked for. */
const isOfDeliveries = (path: string): boolean =>
  path
    .replace(/^[a-z]+:\/\/[^/]*/i, '')
    .replace(/\/$/, '')
    .toLowerCase() === WEBHOOK_PATH

/**
 * Each request in a span, under the one that its `traceparent` names. No path, no query, no address and no header stands in it: a
 * path names a user. It ends with the answer, however that ends. Where nobody takes spans the handler is given as it is.
 */
export const tracedRequests = (handler: RequestListener): RequestListener => {
  const by = tracing()
  if (by === null) return handler
  return (req, res) => {
    const [path = ''] = (req.url ?? '').split('?', 1)
    if (NOT_TRACED.has(path)) return handler(req, res)
    const method = KNOWN.has(req.method ?? '') ? String(req.method) : '_OTHER'
    const named = method === '_OTHER' ? 'HTTP' : method
    const isDelivery = isOfDeliveries(path)
    const attributes = {
      'http.request.method': method,
      'url.scheme': 'http',
      'network.protocol.version': req.httpVersion,
      // Known before anything is read, so that a sampler can tell what anybody may send from what needs a key.
      ...(isDelivery ? { 'http.route': WEBHOOK_PATH } : {}),
    }
    const name = isDelivery ? `${named} ${WEBHOOK_PATH}` : named
    const span = by.begin(name, { kind: SERVER, attributes }, by.namedIn(req.headers))
    const kept = keepSpan(res, span)
    res.once('close', () => {
      const route = routeOf(req)
      if (route !== null) span.updateName(`${named} ${route}`).setAttribute('http.route', route)
      if (res.headersSent) span.setAttribute('http.response.status_code', res.statusCode)
      if (kept.thrown !== null) fail(span, kept.thrown)
      else if (!res.writableFinished && !(res.headersSent && hasNoEnd(res))) fail(span, 'broken-off')
      else if (res.statusCode >= 500) fail(span, String(res.statusCode))
      span.end()
    })
    by.within(span, () => handler(req, res))
  }
}
