import type { DeliveryOutcome } from '../ingest/delivery.ts'
import { Counter, type Registry } from './prometheus.ts'

/** Why a body could not be read: larger than is taken, packed in a way that cannot be unpacked, or never sent to its end. */
export type RefusedBody = 'TooLarge' | 'NotDecodable' | 'BrokenOff'

/** What became of a delivery; `ClockWrong` where none is taken, `NoRoom` where too many large ones came at a time, `Failed` where the service itself did. */
export type CountedOutcome = DeliveryOutcome['_tag'] | RefusedBody | 'ClockWrong' | 'NoRoom' | 'Failed'

const OUTCOMES: Readonly<Record<CountedOutcome, true>> = {
  Appended: true,
  Duplicate: true,
  Erased: true,
  Ignored: true,
  Noted: true,
  NotAWebhook: true,
  NotVerified: true,
  OverBudget: true,
  NotStored: true,
  TooLarge: true,
  NotDecodable: true,
  BrokenOff: true,
  NoRoom: true,
  ClockWrong: true,
  Failed: true,
}

/** Deliveries by what became of them. */
export const countDeliveries = (registry: Registry): Counter<'outcome'> => {
  const deliveries = new Counter({
    name: 'kyc_deliveries_total',
    help: 'Deliveries by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  })
  // A series that is not there has no rate, and no alert on it ever fires.
  for (const outcome of Object.keys(OUTCOMES)) deliveries.inc({ outcome }, 0)
  return deliveries
}
