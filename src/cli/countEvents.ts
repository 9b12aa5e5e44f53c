import type { EventStore, Position } from '../eventStore/eventStore.ts'

/** How many events the log holds after a position; default: in all. */
export const countEvents = async (store: EventStore, after: Position | null = null): Promise<number> => {
  let count = 0
  for await (const events of store.readAll(after)) count += events.length
  return count
}
