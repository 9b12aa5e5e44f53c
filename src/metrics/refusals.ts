import { REFUSAL_REASONS, type RefusalReason } from '../access/refusal.ts'
import { Counter, Gauge, type Registry } from './prometheus.ts'

/** Requests of whoever may not do what he asks for. */
export const countRefusals = (registry: Registry): Counter<'reason'> => {
  const refusals = new Counter({
    name: 'kyc_authorization_refused_total',
    help: 'Requests that were refused because of who asked, by why',
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of REFUSAL_REASONS satisfies readonly RefusalReason[]) refusals.inc({ reason }, 0)
  return refusals
}

/** When the keys were fetched that tokens are checked with; 0 before the first time. No series where no tokens are taken. */
export const gaugeIssuerKeys = (registry: Registry, fetchedAt: () => number | null): void => {
  new Gauge({
    name: 'kyc_issuer_keys_fetched_timestamp_seconds',
    help: 'When the keys that tokens are checked with were fetched last: 0 before the first time',
    registers: [registry],
    collect() {
      this.set((fetchedAt() ?? 0) / 1000)
    },
  })
}

/** How reading keys, secrets and roles from their files anew has gone. */
export interface Reloads {
  /** In milliseconds since 1970; the start counts. */
  readonly succeeded: (at: number) => void
  readonly failed: () => void
}

export const gaugeReloads = (registry: Registry, startedAt: number): Reloads => {
  const successful = new Gauge({
    name: 'kyc_config_last_reload_successful',
    help: 'Whether keys, secrets and roles were taken over when they were read from their files last: 1 or 0',
    registers: [registry],
  })
  const at = new Gauge({
    name: 'kyc_config_last_reload_success_timestamp_seconds',
    help: 'When keys, secrets and roles were taken over from their files last',
    registers: [registry],
  })
  const succeeded: Reloads['succeeded'] = (ms) => {
    successful.set(1)
    at.set(ms / 1000)
  }
  succeeded(startedAt)
  return { succeeded, failed: () => successful.set(0) }
}
