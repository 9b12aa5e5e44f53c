import type { Position, RecordedEvent, StreamName } from '../../recordedEvent.ts'
import type { Arrival } from './arrival.ts'

/** What arrived, as one batch: its events and the last position any of it names. */
export const batchOf = (arrived: readonly Arrival[], before: Position | null) => {
  const events: RecordedEvent[] = []
  const altered = new Set<StreamName>()
  let position = before
  let live: boolean | null = null
  for (const arrival of arrived) {
    switch (arrival._tag) {
      case 'Event':
        events.push(arrival.event)
        position = arrival.event.position
        break
      case 'Altered':
        altered.add(arrival.stream)
        position = arrival.position
        break
      case 'Checkpoint':
        if (position === null || arrival.position > position) position = arrival.position
        break
      case 'CaughtUp':
        live = true
        break
      case 'FellBehind':
        live = false
        break
      default:
        arrival satisfies never
    }
  }
  return { events, altered: [...altered], position, live }
}
