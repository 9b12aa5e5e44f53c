import type { UserId } from '../../domain/identifiers.ts'
import type { Position } from '../eventStore/recordedEvent.ts'

/** That the status of a user is another one. */
export interface Told {
  /** Its place in the feed, as this process knows it. */
  readonly place: string
  /** The same each time that this very change is told, after restarts too; without full stops. What `webhook-id` holds. */
  readonly id: string
  readonly userId: UserId
}

/** What stands behind a place of the feed. */
export type Reading =
  | { readonly _tag: 'Read'; readonly changes: readonly Told[] }
  /** Nothing can be told now. */
  | { readonly _tag: 'NotNow' }
  /** The place is none of this log. */
  | { readonly _tag: 'Foreign' }

/** How a user stands, in the line that says so, and the position of the log by which he does. */
export interface Newest {
  readonly id: string
  readonly line: string
  readonly position: Position
}

/** What endpoints are told from: the feed of changes, compacted to the newest of each user. */
export interface Source {
  /** Which log it is of. */
  readonly log: string
  /** The first changes behind a place, in their order; `null`: from the beginning. */
  readonly read: (after: string | null, limit: number) => Reading
  /** How a user stands now; `null` where nothing is told of him now. */
  readonly newest: (userId: UserId) => Newest | null
  /** The place behind all that has been told so far; `null` while that cannot be said. */
  readonly end: () => string | null
  /** Resolves when there may be more, or at the end of the signal. */
  readonly moved: (signal: AbortSignal) => Promise<void>
}
