import type { RecordedEvent } from './recordedEvent.ts'

const LISTED = 10

/** Events that are not what was received, for a person. */
export const tellAltered = (events: readonly Pick<RecordedEvent, 'stream' | 'revision' | 'eventId'>[]): string => {
  const places = events.slice(0, LISTED).map(({ stream, revision, eventId }) => `${stream} @ ${revision} (${eventId})`)
  const more = events.length > LISTED ? ` and ${events.length - LISTED} more` : ''
  const are = events.length === 1 ? 'event is' : 'events are'
  return `${events.length} ${are} not what was received: ${places.join(', ')}${more}`
}
