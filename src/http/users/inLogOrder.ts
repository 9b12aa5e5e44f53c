import type { EventStore } from '../../eventStore/eventStore.ts'
import { NOTHING_LEFT, streamUnreadable } from '../../eventStore/readFailure.ts'
import type { RecordedEvent, Revision, StreamName } from '../../eventStore/recordedEvent.ts'

/** Reads a stream from one revision to another; with -1 as the last, nothing. Throws where it ends before: it was erased meanwhile. */
export async function* readUpTo(
  store: EventStore,
  stream: StreamName,
  from: Revision,
  last: Revision,
): AsyncGenerator<RecordedEvent> {
  if (from > last) return
  for await (const event of store.readStream(stream, { from })) {
    if (event.revision > last) return
    yield event
    if (event.revision === last) return
  }
  throw streamUnreadable(NOTHING_LEFT)
}

/** The events of both streams in the order of the log. */
export async function* inLogOrder(
  own: AsyncIterable<RecordedEvent>,
  orphans: readonly RecordedEvent[],
): AsyncGenerator<RecordedEvent> {
  const waiting = orphans.values()
  let orphan = waiting.next()
  for await (const event of own) {
    for (; !orphan.done && orphan.value.position < event.position; orphan = waiting.next()) yield orphan.value
    yield event
  }
  for (; !orphan.done; orphan = waiting.next()) yield orphan.value
}
