import * as t from 'io-ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { isStreamUnreadable } from '../eventStore/readFailure.ts'
import type { Position } from '../eventStore/recordedEvent.ts'

/** Where an event stands, and where it stood in the store in which that was written down. */
export const Place = t.readonly(t.type({ stream: t.string, revision: t.number, eventId: t.string, position: t.string }))
export type Place = t.TypeOf<typeof Place>

const shownIn = async (store: EventStore, { stream, revision }: Place): Promise<Position | null> => {
  try {
    const [event] = await Array.fromAsync(store.readStream(stream, { from: revision, limit: 1 }))
    return event?.revision === revision ? event.position : null
  } catch (error) {
    if (isStreamUnreadable(error)) return null
    throw error
  }
}

/** The log still holds what was deleted, until that is scavenged. */
const heldAs = async (store: EventStore, { eventId, stream }: Place): Promise<Position | null> => {
  for await (const events of store.readAll()) {
    const held = events.find((event) => event.eventId === eventId && event.stream === stream)
    if (held !== undefined) return held.position
  }
  return null
}

/** Where the event stands in this store; `null` where it is gone, and nothing tells where it stood. */
export const positionOf = async (store: EventStore, place: Place, isOfStore: boolean): Promise<Position | null> =>
  (await shownIn(store, place)) ?? (isOfStore ? place.position : heldAs(store, place))
