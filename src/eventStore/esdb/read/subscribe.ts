import { type EventStoreDBClient, START, streamNameFilter } from '@eventstore/db-client'
import type { Position } from '../../recordedEvent.ts'
import { placeOf, positionOf } from '../stored/position.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import type { Arrival } from './arrival.ts'
import { type Arrivals, gather } from './gather.ts'

/** The server sends a checkpoint after it has looked at so many events. */
const SEARCH_WINDOW = 500

/** The position before the first event, which the server writes as the largest number there is. */
const NO_PLACE = 2n ** 63n

/** Subscribes to this service's streams in `$all`, and to their metadata, from just after `after`. The server filters. */
export const subscribe = (client: EventStoreDBClient, names: StreamNames, after: Position | null): Arrivals => {
  let sign: (arrival: Arrival) => void = () => undefined
  const subscription = client.subscribeToAll({
    fromPosition: after === null ? START : placeOf(after),
    filter: streamNameFilter({
      prefixes: [names.prefix, names.metadataPrefix],
      maxSearchWindow: SEARCH_WINDOW,
      checkpointReached: (_, place) => {
        if (place.commit < NO_PLACE) sign({ _tag: 'Checkpoint', position: positionOf(place) })
      },
    }),
  })
  const gathered = gather(subscription, names, () => subscription.unsubscribe())
  sign = gathered.sign
  subscription.on('caughtUp', () => sign({ _tag: 'CaughtUp' }))
  subscription.on('fellBehind', () => sign({ _tag: 'FellBehind' }))
  return gathered.arrivals
}
