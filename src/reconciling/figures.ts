import type { Instant } from '../../domain/instant.ts'
import type { Asked, Sums } from './running.ts'

/** What runs have come to since the start. */
export interface Figures extends Omit<Sums, 'through'> {
  /** When the last run of each kind came to its end, and the last sweep to that of everybody. */
  readonly completedAt: Readonly<Partial<Record<Asked['work'], Instant>>>
  /** Runs that failed. */
  readonly runsFailed: number
  /** Whether this node has the lease. */
  readonly hasLease: boolean
}

export const NO_FIGURES: Figures = {
  checked: 0,
  recorded: 0,
  released: 0,
  failed: 0,
  runsFailed: 0,
  hasLease: false,
  completedAt: {},
}
