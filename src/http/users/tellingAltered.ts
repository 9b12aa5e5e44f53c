import type { RecordedEvent, StreamName } from '../../eventStore/recordedEvent.ts'
import { alteredIn } from '../../readModel/uncertain.ts'
import type { Sources } from './sources.ts'

/** Says of the first event of each stream that is not what was received that it is not; for one answer. */
export const tellingAltered = ({
  uncertain,
}: Pick<Sources, 'uncertain'>): ((event: Pick<RecordedEvent, 'stream' | 'eventId'>) => void) => {
  const told = new Set<StreamName>()
  return ({ stream, eventId }) => {
    if (!told.has(stream)) uncertain(alteredIn(stream, [eventId]))
    told.add(stream)
  }
}
