import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import type { ReconciliationSources } from '../http/reconciliations/reconciliations.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import type { Logger } from '../log/log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { gaugeReconciliations } from '../metrics/reconciliationGauges.ts'
import type { Provider } from '../provider/provider.ts'
import { NO_FIGURES } from '../reconciling/figures.ts'
import type { BegunReconciling } from './beginReconciling.ts'
import type { Parts } from './parts.ts'

/** What is asked of the provider comes to an end within that, once it is told to. */
const STOP_WITHIN_MS = 3000

/** What the provider is asked with, and what ends that. */
interface ReconcilingProcess {
  readonly sources: Pick<ReconciliationSources, 'reconciling' | 'lacks'>
  readonly stop: () => Promise<void>
}

const NOBODY_TO_ASK = 'TREEZOR_API_URL is not set: nothing is known of how to ask the provider'
const NOTHING_RESENT = 'TREEZOR_WEBHOOKS_API_URL is not set: nothing is known of how to have webhooks sent again'

/** Asks the provider, from when the log is joined on: whenever somebody wants it, and as often as is configured. */
export const reconcileWith = (
  parts: Parts,
  config: Pick<Config, 'dataDir' | 'reconcileEverySeconds' | 'driftAfterSeconds'>,
  provider: Provider | null,
  { registry }: Metrics,
  log: Logger,
): ReconcilingProcess => {
  const ending = new AbortController()
  let begun: BegunReconciling | null = null

  const begin = async (joined: LogIdentity | null): Promise<void> => {
    if (joined === null || provider === null) return
    const { beginReconciling } = await import('./beginReconciling.ts')
    if (ending.signal.aborted) return
    begun = beginReconciling(joined, parts, config, provider, log, ending.signal)
    await begun.keep()
  }
  const running = parts.identity.then(begin).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    if (!ending.signal.aborted) log.error({ reason }, 'the provider is not asked until the next start')
  })
  gaugeReconciliations(registry, config.reconcileEverySeconds ?? 0, () => {
    const { completedAt, ...figures } = begun?.reconciling.figures() ?? NO_FIGURES
    const inSeconds = Object.entries(completedAt).map(([work, at]) => [work, at / 1_000_000])
    const scheduledAt = (begun?.scheduledAt() ?? 0) / 1_000_000
    return { ...figures, completedAt: Object.fromEntries(inSeconds), scheduledAt }
  })
  return {
    sources: {
      reconciling: () => begun?.reconciling ?? null,
      lacks: (work) => {
        if (provider === null) return NOBODY_TO_ASK
        return work === 'resend' && provider.resend === null ? NOTHING_RESENT : null
      },
    },
    stop: async () => {
      ending.abort()
      await Promise.race([running, delay(STOP_WITHIN_MS, undefined, { ref: false })])
      begun?.close()
      await provider?.close()
    },
  }
}
