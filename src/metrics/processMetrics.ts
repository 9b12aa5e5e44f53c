import { type Counter, defaultMetrics, type Registry } from './prometheus.ts'

/** Gauges under the name of a counter, which Prometheus warns of; what they add up stands beside them, by type. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/**
 * Those of the event loop hold the 10 ms of their own timer, so that an idle process seems to be late by that, and begin anew with each
 * scrape, so that of two who scrape each sees a part. `kyc_event_loop_delay_seconds` stands for them.
 */
const MISLEADING = /^nodejs_eventloop_lag_/

/** Their collector begins when it is made: what was used before counts as well. */
const countBefore = (registry: Registry, { user, system }: NodeJS.CpuUsage): void => {
  const count = (name: string, microseconds: number): void =>
    (registry.getSingleMetric(name) as Counter).inc(microseconds / 1e6)
  count('process_cpu_user_seconds_total', user)
  count('process_cpu_system_seconds_total', system)
  count('process_cpu_seconds_total', user + system)
}

/** What `prom-client` tells of the process, as far as it means what it says, from the first scrape on. */
const measureProcess = (registry: Registry): void => {
  const used = process.cpuUsage()
  defaultMetrics()({ register: registry })
  countBefore(registry, used)
  for (const { name } of registry.getMetricsAsArray())
    if (MISNAMED.includes(name) || MISLEADING.test(name)) registry.removeSingleMetric(name)
}

/** All metrics as text. Those of the process are added when they are first asked for: nobody may ever scrape. */
export const scraping = (registry: Registry): (() => Promise<string>) => {
  let isMeasured = false
  return () => {
    if (!isMeasured) measureProcess(registry)
    isMeasured = true
    return registry.metrics()
  }
}
