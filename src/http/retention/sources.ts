import type { ClockFault } from '../../clock/nodeClock.ts'
import type { Sources } from '../users/sources.ts'

/** What questions about retention are answered from, and holds are recorded with. */
export interface RetentionSources extends Sources {
  /** By a clock that is wrong nothing is recorded. */
  readonly clockFault: () => ClockFault | null
}
