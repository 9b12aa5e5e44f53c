import type { Instant } from '../../domain/instant.ts'
import type { Standing } from './streamHead.ts'

/** One HTTP request of the provider's, as far as what becomes of it depends on it. */
export interface Delivery {
  readonly body: Uint8Array
  readonly contentType: string | null
  /** When it was first received. */
  readonly receivedAt: Instant
  /** It was refused then, and comes again: from an operator, or from the provider. */
  readonly resubmitted: boolean
}

/** What became of a delivery. Of the first five, the sender need not (and will not) send it again. */
export type DeliveryOutcome =
  /** `unread`: those that their users hear of and that cannot be read. */
  | { readonly _tag: 'Appended'; readonly events: readonly Standing[]; readonly unread: readonly Standing[] }
  | { readonly _tag: 'Duplicate'; readonly events: readonly Standing[] }
  /** All whom it speaks of were erased: nothing of it is kept. */
  | { readonly _tag: 'Erased' }
  | { readonly _tag: 'Ignored' }
  | { readonly _tag: 'Noted' }
  | { readonly _tag: 'NotAWebhook'; readonly detail: string }
  | { readonly _tag: 'NotVerified' }
  | { readonly _tag: 'NotStored'; readonly reason: string }
  /** Not verified, and neither looked at further nor kept: too many such came from where it comes from. */
  | { readonly _tag: 'OverBudget'; readonly retryAfterSeconds: number }
