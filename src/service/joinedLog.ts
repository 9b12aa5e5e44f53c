import * as E from 'fp-ts/lib/Either.js'
import { type Appended, storeUnavailable } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { NewEvent, StreamName } from '../eventStore/recordedEvent.ts'

const NOT_JOINED = E.left(storeUnavailable('the event log is not joined yet'))

/**
 * The event log as deliveries are appended to it, and erased from it: not before it is joined. `appended` is told of each append
 * that succeeded.
 */
export const joinedLog = (
  eventLog: EventStore,
  isJoined: () => boolean,
  appended: (stream: StreamName, at: Appended, events: readonly NewEvent[]) => void,
): EventStore => ({
  ...eventLog,
  append: (stream, expected, events) => async () => {
    if (!isJoined()) return NOT_JOINED
    const result = await eventLog.append(stream, expected, events)()
    if (E.isRight(result)) appended(stream, result.right, events)
    return result
  },
  erase: (...asked) => (isJoined() ? eventLog.erase(...asked) : async () => NOT_JOINED),
  truncate: (...asked) => (isJoined() ? eventLog.truncate(...asked) : async () => NOT_JOINED),
})
