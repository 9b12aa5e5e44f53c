import type { DeliveryOutcome } from '../../ingest/delivery.ts'
import { UNATTRIBUTED } from '../../ledger/streams.ts'
import type { Tell } from '../../log/boundedLines.ts'
import type { Logger } from '../../log/log.ts'
import type { Metrics } from '../../metrics/metrics.ts'
import { activeSpan } from '../../tracing/tracing.ts'

/** What only a delivery with a right signature comes to. */
const VERIFIED: ReadonlySet<DeliveryOutcome['_tag']> = new Set(['Appended', 'Duplicate', 'Erased', 'Ignored'])

/** What anybody can bring about as often as he likes. */
interface Bounded {
  readonly warn: Tell
  readonly inform: Tell
}

/** Counts a delivery by what became of it, says so in the span under way, and in the log what somebody should look at. */
export const tellOutcome = (
  outcome: DeliveryOutcome,
  metrics: Metrics,
  log: Logger,
  { warn, inform }: Bounded,
): void => {
  metrics.deliveries.inc({ outcome: outcome._tag })
  activeSpan()?.setAttribute('kyc.delivery.outcome', outcome._tag)
  if (VERIFIED.has(outcome._tag)) metrics.verified()
  if (outcome._tag === 'Appended') metrics.appended.note()
  if (outcome._tag === 'Erased') inform({}, 'a delivery about an erased user came: nothing of it is kept')
  if (outcome._tag === 'NotStored') warn({ reason: outcome.reason }, 'a delivery could not be stored')
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
