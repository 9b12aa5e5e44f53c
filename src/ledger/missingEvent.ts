import type { Instant } from '../../domain/instant.ts'
import type { NewEvent, RecordedEvent, Revision, StreamName } from '../eventStore/recordedEvent.ts'
import { eventIdOf } from './eventId.ts'
import { OWN_TYPES, ownEvent } from './ownEvent.ts'

const TYPE = `${OWN_TYPES}event-missing`

const idAt = (stream: StreamName, revision: Revision): string => eventIdOf(JSON.stringify([TYPE, stream, revision]))

/**
 * What a copy writes in the place of an event that its source shows no more, so that what comes after it keeps its revision.
 * The fold finds nothing in it that it can read: the user is `unknown`, as where the event was taken out. Two copies of one log
 * have it under the same id, and not in the same words: it says when it was written, and is salted.
 */
export const missingEvent = (stream: StreamName, revision: Revision, recordedAt: Instant): NewEvent =>
  ownEvent(idAt(stream, revision), { type: TYPE, data: { stream, revision }, recordedAt })

/** Told by its id, which nothing but the place gives. */
export const isMissingEvent = ({ eventId, type, stream, revision }: RecordedEvent): boolean =>
  type === TYPE && eventId === idAt(stream, revision)
