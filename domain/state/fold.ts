import * as A from 'fp-ts/lib/Array.js'
import { readEvent } from '../event/kycEvent.ts'
import { hasOccurred } from '../event/occurrence.ts'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../event/receiptCorrection.ts'
import type { StoredEvent } from '../event/storedEvent.ts'
import type { UserId } from '../identifiers.ts'
import type { Instant } from '../instant.ts'
import { adoptAll } from './adoption.ts'
import { evolveAll, evolvingAll, withUnreadable } from './evolve.ts'
import { type KycState, withFlaw } from './kycState.ts'
import { byPlace, type OwnHistory, readHistory } from './ownHistory.ts'
import { type Reading, readStored } from './reading.ts'

/** The state of a user of whose stream revisions are missing: what was said in them is not known. */
export const incomplete = (state: KycState): KycState =>
  withFlaw(state, 'history-incomplete', 'revisions of the stream are missing: the status is not certain')

/** Both limits of a fold: what had occurred by `asOf`, and the receipts known to be wrong. */
export interface FoldOptions {
  readonly asOf?: Instant | null
  readonly corrections?: readonly ReceiptCorrection[]
}

/** What is folded, in the order of the fold: of a user's own stream, and of `orphans` what he hears of them. */
export const foldedOf = (
  userId: UserId,
  { arrived, sorted }: OwnHistory,
  orphans: readonly StoredEvent[],
  { asOf = null, corrections = NO_CORRECTIONS }: FoldOptions = {},
): readonly Reading[] => {
  const others = orphans.map((event) => readEvent(event, corrections))
  const adopted = orphans.length === 0 ? [] : adoptAll(userId, arrived, A.rights(others))
  const all = adopted.length === 0 ? sorted : [...sorted, ...adopted].sort(byPlace)
  return asOf === null ? all : all.filter(({ event }) => hasOccurred(event, asOf))
}

/** What a folded state is once it is said what of the history could not be folded. */
export const whole = (state: KycState, { unreadable, complete }: OwnHistory): KycState => {
  const counted = withUnreadable(state, unreadable)
  return complete ? counted : incomplete(counted)
}

/** `fold` of a stream that has been read; `corrections` as it was read with. */
export const foldHistory = (
  userId: UserId,
  history: OwnHistory,
  orphans: readonly StoredEvent[],
  options: FoldOptions = {},
): KycState => whole(evolveAll(userId, foldedOf(userId, history, orphans, options)), history)

/** The same, which yields now and then where the history is long. */
export function* foldingHistory(
  userId: UserId,
  history: OwnHistory,
  orphans: readonly StoredEvent[],
  options: FoldOptions = {},
): Generator<null, KycState> {
  return whole(yield* evolvingAll(userId, foldedOf(userId, history, orphans, options)), history)
}

/**
 * The state of a user: his events, in whatever order they are given, sorted and folded. `orphans` are events of the
 * stream of the unattributed: what they say of him and his documents (`adopt`) is folded in. Only what had occurred by
 * `asOf` is folded, but what is whose, and an echo of what, is decided by all that is known: otherwise a copy that is dated
 * back could bring the past a document that it had not.
 */
export const fold = (
  userId: UserId,
  stored: readonly StoredEvent[],
  orphans: readonly StoredEvent[] = [],
  options: FoldOptions = {},
): KycState => foldHistory(userId, readHistory(userId, stored, readStored(options.corrections)), orphans, options)
