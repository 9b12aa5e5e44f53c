import type { EventStore } from '../eventStore/eventStore.ts'
import { systemClock } from './clock.ts'

/**
 * By how many microseconds at least this machine's clock is behind that of a server. What is recorded by it says what the
 * receipts of the range count as: a slow one would make them earlier than they were.
 */
export const behindServer = async (store: EventStore): Promise<number> => {
  const last = await store.lastEvent()
  const takenAt = last === null ? null : ((await store.takenAt?.(last.stream, last.revision)) ?? null)
  return takenAt === null ? 0 : takenAt - systemClock()
}
