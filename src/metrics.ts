import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Readiness } from './http/health.ts'

export interface Metrics {
  readonly registry: Registry
  /** Deliveries by what became of them. */
  readonly deliveries: Counter<'outcome'>
  /** Verified webhooks appended to the stream of the unattributed. */
  readonly unattributed: Counter
}

/** Metrics in the text format of Prometheus; no label holds anything of a user. */
export const openMetrics = (readiness: () => Readiness): Metrics => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const gauge = (name: string, help: string, holds: (now: Readiness) => boolean): void => {
    new Gauge({
      name,
      help: `${help}: 1 or 0`,
      registers: [registry],
      collect() {
        this.set(holds(readiness()) ? 1 : 0)
      },
    })
  }
  gauge('kyc_ready', 'Whether the service is ready', ({ ready }) => ready)
  gauge('kyc_event_store_up', 'Whether the event store answers', ({ eventStore }) => eventStore === 'up')
  gauge('kyc_journal_up', 'Whether the journal can be written', ({ journal }) => journal === 'up')
  gauge('kyc_subscription_up', 'Whether the read model follows the log', ({ subscription }) => subscription === 'up')
  gauge('kyc_read_model_caught_up', 'Whether the read model keeps up', ({ readModel }) => readModel === 'caught up')
  const deliveries = new Counter({
    name: 'kyc_deliveries_total',
    help: 'Deliveries by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  })
  const unattributed = new Counter({
    name: 'kyc_unattributed_total',
    help: 'Verified webhooks that name no user, or cannot be read yet',
    registers: [registry],
  })
  return { registry, deliveries, unattributed }
}
