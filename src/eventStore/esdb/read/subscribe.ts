import { type EventStoreDBClient, START, streamNameFilter } from '@eventstore/db-client'
import type { Position } from '../../recordedEvent.ts'
import { placeOf } from '../stored/position.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import { type Arrivals, gatherSubscription } from './arrivals.ts'

/** The server sends a checkpoint after it has looked at so many events. */
const SEARCH_WINDOW = 500

/** Subscribes to this service's streams in `$all`, and to their metadata, from just after `after`. The server filters. */
export const subscribe = (client: EventStoreDBClient, names: StreamNames, after: Position | null): Arrivals =>
  gatherSubscription(
    (checkpointReached) =>
      client.subscribeToAll({
        fromPosition: after === null ? START : placeOf(after),
        filter: streamNameFilter({
          prefixes: [names.prefix, names.metadataPrefix],
          maxSearchWindow: SEARCH_WINDOW,
          checkpointReached: (_, place) => checkpointReached(place),
        }),
      }),
    names,
  )
