import {
  type AllStreamRecordedEvent,
  BACKWARDS,
  END,
  type EventStoreDBClient,
  type ReadPosition,
} from '@eventstore/db-client'
import type { EventStore } from '../../eventStore.ts'
import { NoAnswer } from '../client/within.ts'
import type { Connection } from '../connection/connection.ts'
import { revisionOf } from '../stored/revision.ts'
import { asRecorded } from '../stored/storedEvent.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import { untilAnswered } from './untilAnswered.ts'

type Place = ReadPosition

/** So far back our newest event is looked for: reads of `$all` are not filtered by the server. */
const LOOKED_BACK = 500
const PAGE_EVENTS = 50

interface Page {
  readonly newest: AllStreamRecordedEvent | null
  readonly begin: Place | null
}

/** A page of `$all`, backwards from just before `end`: our newest event in it, and where it begins. */
const readPage = async (client: EventStoreDBClient, names: StreamNames, end: Place): Promise<Page> => {
  const read = client.readAll({ direction: BACKWARDS, fromPosition: end, maxCount: PAGE_EVENTS })
  read.on('error', () => undefined)
  let newest: AllStreamRecordedEvent | null = null
  let begin: Place | null = null
  for await (const { event } of read) {
    if (event === undefined) continue
    begin = event.position
    // A tombstone is no event of ours.
    if (event.streamId.startsWith(names.prefix) && revisionOf(event.revision) !== null) newest ??= event
  }
  return { newest, begin }
}

/** Reads the newest of this service's events, from the end of `$all` backwards. */
export const lastEventReader =
  (connection: Connection, names: StreamNames): EventStore['lastEvent'] =>
  async () => {
    let end: Place | null = END
    for (let looked = 0; end !== null && looked < LOOKED_BACK; looked += PAGE_EVENTS) {
      const from: Place = end
      const page: Page = await untilAnswered(connection, async (client, session) => {
        const read = await readPage(client, names, from)
        // The client ends its streams without an error when it is closed.
        if (session.givenUp.aborted) throw new NoAnswer('the connection was given up')
        return read
      })
      if (page.newest !== null) return asRecorded(page.newest, names)
      end = page.begin
    }
    return null
  }
