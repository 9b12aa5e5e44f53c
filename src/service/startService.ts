import type { UserId } from '../../domain/identifiers.ts'
import type { Config } from '../config/config.ts'
import { httpApp, type Routes } from '../http/app.ts'
import { webhookRoutes } from '../http/deliveries/webhookEndpoint.ts'
import { endServer } from '../http/ending.ts'
import { type ErasingSources, erasingRoutes } from '../http/erasing/erasing.ts'
import { evidenceRoutes } from '../http/evidence/evidence.ts'
import { sealedProof } from '../http/evidence/sealedProof.ts'
import { operationRoutes } from '../http/operations.ts'
import { retentionRoutes } from '../http/retention/retention.ts'
import { sealRoutes } from '../http/seals/seals.ts'
import { listen, serverOf } from '../http/server.ts'
import { userRoutes } from '../http/users/users.ts'
import { wholeLogRoutes } from '../http/wholeLog/wholeLog.ts'
import { recordFacts } from '../ingest/recordFact.ts'
import { expireJournal } from '../journal/expiring.ts'
import { recordAccesses } from '../ledger/recordAccesses.ts'
import { streamOf } from '../ledger/streams.ts'
import { trustedStore } from '../ledger/trustedStore.ts'
import type { Log, Logger } from '../log/log.ts'
import { type Metrics, openMetrics } from '../metrics/metrics.ts'
import { gaugeRetention } from '../metrics/retentionGauges.ts'
import { gaugeSeals } from '../metrics/sealGauges.ts'
import { gaugeUncertain } from '../metrics/uncertainty.ts'
import { faultsOf, type Readiness, readinessOf } from '../readiness/readiness.ts'
import { tellReadiness } from '../readiness/tellReadiness.ts'
import type { Uncertain } from '../readModel/uncertain.ts'
import { heldAgainstTree } from '../sealing/heldAgainstTree.ts'
import { webhookSecret } from '../webhooks/signature.ts'
import { countedAccesses } from './countedAccesses.ts'
import { eraseWith } from './erase.ts'
import { openParts, type Parts } from './parts.ts'

export interface Service {
  /** Where it listens, for instance `http://127.0.0.1:3000`. */
  readonly url: string
  /** No longer ready, it serves on for a while; then finishes what is under way, drains writer and projection, closes the files. */
  readonly stop: () => Promise<void>
}

interface Starting {
  /** Go on with a log that does not hold all that the read model has seen, and record that. */
  readonly acceptLostEvents?: boolean
}

/** What comes in and what is asked: both by the same clock, and an answer waits for what is under way. */
const deliveriesAndQuestions = (
  { store, journal, readModel, clock, untrusted, streams, sealing, erasures }: Parts,
  config: Pick<Config, 'secrets' | 'apiKeys' | 'retention' | 'sealing'>,
  metrics: Metrics,
  log: Logger,
  erasing: Omit<ErasingSources, 'apiKeys' | 'recorded' | 'readModel' | 'erased' | 'proofOf'>,
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
  const secrets = config.secrets.map(webhookSecret)
  const sources = {
    store: trustedStore(heldAgainstTree(store, sealing.tree), untrusted),
    recorded: store,
    streams,
    readModel,
    erased: erasures.erased,
    proofOf: sealedProof(sealing),
    apiKeys: config.apiKeys,
    retention: config.retention,
    access,
    settled: recorder.settled,
    now,
    corrections,
    uncertain: (one: Uncertain) => {
      log.error(one, 'nothing is certain about a user: his events cannot be read or folded')
      metrics.uncertain.inc({ kind: one.kind })
    },
    answerAltered: (userId: UserId) => {
      const stream = streamOf(userId)
      log.error({ stream }, 'the answer in the read model is not the one that was folded: the user is folded anew')
      metrics.answersAltered.inc()
      readModel.foldAnew(userId)
    },
    sealed: sealing,
    sealEvery: config.sealing.everySeconds,
    log,
  }
  return [
    webhookRoutes({ recorder, secrets, isErased, journal, now, clockFault, log, metrics }),
    userRoutes(sources),
    retentionRoutes({ ...sources, clockFault }),
    erasingRoutes({ ...sources, ...erasing }),
    sealRoutes(sources),
    evidenceRoutes({ ...sources, store }),
    wholeLogRoutes({ ...sources, store }, ending),
  ]
}

/** Opens the stores, starts the projection and listens. Rejects with an `Error` that says what to do. */
export const startService = async (
  config: Config,
  { logger: log, dropped }: Log,
  { acceptLostEvents = false }: Starting = {},
): Promise<Service> => {
  const parts = await openParts(config, log, acceptLostEvents)
  const { journal, readModel, clock } = parts
  let stopping = false
  const ending = new AbortController()
  const readiness = (): Readiness => readinessOf(parts, stopping)
  const metrics = openMetrics(readiness, journal.figures, dropped)
  gaugeSeals(metrics.registry, parts.sealing)
  gaugeRetention(metrics.registry, clock.now, () => readModel.reader())
  gaugeUncertain(metrics.registry, (kind) => readModel.reader()?.unknownWith(kind) ?? null)
  const erasing = eraseWith(parts, config, metrics, log)
  const stopTelling = tellReadiness(readiness, () => faultsOf(parts), log)
  const routes = [
    ...deliveriesAndQuestions(parts, config, metrics, log, erasing.sources, ending.signal),
    operationRoutes(readiness, metrics),
  ]
  const server = serverOf(httpApp(routes, log), (reason) => metrics.unreadable.inc({ reason }), log)
  const stopExpiring = expireJournal(journal, config.journalDays, clock)

  const release = async (): Promise<void> => {
    stopTelling()
    stopExpiring()
    await erasing.stop()
    await parts.close()
  }
  try {
    const url = await listen(server, config)
    return {
      url,
      stop: async () => {
        stopping = true
        stopTelling()
        await endServer(server, config.drainDelaySeconds * 1000, () => ending.abort())
        await release()
      },
    }
  } catch (error) {
    await release()
    throw error
  }
}
