import { isAltered } from '../../../domain/event/altered.ts'
import type { Position, RecordedEvent, StreamName } from '../../eventStore/recordedEvent.ts'
import { onOneLine } from '../lines.ts'
import { eventJson } from '../users/eventJson.ts'
import type { Sources } from '../users/sources.ts'
import { tellingAltered } from '../users/tellingAltered.ts'

/** What a reader of the whole log is told, on one line. */
export interface Told {
  readonly json: string
  /** Of an event; `null` of what is none. */
  readonly position: Position | null
}

/**
 * Of these streams events may be missing here, or may have been missing before: they were deleted, cut, hidden, or lie on a
 * damaged page.
 */
export const incomplete = (streams: readonly StreamName[]): Told => ({
  json: JSON.stringify({ incomplete: streams }),
  position: null,
})

/** Tells of events as they were recorded; says of the first altered one of each stream that it is, for one reader. */
export const tellingEvents = (sources: Pick<Sources, 'uncertain'>): ((event: RecordedEvent) => Told) => {
  const tell = tellingAltered(sources)
  return (event) => {
    const altered = isAltered(event)
    if (altered) tell(event)
    return { json: onOneLine(eventJson(event, altered, true)), position: event.position }
  }
}
