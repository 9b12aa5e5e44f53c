import {
  type AllStreamRecordedEvent,
  BACKWARDS,
  END,
  type EventStoreDBClient,
  type ReadPosition,
} from '@eventstore/db-client'
import type { EventStore } from '../../eventStore.ts'
import { storeUnreachable } from '../../readFailure.ts'
import type { Connection } from '../connection/connection.ts'
import { backOff, pause } from '../pause.ts'
import { revisionOf } from '../stored/revision.ts'
import { asRecorded } from '../stored/storedEvent.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import { NoAnswer } from '../within.ts'
import { readFailed } from './readFailed.ts'

type Place = ReadPosition

/** So far back our newest event is looked for: reads of `$all` are not filtered by the server. */
const LOOKED_BACK = 500
const PAGE_EVENTS = 50
const ANSWER_MS = 3000
/** Without an answer for so long it fails. */
const TRIED_MS = 8000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500

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
    let until = performance.now() + TRIED_MS
    let looked = 0
    for (let attempt = 0; end !== null && looked < LOOKED_BACK; ) {
      const session = await connection.session(Math.min(connection.patience(), until - performance.now()))
      if (session === null) throw storeUnreachable(connection.reason())
      const from: Place = end
      try {
        const page: Page = await connection.call(session, ANSWER_MS, (client) => readPage(client, names, from))
        // The client ends its streams without an error when it is closed.
        if (session.givenUp.aborted) throw new NoAnswer('the connection was given up')
        if (page.newest !== null) return asRecorded(page.newest, names)
        end = page.begin
        looked += PAGE_EVENTS
        attempt = 0
        until = performance.now() + TRIED_MS
      } catch (error) {
        readFailed(connection, session, error, until)
        await pause(backOff(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS))
        attempt += 1
      }
    }
    return null
  }
