import type { Revision } from '../../recordedEvent.ts'

/**
 * The revision that the server names; `null` for numbers that are none: it gives a tombstone the largest signed one
 * (2^63 - 1), and says 2^64 - 1 where there is nothing.
 */
export const revisionOf = (named: bigint | number | string): Revision | null => {
  const revision = Number(named)
  return Number.isSafeInteger(revision) && revision >= 0 ? revision : null
}
