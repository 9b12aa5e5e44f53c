import type { DeliveryOutcome } from '../../ingest/delivery.ts'
import { UNATTRIBUTED } from '../../ledger/streams.ts'
import type { Logger } from '../../log/log.ts'
import type { Metrics } from '../../metrics/metrics.ts'

/** Counts a delivery by what became of it, and says in the log what somebody should look at. */
export const tellOutcome = (outcome: DeliveryOutcome, metrics: Metrics, log: Logger): void => {
  metrics.deliveries.inc({ outcome: outcome._tag })
  if (outcome._tag === 'Erased') log.info('a delivery about an erased user came: nothing of it is kept')
  if (outcome._tag === 'NotStored') log.warn({ reason: outcome.reason }, 'a delivery could not be stored')
  if (outcome._tag === 'Appended' && outcome.events.some(({ stream }) => stream === UNATTRIBUTED)) {
    metrics.unattributed.inc()
    const { revision } = outcome.events.find(({ stream }) => stream === UNATTRIBUTED) ?? {}
    log.warn({ stream: UNATTRIBUTED, revision }, 'a verified webhook names no user, or cannot be read yet')
  }
  for (const { eventId, position } of outcome._tag === 'Appended' ? outcome.unread : []) {
    metrics.unread.inc()
    log.warn({ eventId, position }, 'a verified webhook names a user and cannot be read by this version')
  }
}
