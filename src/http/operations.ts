import type { RequestHandler } from 'express'
import type { Authentication } from '../access/authentication.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Readiness } from '../readiness/readiness.ts'
import type { Routes } from './app.ts'
import { NOT_KEPT } from './headers.ts'
import { onlyMethods } from './methods.ts'
import { mayAlso, noteHolder, requireScope } from './requireScope.ts'

interface OperationSources {
  readonly readiness: () => Readiness
  readonly metrics: Metrics
  readonly authentication: Authentication
  /** Whether metrics, and what readiness rests on, are told without a key. */
  readonly metricsOpen: boolean
}

const SCOPE = 'metrics:read'

/**
 * `GET /health/live`, `/health/ready`, `/metrics`. What readiness rests on, and the metrics, are told to whoever has the scope, or to
 * everybody where `METRICS_OPEN` says so; whether it is ready to all, since balancers have no key.
 */
export const operationRoutes =
  ({ readiness, metrics: { registry, scrape }, authentication, metricsOpen }: OperationSources): Routes =>
  (app) => {
    const readable = onlyMethods('GET', 'HEAD')
    const allowed: readonly RequestHandler[] = metricsOpen ? [] : [requireScope(authentication, SCOPE)]
    app
      .route('/health/live')
      .get((_req, res) => {
        res.set(NOT_KEPT).json({ status: 'live' })
      })
      .all(readable)
    app
      .route('/health/ready')
      .get(noteHolder(authentication), (req, res) => {
        const { ready, ...details } = readiness()
        const told = metricsOpen || mayAlso(req, SCOPE) ? details : {}
        res
          .status(ready ? 200 : 503)
          .set(NOT_KEPT)
          .json({ status: ready ? 'ready' : 'not ready', ...told })
      })
      .all(readable)
    app
      .route('/metrics')
      .get(...allowed, async (_req, res) => {
        res
          .set(NOT_KEPT)
          .type(registry.contentType)
          .send(await scrape())
      })
      .all(readable)
  }
