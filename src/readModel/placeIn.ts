import type { EventStore } from '../eventStore/eventStore.ts'
import { isStoreDamaged, isStoreUnreachable, isStreamUnreadable } from '../eventStore/readFailure.ts'
import type { Position, RecordedEvent } from '../eventStore/recordedEvent.ts'
import { shown } from '../eventStore/shown.ts'
import { readErased } from '../ledger/erased.ts'
import { KYC_LOG } from '../ledger/streams.ts'
import type { ProjectedEvent } from './database/checkpointTable.ts'

/** Whether an event stands at a position that may be one of another store. */
const isAt = async (store: EventStore, position: Position, eventId: string): Promise<boolean> => {
  try {
    return (await store.idAt(position)) === eventId
  } catch (error) {
    if (isStoreUnreachable(error)) throw error
    return false
  }
}

/** Whether the log says that the event was erased: then it stood here. */
const wasErased = async (store: EventStore, event: Pick<ProjectedEvent, 'stream' | 'revision'>): Promise<boolean> => {
  try {
    return (await readErased(store)).has(event)
  } catch (error) {
    if (isStoreUnreachable(error)) throw error
    return false
  }
}

/**
 * Where the log holds an event that was projected: where it was then; at another position, as in a copy; or not at all
 * (`gone`): nothing stands in its place, or something else does. One that was erased by record is where it was.
 */
export const placeIn = async (
  store: EventStore,
  { stream, revision, position, eventId }: ProjectedEvent,
  signal?: AbortSignal,
): Promise<'here' | 'elsewhere' | 'gone'> => {
  const standingInStream = async (): Promise<RecordedEvent | 'damaged' | null> => {
    try {
      // Copies hold other records of themselves: there, what stands behind one has another revision.
      if (stream === KYC_LOG) {
        const held = await Array.fromAsync(store.readStream(stream))
        return held.find((event) => event.eventId === eventId) ?? null
      }
      return (await Array.fromAsync(store.readStream(stream, { from: revision, limit: 1 })))[0] ?? null
    } catch (error) {
      if (isStoreDamaged(error)) return 'damaged'
      if (isStreamUnreadable(error)) return null
      throw error
    }
  }
  const look = async (): Promise<RecordedEvent | 'damaged' | 'hidden' | null> => {
    const standing = await standingInStream()
    if (standing === 'damaged' || standing?.revision === revision || standing?.eventId === eventId) return standing
    const isHidden = (await isAt(store, position, eventId)) || (await wasErased(store, { stream, revision }))
    return isHidden ? 'hidden' : standing
  }
  const standing = await shown(store, look, signal)
  // It stands there, or did, and cannot be read or is shown no more in its stream: that makes it no other log.
  if (standing === 'damaged' || standing === 'hidden') return 'here'
  if (standing === null || standing.eventId !== eventId) return 'gone'
  if (stream !== KYC_LOG && standing.revision !== revision) return 'gone'
  return standing.position === position ? 'here' : 'elsewhere'
}
