import { formatMilliseconds } from '../../../domain/instant.ts'
import type { RecordedEvent, Revision } from '../../eventStore/recordedEvent.ts'
import { readErasureEvent } from '../../ledger/erasures.ts'
import { ERASURES, isShared, UNATTRIBUTED } from '../../ledger/streams.ts'
import { readOrphans } from '../userEvents.ts'
import { type Batch, stateOf } from './batch.ts'
import { noteChanged } from './noteChange.ts'
import { projectUnattributed } from './projectUnattributed.ts'
import { refold } from './refold.ts'
import { takeOver } from './takeOver.ts'

/** Events of nobody that he had heard by documents of his: as if he had never been, they have no owner, unless another has. */
const giveBack = async (batch: Batch, revisions: readonly Revision[]): Promise<void> => {
  const { store, erased } = batch.run
  const left = revisions.filter((revision) => !erased.has({ stream: UNATTRIBUTED, revision }))
  for (const event of await readOrphans(store, left)) await projectUnattributed(batch, event)
}

/**
 * What an event of `kyc-erasures` takes out of the read model: all rows of a user with the first record of his erasure, and what is
 * known of erased events of nobody.
 */
export const projectErasure = async (batch: Batch, event: RecordedEvent): Promise<void> => {
  const { model, erased } = batch.run
  const said = event.stream === ERASURES ? readErasureEvent(event)?.said : undefined
  if (said?._tag !== 'Erased') return
  const user = said.userId === null ? undefined : erased.users.get(said.userId)
  if (user !== undefined && user.revision === event.revision) {
    const { userId, erasedAt, erasure, revision } = user
    const heard = model.eraseUser({ userId, erasedAt: formatMilliseconds(erasedAt), erasure, revision })
    batch.changed.delete(userId)
    noteChanged(batch, userId, true)
    batch.erasedUsers.push(userId)
    await giveBack(batch, heard)
  }
  if (isShared(said.stream)) model.eraseWhole(said.stream)
  if (said.stream !== UNATTRIBUTED || said.to < said.from) return
  // What was erased is left out from when it is known that it was: that may have been before.
  batch.isToldAnew = true
  for (const hearer of model.eraseUnattributed(said.to)) {
    await takeOver(batch, hearer, stateOf(batch, hearer), await refold(batch, hearer))
  }
  batch.isToldAnew = false
}
