import type { EventStore } from './eventStore.ts'
import type { Position } from './recordedEvent.ts'

/** Whether the log holds nothing after `position`; with `null`, nothing at all. */
export const isEndOfLog = async (store: EventStore, position: Position | null): Promise<boolean> => {
  let damaged = false
  const note = (): void => {
    damaged = true
  }
  for await (const events of store.readAll(position, note)) if (events.length > 0) return false
  return !damaged
}
