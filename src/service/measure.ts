import { join } from 'node:path'
import { seconds } from '../../domain/instant.ts'
import type { Config } from '../config/config.ts'
import { watchEventLoop } from '../metrics/eventLoopDelay.ts'
import { gaugeFiles } from '../metrics/fileGauges.ts'
import { counterOf, gaugeOf } from '../metrics/gauges.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { gaugeRetention } from '../metrics/retentionGauges.ts'
import { gaugeSeals } from '../metrics/sealGauges.ts'
import { gaugeUncertain } from '../metrics/uncertainty.ts'
import { gaugeUsers } from '../metrics/userGauges.ts'
import { gaugeWebhooksOut } from '../metrics/webhooksOut.ts'
import type { EndpointFigures } from '../outgoing/sending.ts'
import { currentReadModel } from '../readModel/file.ts'
import type { Parts } from './parts.ts'

/** What is asked of the parts of a service at each scrape, and how late its event loop is. Gives the end of it. */
export const measure = (
  { registry, durations, lastVerified }: Metrics,
  { eventLog, readModel, clock, sealing, trails, losses }: Parts,
  { eventStore, dataDir, driftAfterSeconds }: Pick<Config, 'eventStore' | 'dataDir' | 'driftAfterSeconds'>,
  endpoints: () => readonly EndpointFigures[],
): (() => void) => {
  const model = () => readModel.reader()
  gaugeWebhooksOut(registry, endpoints)
  gaugeSeals(registry, sealing)
  gaugeRetention(registry, clock.now, model)
  gaugeUncertain(registry, (kind) => model()?.unknownWith(kind) ?? null)
  gaugeUsers(registry, clock.now, seconds(driftAfterSeconds), model)
  gaugeFiles(registry, dataDir, () => ({
    ...(eventStore.kind === 'sqlite' ? { log: eventStore.file } : {}),
    read_model: currentReadModel(dataDir),
    journal: join(dataDir, 'journal.db'),
  }))
  gaugeOf(
    registry,
    'kyc_last_verified_webhook_timestamp_seconds',
    'When a webhook with a right signature last came; before the first since the start, when the newest event was recorded; 0 if there is none',
    () => lastVerified() ?? (clock.newestAtStart() ?? 0) / 1_000_000,
  )
  gaugeOf(
    registry,
    'kyc_clock_timestamp_seconds',
    'What the clock of the node says, to be held against that of whoever scrapes',
    () => Date.now() / 1000,
  )
  gaugeOf(
    registry,
    'kyc_projection_behind_seconds',
    'For how long the read model has not come to what this node has appended, 0 if it has',
    () => trails() / 1000,
  )
  counterOf(registry, 'kyc_projection_restarts_total', 'How often the projection had to be started again', () =>
    Math.max(0, readModel.starts() - 1),
  )
  counterOf(registry, 'kyc_subscription_losses_total', 'How often the log could no longer be followed', losses)
  counterOf(
    registry,
    'kyc_append_retries_total',
    'Appends that were sent to the event store again, because it was not known what had become of them',
    () => eventLog.retries?.() ?? 0,
  )
  return watchEventLoop(durations.eventLoop)
}
