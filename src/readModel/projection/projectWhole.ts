import { usersOfWhole } from '../../../projections/wholes.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { unfoldable } from '../uncertain.ts'
import type { Batch } from './batch.ts'

/**
 * A webhook that stands whole says nothing of anybody by itself; but whoever it speaks of may be erased, and then it goes, whether a
 * part of it was ever appended to his stream or not.
 */
export const projectWhole = ({ run: { model, uncertainStreams } }: Batch, event: RecordedEvent): void => {
  try {
    model.addWhole(event.stream, usersOfWhole(event))
  } catch (error) {
    uncertainStreams.tell(event.stream, unfoldable(error))
  }
}
