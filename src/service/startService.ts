import type { UserId } from '../../domain/identifiers.ts'
import { seconds } from '../../domain/instant.ts'
import { changesOf } from '../changes/change.ts'
import type { Config, Environment } from '../config/config.ts'
import { httpListener, type Routes } from '../http/app.ts'
import { changeRoutes } from '../http/changes/changeRoutes.ts'
import { journalRoutes } from '../http/deliveries/journalRoutes.ts'
import { webhookRoutes } from '../http/deliveries/webhookEndpoint.ts'
import { endServer } from '../http/ending.ts'
import { type ErasingSources, erasingRoutes } from '../http/erasing/erasing.ts'
import { evidenceRoutes } from '../http/evidence/evidence.ts'
import { sealedProof } from '../http/evidence/sealedProof.ts'
import { doubtsBySource } from '../http/gate/doubts.ts'
import { tellingOfProxy } from '../http/gate/untrustedProxy.ts'
import { docsRoutes, openApiRoutes } from '../http/openapi/routes.ts'
import { operationRoutes } from '../http/operations.ts'
import type { HealthSources } from '../http/page/health/healthPage.ts'
import { pageRoutes } from '../http/page/page.ts'
import { type ReconciliationSources, reconciliationRoutes } from '../http/reconciliations/reconciliations.ts'
import { releaseRoutes } from '../http/releases/releases.ts'
import { retentionRoutes } from '../http/retention/retention.ts'
import { sealRoutes } from '../http/seals/seals.ts'
import { listen, serverOf } from '../http/server.ts'
import { timed } from '../http/timed.ts'
import { tracedRequests } from '../http/tracedRequests.ts'
import { userRoutes } from '../http/users/users.ts'
import { wholeLogRoutes } from '../http/wholeLog/wholeLog.ts'
import { recordFacts } from '../ingest/recordFact.ts'
import { expireJournal } from '../journal/expiring.ts'
import { recordAccesses } from '../ledger/recordAccesses.ts'
import { trustedStore } from '../ledger/trustedStore.ts'
import type { Log, Logger } from '../log/log.ts'
import { type Metrics, openDurations, openMetrics } from '../metrics/metrics.ts'
import { heardBy } from '../metrics/providerRequests.ts'
import { faultsOf, type Readiness, readinessOf } from '../readiness/readiness.ts'
import { tellReadiness } from '../readiness/tellReadiness.ts'
import { besideStreams } from '../readModel/besideStreams.ts'
import { heldAgainstTree } from '../sealing/heldAgainstTree.ts'
import { startBackups } from './backups.ts'
import { countedAccesses } from './countedAccesses.ts'
import { type Credentials, credentialsOf } from './credentials.ts'
import { eraseWith } from './erase.ts'
import { healthOf } from './healthOf.ts'
import { measure } from './measure.ts'
import { openParts, type Parts } from './parts.ts'
import { reconcileWith } from './reconcile.ts'
import { reloading } from './reload.ts'
import type { TellingOthers } from './tellOthers.ts'
import { tellUncertain } from './tellUncertain.ts'

export interface Service {
  /** Where it listens, for instance `http://127.0.0.1:3000`. */
  readonly url: string
  /** Reads keys, secrets and roles anew from their files. */
  readonly reload: () => void
  /** No longer ready, it serves on for a while; then finishes what is under way, drains writer and projection, closes the files. */
  readonly stop: () => Promise<void>
}

interface Starting {
  /** Go on with a log that does not hold all that the read model has seen, and record that. */
  readonly acceptLostEvents?: boolean
  /** What the configuration was read from: the files that it names can be read again. */
  readonly environment?: Environment
}

/** What comes in and what is asked: both by the same clock, and an answer waits for what is under way. */
const deliveriesAndQuestions = (
  { eventLog, store, journal, readModel, clock, untrusted, streams, aside, sealing, erasures, logId }: Parts,
  config: Config,
  metrics: Metrics,
  log: Logger,
  erasing: Omit<ErasingSources, 'authentication' | 'recorded' | 'readModel' | 'erased' | 'proofOf'>,
  reconciling: Pick<ReconciliationSources, 'reconciling' | 'lacks'>,
  health: HealthSources,
  { secrets, authentication }: Credentials,
  ending: AbortSignal,
): readonly Routes[] => {
  const { now, corrections, fault: clockFault } = clock
  const access = countedAccesses(recordAccesses(store, now, clockFault), metrics, log)
  const isErased = (userId: UserId): boolean => erasures.erased.users.has(userId)
  const recorder = recordFacts(store, now, corrections, clockFault, {
    isErased,
    look: erasures.readOn,
    beginOf: erasures.beginOf,
  })
  const believed = trustedStore(heldAgainstTree(store, sealing.tree), untrusted)
  const sources = {
    store: believed,
    hearErasures: erasures.readOn,
    beside: besideStreams(believed, eventLog, erasures.erased, {
      isOfLogAlone: () => logId() !== '' && readModel.isFromNothing(),
      isBuilt: readModel.hasCaughtUp,
    }),
    recorded: store,
    streams,
    aside,
    readModel,
    erased: erasures.erased,
    proofOf: sealedProof(sealing),
    authentication,
    retention: config.retention,
    driftAfter: seconds(config.driftAfterSeconds),
    access,
    settled: recorder.settled,
    now,
    corrections,
    ...tellUncertain(readModel, metrics, log),
    sealed: sealing,
    sealEvery: config.sealing.everySeconds,
    log,
  }
  const deliveries = { recorder, secrets, isErased, journal, now, clockFault, log, metrics, authentication }
  return [
    webhookRoutes({ ...deliveries, doubtsOf: doubtsBySource() }),
    ...(config.page ? [pageRoutes({ ...sources, clockFault, warnings: config.warnings, deliveries, health })] : []),
    journalRoutes(deliveries),
    userRoutes(sources),
    releaseRoutes({ ...sources, clockFault }),
    retentionRoutes({ ...sources, clockFault }),
    erasingRoutes({ ...sources, ...erasing }),
    reconciliationRoutes({ ...sources, ...reconciling, clockFault }, ending),
    sealRoutes(sources),
    evidenceRoutes({ ...sources, store }),
    wholeLogRoutes({ ...sources, store }, ending),
    changeRoutes({ changes: changesOf(readModel), logId, authentication }, ending),
    operationRoutes({ readiness: health.readiness, metrics, authentication, metricsOpen: config.metricsOpen }),
  ]
}

const NOBODY_TOLD: TellingOthers = { figures: () => [], stop: async () => undefined }

/** Opens the stores, starts the projection and listens. Rejects with an `Error` that says what to do. */
export const startService = async (
  config: Config,
  { logger: log, dropped }: Log,
  { acceptLostEvents = false, environment = {} }: Starting = {},
): Promise<Service> => {
  // Not loaded where there is nothing for them to do.
  const asking = config.treezorApi === null ? null : await import('../provider/openProvider.ts')
  const tokens = config.tokens === null ? null : await import('../access/tokenClaims.ts')
  const telling = config.webhooksOut.length === 0 ? null : await import('./tellOthers.ts')
  const measured = openDurations()
  const parts = await openParts(config, log, acceptLostEvents, measured.durations)
  const { journal, clock } = parts
  let stopping = false
  const ending = new AbortController()
  const readiness = (): Readiness => readinessOf({ ...parts, webhooksOut: others.figures }, stopping)
  const metrics = openMetrics(readiness, journal.figures, dropped, measured)
  const credentials = credentialsOf(config, tokens?.readToken ?? null, metrics, log)
  const others = telling?.tellOthers(parts, config, credentials.signingKeys, log) ?? NOBODY_TOLD
  const stopMeasuring = measure(metrics, parts, config, others.figures)
  const backups = startBackups(parts, config, metrics, log)
  const erasing = eraseWith(parts, config, metrics, log)
  const provider =
    config.treezorApi === null || asking === null
      ? null
      : asking.openProvider(config.treezorApi, { heard: heardBy(metrics.providerRequests) })
  const reconciling = reconcileWith(parts, config, provider, metrics, log)
  const stopTelling = tellReadiness(readiness, () => faultsOf(parts), log)
  const routes = [
    ...deliveriesAndQuestions(
      parts,
      config,
      metrics,
      log,
      erasing.sources,
      reconciling.sources,
      healthOf(parts, config, metrics, readiness, { endpoints: others.figures, backups: backups.tries }),
      credentials,
      ending.signal,
    ),
    openApiRoutes,
    ...(config.page ? [docsRoutes] : []),
  ]
  const server = serverOf(
    tellingOfProxy(
      timed(tracedRequests(httpListener(routes, log, config.trustProxy)), metrics.durations),
      config.trustProxy,
      log,
    ),
    {
      unreadable: (reason) => metrics.unreadable.inc({ reason }),
      connectionsEnded: (connections) => metrics.connectionsEnded.inc(connections),
    },
    log,
  )
  const stopExpiring = expireJournal(journal, config.journalDays, clock)

  const release = async (): Promise<void> => {
    stopTelling()
    stopMeasuring()
    stopExpiring()
    await Promise.all([erasing.stop(), others.stop(), backups.stop(), reconciling.stop()])
    await parts.close()
  }
  try {
    const url = await listen(server, config)
    return {
      url,
      reload: reloading(config, environment, credentials, metrics, clock.now, log),
      stop: async () => {
        stopping = true
        stopTelling()
        await Promise.all([
          endServer(server, config.drainDelaySeconds * 1000, () => ending.abort()),
          others.stop(),
          backups.stop(),
        ])
        await release()
      },
    }
  } catch (error) {
    await release()
    throw error
  }
}
