import { OWN_ORIGIN, OWN_TYPES } from '../../domain/event/storedEvent.ts'
import type { Instant } from '../../domain/instant.ts'
import { format } from '../../domain/instant.ts'
import type { NewEvent, RecordedEvent, Revision, StreamName } from '../eventStore/eventStore.ts'
import { eventIdOf } from './eventId.ts'

const TYPE = `${OWN_TYPES}event-missing`

/**
 * What a copy writes in the place of an event that its source shows no more, so that what comes after it keeps its revision.
 * The fold finds nothing in it that it can read: the user is `unknown`, as where the event was taken out.
 */
export const missingEvent = (stream: StreamName, revision: Revision, recordedAt: Instant): NewEvent => ({
  eventId: eventIdOf(JSON.stringify([TYPE, stream, revision])),
  type: TYPE,
  data: JSON.stringify({ stream, revision }),
  metadata: JSON.stringify({ origin: OWN_ORIGIN, format: 2, recordedAt: format(recordedAt) }),
})

/** Told by its id, which nothing but the place gives. */
export const isMissingEvent = ({ eventId, type, stream, revision }: RecordedEvent): boolean =>
  type === TYPE && eventId === eventIdOf(JSON.stringify([TYPE, stream, revision]))
