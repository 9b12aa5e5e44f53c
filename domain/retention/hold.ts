import type { Instant } from '../instant.ts'

/** A legal hold that stands: as long as there is one, nothing of the user goes. */
export interface StandingHold {
  /** What it is called: the revision of the event that placed it. */
  readonly hold: number
  readonly placedAt: Instant
  /** Who placed it: the name of an API key. */
  readonly by: string
  readonly reason: string
}
