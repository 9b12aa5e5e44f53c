import type { RequestListener } from 'node:http'
import type { Durations } from '../metrics/durations.ts'
import { outcomeOf } from './deliveries/outcomeOf.ts'
import { WEBHOOK_PATH } from './deliveries/webhookEndpoint.ts'
import { hasNoEnd, routeOf } from './routeOf.ts'

/** Others have no value of their own: anybody may send any. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'OPTIONS'])
const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx']
/** The client went before its answer had come to its end. */
const BROKEN_OFF = 'broken-off'

/**
 * The same handler, whose requests are timed until their answers are sent or broken off; live ones, which last as long as somebody looks,
 * are left out. The route is known by then, and no label holds a path: it may name a user.
 */
export const timed =
  (handler: RequestListener, { request, delivery }: Durations): RequestListener =>
  (req, res) => {
    const begun = performance.now()
    res.on('close', () => {
      if (hasNoEnd(res)) return
      const seconds = (performance.now() - begun) / 1000
      const { method = '' } = req
      const route = routeOf(req) ?? 'none'
      const status = res.writableFinished ? (CLASSES[Math.floor(res.statusCode / 100) - 1] ?? 'none') : BROKEN_OFF
      request(METHODS.has(method) ? method : 'other', route, status, seconds)
      if (method === 'POST' && route === WEBHOOK_PATH) delivery(outcomeOf(res), res.statusCode, seconds)
    })
    handler(req, res)
  }
