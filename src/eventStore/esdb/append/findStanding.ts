import type { Appended, ExpectedRevision } from '../../appendOutcome.ts'
import type { EventStore } from '../../eventStore.ts'
import type { NewEvent, RecordedEvent, StreamName } from '../../recordedEvent.ts'

/** What an append would write, and where. */
export interface Proposed {
  readonly stream: StreamName
  readonly expected: ExpectedRevision
  readonly events: readonly NewEvent[]
}

/**
 * Where these very events stand right after `expected`; null when others stand there, or nothing. Another writer of the
 * same events wrote them, unless an earlier try of this append is still open and their metadata are those of this one.
 */
export const findStanding = async (
  readStream: EventStore['readStream'],
  { stream, expected, events }: Proposed,
  isFirstTry: boolean,
): Promise<Appended | null> => {
  const found: RecordedEvent[] = []
  const from = expected === 'no-stream' ? 0 : expected + 1
  for await (const event of readStream(stream, { from, limit: events.length })) found.push(event)
  const same = found.length === events.length && found.every((event, i) => event.eventId === events[i]?.eventId)
  const last = found.at(-1)
  if (!same || last === undefined) return null
  const { revision, position } = last
  const own = !isFirstTry && found.every((event, i) => event.metadata === events[i]?.metadata)
  return own ? { revision, position } : { revision, position, already: true }
}
