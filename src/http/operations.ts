import type { ClockFault } from '../clock/nodeClock.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Routes } from './app.ts'
import { NOT_KEPT } from './json.ts'
import { onlyMethods } from './problem.ts'

/** Whether the service may be sent requests, and what is missing if not. */
export interface Readiness {
  readonly ready: boolean
  readonly eventStore: 'up' | 'down'
  /** Whether deliveries that are not appended can be kept. */
  readonly journal: 'up' | 'down'
  /** Whether anything may be received by the clock of this node, and what it is otherwise. */
  readonly clock: 'right' | ClockFault['clock']
  readonly readModel: 'caught up' | 'catching up' | 'behind'
  /** Whether the read model follows the log: not from when it lost the log until it has reached the end again. */
  readonly subscription: 'up' | 'down'
  /** Where the read model stands in the log. */
  readonly position: string | null
}

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
