import type { EventStore, LogBatch } from '../eventStore/eventStore.ts'
import type { Position, RecordedEvent, StreamName } from '../eventStore/recordedEvent.ts'

/** The log as it stood when `end` was its last position: nothing after it is seen, and following it comes to an end. */
export const upTo = (store: EventStore, end: Position): EventStore => {
  const isBefore = ({ position }: RecordedEvent): boolean => position <= end

  async function* readAll(
    ...[after, damaged]: Parameters<EventStore['readAll']>
  ): AsyncGenerator<readonly RecordedEvent[]> {
    for await (const events of store.readAll(after, damaged)) {
      const seen = events.filter(isBefore)
      if (seen.length > 0) yield seen
      if (seen.length < events.length) return
    }
  }
  async function* readStream(
    ...[stream, options]: Parameters<EventStore['readStream']>
  ): AsyncGenerator<RecordedEvent> {
    for await (const event of store.readStream(stream, options)) if (isBefore(event)) yield event
  }
  async function* follow(after: Position | null): AsyncGenerator<LogBatch> {
    const damaged = new Set<StreamName>()
    const note = (streams: readonly StreamName[]): void => {
      for (const stream of streams) damaged.add(stream)
    }
    for await (const events of readAll(after, note)) {
      yield { events, position: events.at(-1)?.position ?? null, caughtUp: false }
    }
    yield { events: [], position: end, caughtUp: true, ...(damaged.size > 0 ? { altered: [...damaged] } : {}) }
  }
  return { ...store, readAll, readStream, follow }
}
