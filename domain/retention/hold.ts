import type { Instant } from '../instant.ts'

/** A legal hold that stands: as long as there is one, nothing of the user goes. */
export interface StandingHold {
  /** What it is called: the revision of the event that placed it. */
  readonly hold: number
  /** Who placed it, when and why; `null` where this version cannot read that: then it may be anybody's. */
  readonly placed: {
    /** The name of an API key. */
    readonly by: string
    readonly at: Instant
    readonly reason: string
  } | null
}
