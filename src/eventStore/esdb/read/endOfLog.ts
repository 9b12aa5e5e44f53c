import { BACKWARDS, END } from '@eventstore/db-client'
import type { Position } from '../../recordedEvent.ts'
import { NoAnswer } from '../client/within.ts'
import type { Connection, Session } from '../connection/connection.ts'
import { positionOf } from '../stored/position.ts'
import { ANSWER_MS } from './untilAnswered.ts'

/** Where `$all` ends now, others' events included; null when it is empty. */
export const endOfLog = (connection: Connection, session: Session): Promise<Position | null> =>
  connection.call(session, ANSWER_MS, async (client) => {
    const read = client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 })
    read.on('error', () => undefined)
    let end: Position | null = null
    for await (const { event } of read) if (event !== undefined) end = positionOf(event.position)
    // The client ends its streams without an error when it is closed.
    if (session.givenUp.aborted) throw new NoAnswer('the connection was given up')
    return end
  })
