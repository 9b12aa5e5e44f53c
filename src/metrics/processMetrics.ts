import { collectDefaultMetrics, type Registry } from 'prom-client'

/** Gauges under the name of a counter, which Prometheus warns of; what they add up stands beside them, by type. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/**
 * Those of the event loop hold the 10 ms of their own timer, so that an idle process seems to be late by that, and begin anew with each
 * scrape, so that of two who scrape each sees a part. `kyc_event_loop_delay_seconds` stands for them.
 */
const MISLEADING = /^nodejs_eventloop_lag_/

/** What `prom-client` tells of the process, as far as it means what it says. */
export const measureProcess = (registry: Registry): void => {
  collectDefaultMetrics({ register: registry })
  for (const { name } of registry.getMetricsAsArray())
    if (MISNAMED.includes(name) || MISLEADING.test(name)) registry.removeSingleMetric(name)
}
