import type { Position } from '../../recordedEvent.ts'
import { NoAnswer } from '../client/within.ts'
import type { Session } from '../connection/connection.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import { subscribe } from './subscribe.ts'
import { ANSWER_MS } from './untilAnswered.ts'

/** Where the first of our events after `position` stands, as another subscription sees it; null when there is none. */
export const nextEvent = async (
  session: Session,
  names: StreamNames,
  position: Position | null,
  signal: AbortSignal,
): Promise<Position | null> => {
  const arrivals = subscribe(session.client, names, position)
  try {
    for (;;) {
      const arrived = await arrivals.next(ANSWER_MS, signal)
      if (signal.aborted) return null
      if (arrived === null || arrived.length === 0) throw new NoAnswer('the end of the log could not be read')
      for (const arrival of arrived) if (arrival._tag === 'Event') return arrival.event.position
      if (arrived.some(({ _tag }) => _tag === 'CaughtUp')) return null
    }
  } finally {
    arrivals.stop()
  }
}
