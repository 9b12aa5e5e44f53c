import type { Clock } from '../../clock/clock.ts'
import type { DeliveryOutcome } from '../../ingest/delivery.ts'
import { type Doubts, type Receiving, receiveDelivery } from '../../ingest/receiveDelivery.ts'
import type { Earlier } from '../../journal/journal.ts'
import { boundedLines } from '../../log/boundedLines.ts'
import type { Logger } from '../../log/log.ts'
import type { Metrics } from '../../metrics/metrics.ts'
import { type DeliveryJournal, journaling } from './journaling.ts'
import { firstReceived } from './resubmission.ts'
import { tellOutcome } from './tellOutcome.ts'

/** What a delivery is taken with: `receiveDelivery` is given its `keep` for each. */
export interface Taking extends Omit<Receiving, 'keep' | 'letGo' | 'doubts'> {
  readonly journal: DeliveryJournal
  readonly now: Clock
  readonly log: Logger
  readonly metrics: Metrics
}

/**
 * What becomes of a delivery whose body was read, on the one way that there is for it, past journal, counters and log: `earlier` is
 * the row of the journal that holds it from before, `submittedAgain` whether it comes from there. `doubts`: of whoever sent it; an operator's
 * own are without bound.
 */
export const taking = ({ recorder, secrets, isErased = () => false, journal, now, log, metrics }: Taking) => {
  const warn = boundedLines(log)
  const inform = boundedLines(log, 'info')
  return async (
    body: Uint8Array,
    contentType: string | null,
    earlier: Earlier | null,
    submittedAgain: boolean,
    doubts?: Doubts,
  ): Promise<DeliveryOutcome> => {
    const { keep, letGo, cameTo } = journaling(journal, warn, earlier, submittedAgain, now)
    const outcome = await receiveDelivery({
      recorder,
      secrets,
      keep,
      letGo,
      isErased,
      ...(doubts === undefined ? {} : { doubts }),
    })({
      body,
      contentType,
      receivedAt: firstReceived(earlier, now()),
      resubmitted: earlier !== null,
    })
    if (earlier !== null) await cameTo(outcome)
    tellOutcome(outcome, metrics, log, { warn, inform })
    return outcome
  }
}
