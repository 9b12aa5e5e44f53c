import type { Instant } from '../instant.ts'

/**
 * A run of the log whose receipts a wrong clock wrote, as an operator has established: every event that stands from `from`
 * to `to`, both included (positions of one log order as their texts do).
 */
export interface ReceiptCorrection {
  readonly from: string
  readonly to: string
  /** When the next event after the run was received: no event of the run was received later. */
  readonly countsAs: Instant
}

/** Nothing is known to be wrong. */
export const NO_CORRECTIONS: readonly ReceiptCorrection[] = []

/** What the receipt of the event at `position` counts as; `null` where it counts as it was written. */
export const correctedReceipt = (position: string, corrections: readonly ReceiptCorrection[]): Instant | null => {
  // The last word counts: a correction may itself be corrected.
  for (let index = corrections.length - 1; index >= 0; index--) {
    const correction = corrections[index]
    if (correction !== undefined && position >= correction.from && position <= correction.to) return correction.countsAs
  }
  return null
}
