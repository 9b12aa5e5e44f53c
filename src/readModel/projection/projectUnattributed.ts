import type { UserId } from '../../../domain/identifiers.ts'
import { isToldBy, type UnattributedRow, unattributedRow, unreadableRow } from '../../../projections/unattributed.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { alteredIn, uncertaintyOf, unfoldable } from '../uncertain.ts'
import { readOwnEvents } from '../userEvents.ts'
import { type Batch, isErased, stateOf } from './batch.ts'
import { refold } from './refold.ts'
import { takeOver } from './takeOver.ts'

/** Where that cannot be told, he hears it: that it makes him uncertain comes of reading his events once more. */
const isTold = async ({ run }: Batch, userId: UserId, event: RecordedEvent): Promise<boolean> => {
  const own = await readOwnEvents(run.store, userId).catch((error: unknown) => {
    if (uncertaintyOf(error) === null) throw error
    return null
  })
  try {
    return (
      own !== null &&
      isToldBy(
        own.filter(({ position }) => position < event.position),
        event,
      )
    )
  } catch {
    return false
  }
}

const rowOfUnattributed = ({ run }: Batch, event: RecordedEvent): UnattributedRow => {
  try {
    return unattributedRow(event)
  } catch (error) {
    run.uncertainStreams.tell(event.stream, unfoldable(error))
    return unreadableRow(event)
  }
}

/**
 * An event without a user may still speak of somebody's document, known already or later; and of users whom the version
 * that recorded it did not find.
 */
export const projectUnattributed = async (batch: Batch, event: RecordedEvent): Promise<void> => {
  const { model } = batch.run
  const row = rowOfUnattributed(batch, event)
  if (row.event.kind === 'event-altered') batch.run.uncertainStreams.note(alteredIn(event.stream, [event.eventId]))
  const users: UserId[] = []
  const living = row.users.filter((userId) => !isErased(batch, userId))
  for (const userId of living) if (!(await isTold(batch, userId, event))) users.push(userId)
  model.addUnattributed({ ...row, users })
  const hearers = new Set([...users, ...row.documents.flatMap(model.ownersOf)])
  for (const userId of hearers) {
    if (!isErased(batch, userId)) await takeOver(batch, userId, stateOf(batch, userId), await refold(batch, userId))
  }
}
