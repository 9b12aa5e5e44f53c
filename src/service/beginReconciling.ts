import type { UserId } from '../../domain/identifiers.ts'
import { type Instant, seconds } from '../../domain/instant.ts'
import { nameForLog } from '../access/holder.ts'
import type { Config } from '../config/config.ts'
import type { Statement } from '../ledger/leases.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import { trustedStore } from '../ledger/trustedStore.ts'
import type { Logger } from '../log/log.ts'
import type { Provider } from '../provider/provider.ts'
import type { ReadModelReader } from '../readModel/database/reader.ts'
import { comparingUsers } from '../reconciling/compareUser.ts'
import { leasesOf } from '../reconciling/lease.ts'
import { openProgress } from '../reconciling/progress.ts'
import { type Reconciling, reconcilingWith } from '../reconciling/reconciling.ts'
import { keepReconciling } from '../reconciling/schedule.ts'
import { heldAgainstTree } from '../sealing/heldAgainstTree.ts'
import type { Parts } from './parts.ts'

/** What the provider is asked with, once the log is joined. */
export interface BegunReconciling {
  readonly reconciling: Reconciling
  /** When the schedule last began, by the log. */
  readonly scheduledAt: () => Instant | null
  /** Asks as often as is configured, until it is told to end. */
  readonly keep: () => Promise<void>
  readonly close: () => void
}

/** Ends with `ending`. */
export const beginReconciling = (
  joined: LogIdentity,
  { store, untrusted, sealing, readModel, clock, erasures }: Parts,
  {
    dataDir,
    reconcileEverySeconds,
    driftAfterSeconds,
  }: Pick<Config, 'dataDir' | 'reconcileEverySeconds' | 'driftAfterSeconds'>,
  provider: Provider,
  log: Logger,
  ending: AbortSignal,
): BegunReconciling => {
  const { now, corrections, fault: clockFault } = clock
  let scheduledAt: Instant | null = null
  const reader = (): ReadModelReader => {
    const open = readModel.reader()
    if (open === null) throw new Error('the read model is catching up with the log')
    return open
  }
  const progress = openProgress(dataDir, joined.logId)
  const forget = (): void => progress.forget(erasures.erased.users.keys())
  forget()
  erasures.onNews(forget)
  const leases = leasesOf(store, progress.node, now, clockFault)
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
  const reconciling = reconcilingWith(
    leases,
    {
      compare,
      provider,
      suspects: (after, limit) => reader().suspects(after, limit, time()),
      usersOfLog: (after, limit) => reader().usersByNumber(after, limit),
      progress,
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
  const standing = async (): Promise<Statement | null> => {
    const said = await leases.standing()
    scheduledAt = said?.scheduledAt ?? null
    return said
  }
  return {
    reconciling,
    scheduledAt: () => scheduledAt,
    keep: async () => {
      if (reconcileEverySeconds === null) return
      const everySeconds = reconcileEverySeconds
      await keepReconciling({ everySeconds, reconciling, leases: { standing }, progress, now, log }, ending)
    },
    close: () => progress.close(),
  }
}
