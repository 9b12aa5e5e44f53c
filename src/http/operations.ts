import type { Metrics } from '../metrics/metrics.ts'
import type { Readiness } from '../readiness/readiness.ts'
import type { Routes } from './app.ts'
import { NOT_KEPT } from './headers.ts'
import { onlyMethods } from './methods.ts'

/** `GET /health/live`, `/health/ready`, `/metrics`. */
export const operationRoutes =
  (readiness: () => Readiness, { registry }: Metrics): Routes =>
  (app) => {
    const readable = onlyMethods('GET', 'HEAD')
    app
      .route('/health/live')
      .get((_req, res) => {
        res.set(NOT_KEPT).json({ status: 'live' })
      })
      .all(readable)
    app
      .route('/health/ready')
      .get((_req, res) => {
        const { ready, ...details } = readiness()
        res
          .status(ready ? 200 : 503)
          .set(NOT_KEPT)
          .json({ status: ready ? 'ready' : 'not ready', ...details })
      })
      .all(readable)
    app
      .route('/metrics')
      .get(async (_req, res) => {
        res
          .set(NOT_KEPT)
          .type(registry.contentType)
          .send(await registry.metrics())
      })
      .all(readable)
  }
