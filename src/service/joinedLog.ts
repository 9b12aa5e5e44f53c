import * as E from 'fp-ts/lib/Either.js'
import { type Appended, storeUnavailable } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { NewEvent, StreamName } from '../eventStore/recordedEvent.ts'
import { fail, inSpan } from '../tracing/tracing.ts'

const NOT_JOINED = E.left(storeUnavailable('the event log is not joined yet'))

/**
 * The event log as deliveries are appended to it, and erased from it: not before it is joined. `appended` is told of each append
 * that succeeded, but not of what stood there already: when that was taken says nothing of now.
 */
export const joinedLog = (
  eventLog: EventStore,
  isJoined: () => boolean,
  appended: (stream: StreamName, at: Appended, events: readonly NewEvent[]) => void,
): EventStore => ({
  ...eventLog,
  append: (stream, expected, events) => () =>
    inSpan('append', { attributes: { 'kyc.events': events.length } }, async (span) => {
      if (!isJoined()) return NOT_JOINED
      const result = await eventLog.append(stream, expected, events)()
      if (E.isLeft(result)) fail(span, result.left._tag)
      else if (result.right.already === undefined) appended(stream, result.right, events)
      return result
    }),
  erase: (...asked) => (isJoined() ? eventLog.erase(...asked) : async () => NOT_JOINED),
  truncate: (...asked) => (isJoined() ? eventLog.truncate(...asked) : async () => NOT_JOINED),
})
