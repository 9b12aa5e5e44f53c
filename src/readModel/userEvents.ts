import { LRUCache } from 'lru-cache'
import type { UserId } from '../../domain/identifiers.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { streamUnreadable } from '../eventStore/readFailure.ts'
import type { RecordedEvent, Revision } from '../eventStore/recordedEvent.ts'
import { streamOf, UNATTRIBUTED } from '../ledger/streams.ts'

/** All that the log holds of a user. */
export interface UserEvents {
  /** His stream, in its order. */
  readonly own: readonly RecordedEvent[]
  /** Events of the unattributed stream that name him or speak of his documents, in its order. */
  readonly orphans: readonly RecordedEvent[]
}

/** Texts of streams that are kept, in UTF-16 units. */
const UNITS_KEPT = 8 * 1024 * 1024

/** The streams of one log that were read lately, by their user. */
export type Streams = LRUCache<UserId, readonly RecordedEvent[]>

/** Events never change: a stream that was read lately is read on from where it ended. */
export const keptStreams = (): Streams =>
  new LRUCache({
    maxSize: UNITS_KEPT,
    sizeCalculation: (events) => events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 1),
  })

/** Reads the stream of a user. Throws, and keeps nothing, where nobody waits for it any more. */
export const readOwnEvents = async (
  store: EventStore,
  userId: UserId,
  kept?: Streams,
  isAwaited: () => boolean = () => true,
): Promise<readonly RecordedEvent[]> => {
  const before = kept?.get(userId) ?? []
  const news: RecordedEvent[] = []
  for await (const event of store.readStream(streamOf(userId), { from: (before.at(-1)?.revision ?? -1) + 1 })) {
    if (!isAwaited()) throw new Error('nobody waits for these events any more')
    news.push(event)
  }
  if (news.length === 0) return before
  const own = [...before, ...news]
  kept?.set(userId, own)
  return own
}

/** Reads the events that stand in the unattributed stream at these revisions. */
export const readOrphans = async (
  store: EventStore,
  revisions: readonly Revision[],
): Promise<readonly RecordedEvent[]> => {
  const orphans: RecordedEvent[] = []
  for (const from of revisions) {
    const [event] = await Array.fromAsync(store.readStream(UNATTRIBUTED, { from, limit: 1 }))
    if (event?.revision !== from) throw streamUnreadable(`${UNATTRIBUTED} does not show its event at revision ${from}`)
    orphans.push(event)
  }
  return orphans
}

/** Reads the events of a user: his stream, and of the unattributed stream the given revisions. */
export const readUserEvents = async (
  store: EventStore,
  userId: UserId,
  orphanRevisions: readonly Revision[],
): Promise<UserEvents> => ({
  own: await readOwnEvents(store, userId),
  orphans: await readOrphans(store, orphanRevisions),
})
