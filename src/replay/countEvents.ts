import type { EventStore } from '../eventStore/eventStore.ts'
import type { Position } from '../eventStore/recordedEvent.ts'

/** How many events the log holds, and can read, after a position; default: in all. */
export const countEvents = async (store: EventStore, after: Position | null = null): Promise<number> => {
  let count = 0
  const passOver = (): void => undefined
  for await (const events of store.readAll(after, passOver)) count += events.length
  return count
}
