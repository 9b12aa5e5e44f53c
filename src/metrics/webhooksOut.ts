import type { EndpointFigures } from '../outgoing/sending.ts'
import { Counter, Gauge, type Registry } from './prometheus.ts'

/** How it is with each endpoint of outgoing webhooks; no series where there is none. */
export const gaugeWebhooksOut = (registry: Registry, figures: () => readonly EndpointFigures[]): void => {
  const gauge = (name: string, help: string, value: (one: EndpointFigures) => number): void => {
    new Gauge({
      name: `kyc_webhooks_out_${name}`,
      help,
      labelNames: ['endpoint'],
      registers: [registry],
      collect() {
        for (const one of figures()) this.set({ endpoint: one.name }, value(one))
      },
    })
  }
  const counter = (name: string, help: string, value: (one: EndpointFigures) => number): void => {
    new Counter({
      name: `kyc_webhooks_out_${name}_total`,
      help,
      labelNames: ['endpoint'],
      registers: [registry],
      collect() {
        this.reset()
        for (const one of figures()) this.inc({ endpoint: one.name }, value(one))
      },
    })
  }
  gauge(
    'pending',
    'Users whose newest state an endpoint was not told, as far as is read ahead',
    ({ pending }) => pending,
  )
  gauge('off', 'Whether nothing is sent to an endpoint any more: 1 or 0', ({ state }) => (state === 'off' ? 1 : 0))
  gauge('down', 'Whether an endpoint takes nothing now: 1 or 0', ({ state }) => (state === 'down' ? 1 : 0))
  counter('delivered', 'Webhooks that an endpoint took', ({ delivered }) => delivered)
  counter('failed', 'Attempts at webhooks that failed', ({ failed }) => failed)
  counter(
    'given_up',
    'Webhooks that an endpoint did not take for three days, while it took others',
    ({ givenUp }) => givenUp,
  )
}
