import { setTimeout as delay } from 'node:timers/promises'
import type { UserId } from '../../domain/identifiers.ts'
import { type Instant, seconds } from '../../domain/instant.ts'
import { nameForLog } from '../access/holder.ts'
import type { Config } from '../config/config.ts'
import type { ReconciliationSources } from '../http/reconciliations/reconciliations.ts'
import type { Statement } from '../ledger/leases.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import { trustedStore } from '../ledger/trustedStore.ts'
import type { Logger } from '../log/log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { gaugeReconciliations } from '../metrics/reconciliationGauges.ts'
import type { Provider } from '../provider/provider.ts'
import type { ReadModelReader } from '../readModel/database/reader.ts'
import { comparingUsers } from '../reconciling/compareUser.ts'
import { leasesOf } from '../reconciling/lease.ts'
import { openProgress, type Progress } from '../reconciling/progress.ts'
import { NO_FIGURES, type Reconciling, reconcilingWith } from '../reconciling/reconciling.ts'
import { keepReconciling } from '../reconciling/schedule.ts'
import { heldAgainstTree } from '../sealing/heldAgainstTree.ts'
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
  {
    dataDir,
    reconcileEverySeconds,
    driftAfterSeconds,
  }: Pick<Config, 'dataDir' | 'reconcileEverySeconds' | 'driftAfterSeconds'>,
  provider: Provider | null,
  { registry }: Metrics,
  log: Logger,
): ReconcilingProcess => {
  const { identity, store, untrusted, sealing, readModel, clock, erasures } = parts
  const { now, corrections, fault: clockFault } = clock
  const ending = new AbortController()
  let reconciling: Reconciling | null = null
  let progress: Progress | null = null
  let scheduledAt: Instant | null = null

  const reader = (): ReadModelReader => {
    const open = readModel.reader()
    if (open === null) throw new Error('the read model is catching up with the log')
    return open
  }
  const begin = async (joined: LogIdentity | null): Promise<void> => {
    if (joined === null || provider === null || ending.signal.aborted) return
    const kept = openProgress(dataDir, joined.logId)
    progress = kept
    const forget = (): void => kept.forget(erasures.erased.users.keys())
    forget()
    erasures.onNews(forget)
    const leases = leasesOf(store, kept.node, now, clockFault)
    const compare = comparingUsers({
      store: trustedStore(heldAgainstTree(store, sealing.tree), untrusted),
      orphansOf: (userId) => reader().orphansOf(userId),
      provider,
      now,
      clockFault,
      corrections,
      isErased: (userId: UserId) => erasures.erased.users.has(userId),
      lookForErasures: erasures.readOn,
    })
    const time = () => ({ now: now(), after: seconds(driftAfterSeconds) })
    reconciling = reconcilingWith(
      leases,
      {
        compare,
        provider,
        suspects: (after, limit) => reader().suspects(after, limit, time()),
        usersOfLog: (after, limit) => reader().usersByNumber(after, limit),
        progress: kept,
        now,
      },
      (asked, whose, { outcome, reason }, { checked, recorded, released, failed }) => {
        const by = 'by' in whose ? nameForLog(whose.by) : 'schedule'
        const told = { work: asked.work, by, dryRun: asked.dryRun, outcome, checked, recorded, released, failed }
        if (outcome === 'failed') log.warn({ ...told, reason }, 'the provider was not asked to the end')
        else if (asked.work === 'resend') log.info(told, 'the provider was asked to send webhooks again')
        else log.info(told, 'users were held against what the provider says')
      },
    )
    if (reconcileEverySeconds === null) return
    const standing = async (): Promise<Statement | null> => {
      const said = await leases.standing()
      scheduledAt = said?.scheduledAt ?? null
      return said
    }
    const scheduled = {
      everySeconds: reconcileEverySeconds,
      reconciling,
      leases: { standing },
      progress: kept,
      now,
      log,
    }
    await keepReconciling(scheduled, ending.signal)
  }
  const running = identity.then(begin).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    if (!ending.signal.aborted) log.error({ reason }, 'the provider is not asked until the next start')
  })
  gaugeReconciliations(registry, reconcileEverySeconds ?? 0, () => {
    const { completedAt, ...figures } = reconciling?.figures() ?? NO_FIGURES
    const inSeconds = Object.entries(completedAt).map(([work, at]) => [work, at / 1_000_000])
    return { ...figures, completedAt: Object.fromEntries(inSeconds), scheduledAt: (scheduledAt ?? 0) / 1_000_000 }
  })
  return {
    sources: {
      reconciling: () => reconciling,
      lacks: (work) => {
        if (provider === null) return NOBODY_TO_ASK
        return work === 'resend' && provider.resend === null ? NOTHING_RESENT : null
      },
    },
    stop: async () => {
      ending.abort()
      await Promise.race([running, delay(STOP_WITHIN_MS, undefined, { ref: false })])
      progress?.close()
      await provider?.close()
    },
  }
}
