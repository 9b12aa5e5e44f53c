import type { UserId } from '../identifiers.ts'
import type { Instant } from '../instant.ts'
import type { Decided } from './decided.ts'

/** What every statement has: of whom it speaks, and what it says of one region of him. */
export interface AboutUser<R extends string, S> extends Decided<S> {
  readonly region: R
  readonly userId: UserId
  /** The time that the payload itself states, if any. */
  readonly statedAt: Instant | null
}
