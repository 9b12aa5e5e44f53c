import { statusOf, statusSince } from '../../../domain/answer/status.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import type { KycStatusRow } from '../../../projections/kycStatus.ts'
import type { Batch } from './batch.ts'

/** What is told of a user, as far as it is news where it is another. */
export type Told = Pick<KycStatusRow, 'status' | 'since'>

export const toldBy = (state: KycState): Told => ({ status: statusOf(state), since: statusSince(state) })

/**
 * Notes that something else is told of the user from the event on that is being projected, or from where he was read up to.
 * `isEverywhere`: so it is on every node, since it comes of the log alone, event by event.
 */
export const noteChanged = (
  { changes, readTo, cause, isToldAnew, position }: Batch,
  userId: UserId,
  isEverywhere: boolean,
): void => {
  const before = changes.get(userId)
  const places = [isToldAnew ? position : cause, readTo.get(userId) ?? '', before?.at ?? '']
  changes.set(userId, {
    begins: before?.begins ?? cause,
    at: places.toSorted().at(-1) ?? cause,
    isEverywhere: isEverywhere || (before?.isEverywhere ?? false),
  })
}

/**
 * Notes it where it is so. A stream that was read ahead of the log may have passed through other states, which whoever reads event by
 * event was told of: then it counts as changed, whatever came of it. `unknown` may be a doubt that this node has alone.
 */
export const noteChange = (batch: Batch, userId: UserId, before: Told | undefined, after: Told): void => {
  const isAhead = (batch.readTo.get(userId) ?? '') > batch.cause
  const told = before ?? batch.ahead.get(userId)?.row ?? batch.run.model.toldOf(userId)
  const { status, since } = after
  const isSame = told?.status === status && told.since === since
  if (isSame && !batch.isToldAnew && !isAhead) return
  const isInDoubt = told?.status === 'unknown' || status === 'unknown'
  noteChanged(batch, userId, !isSame && !batch.isToldAnew && !isInDoubt)
}
