import type { Faults, Operation } from './faults.ts'
import type { Log } from './log.ts'
import type { Rights } from './rights.ts'

/**
 * What can befall an open subscription: it is dropped, broken off, cut with its connection, ended without an error,
 * left open without another word, or it falls behind and catches up once more.
 */
export type Disturbance = 'unavailable' | 'reset' | 'cut' | 'ended' | 'silent' | 'fell-behind'

export interface OpenSubscription {
  readonly disturb: (how: Disturbance) => void
}

/** What the handlers of the calls share. */
export interface Node {
  readonly log: Log
  readonly faults: Faults
  readonly rights: Rights
  readonly subscriptions: Set<OpenSubscription>
  /** How many calls of each kind came in since the start, appends counted one by one. */
  readonly calls: Record<Operation | 'scavenge', number>
  /** Resets the connection a call came by; the argument is the call's `getPeer()`. */
  readonly cut: (peer: string) => void
}
