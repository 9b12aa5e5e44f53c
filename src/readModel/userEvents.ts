import type { UserId } from '../../domain/identifiers.ts'
import type { EventStore, RecordedEvent, Revision } from '../eventStore/eventStore.ts'
import { streamOf, UNATTRIBUTED } from '../ingest/streams.ts'

/** All that the log holds of a user. */
export interface UserEvents {
  /** His stream, in its order. */
  readonly own: readonly RecordedEvent[]
  /** Events of the unattributed stream that speak of his documents, in its order. */
  readonly orphans: readonly RecordedEvent[]
}

/** Reads the events of a user: his stream, and of the unattributed stream the given revisions. */
export const readUserEvents = async (
  store: EventStore,
  userId: UserId,
  orphanRevisions: readonly Revision[],
): Promise<UserEvents> => {
  const own = await Array.fromAsync(store.readStream(streamOf(userId)))
  const orphans: RecordedEvent[] = []
  for (const from of orphanRevisions) {
    for await (const event of store.readStream(UNATTRIBUTED, { from, limit: 1 })) orphans.push(event)
  }
  return { own, orphans }
}
