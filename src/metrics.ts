import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

export interface Metrics {
  readonly registry: Registry
  /** Deliveries by what became of them. */
  readonly deliveries: Counter<'outcome'>
}

/** Metrics in the text format of Prometheus; no label holds anything of a user. */
export const openMetrics = (readiness: () => boolean): Metrics => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const ready = new Gauge({
    name: 'kyc_ready',
    help: 'Whether the service is ready: 1 or 0',
    registers: [registry],
    collect() {
      this.set(readiness() ? 1 : 0)
    },
  })
  ready.set(0)
  const deliveries = new Counter({
    name: 'kyc_deliveries_total',
    help: 'Deliveries by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  })
  return { registry, deliveries }
}
