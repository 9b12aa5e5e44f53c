import type { UserId } from '../../../domain/identifiers.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import type { Revision } from '../../eventStore/recordedEvent.ts'
import { streamOf } from '../../ledger/streams.ts'
import { uncertainState, unfoldable } from '../uncertain.ts'
import type { Batch } from './batch.ts'

/** The state of a user whom an error costs his certainty. Throws an error that is not about his events. */
export const costing = (batch: Batch, userId: UserId, revision: Revision, error: unknown): KycState => {
  const { kind } = batch.run.uncertainStreams.tell(streamOf(userId), error)
  batch.uncertainUsers.add(userId)
  return uncertainState(userId, kind, revision)
}

/**
 * What `make` makes of the events of a user; his uncertain state where it throws. Of the domain alone: what the read model
 * throws is no fault of the user's.
 */
export const ofUser = <A>(batch: Batch, userId: UserId, revision: Revision, make: () => A): A | KycState => {
  try {
    return make()
  } catch (error) {
    return costing(batch, userId, revision, unfoldable(error))
  }
}
