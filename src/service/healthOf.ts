import type { Config } from '../config/config.ts'
import type { HealthSources } from '../http/page/health/healthPage.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { faultsOf, type Readiness } from '../readiness/readiness.ts'
import type { Parts } from './parts.ts'

/** What tells persons how the service stands. */
export const healthOf = (
  parts: Parts,
  config: Config,
  { appended }: Metrics,
  readiness: () => Readiness,
  { endpoints, backups }: Pick<HealthSources, 'endpoints' | 'backups'>,
): HealthSources => {
  const { journal, readModel, sealing, trails, clock } = parts
  const { now, corrections } = clock
  const faults = (): readonly string[] => faultsOf(parts)
  const { retention } = config
  return {
    config,
    readiness,
    faults,
    trails,
    appended,
    startedAt: now(),
    journal,
    readModel,
    sealing,
    endpoints,
    backups,
    schedule: config.backups,
    now,
    corrections,
    retention,
  }
}
