import sharedPb from '@eventstore/db-client/generated/shared_pb.js'
import type { Status } from '@eventstore/db-client/generated/status_pb.js'
import { revisionOf } from '../stored/revision.ts'
import { DENIED, type Failure, INVALID_ARGUMENT, plain, refused, STREAM_DELETED } from './failure.ts'

/** What the server packs into its answer to one append. */
const OF_ONE_APPEND = 'event_store.client.'

/**
 * Of one append, as the server answers it on the batch stream. It names what concerns the append; what concerns the node
 * ("Server Is Not Ready") is a text alone. Throws where the details are not what they are called.
 */
export const failureOfStatus = (status: Status): Failure => {
  const details = status.getDetails()
  const bytes = details?.getValue_asU8() ?? new Uint8Array()
  switch (details?.getTypeName()) {
    case 'event_store.client.WrongExpectedVersion': {
      const wrong = sharedPb.WrongExpectedVersion.deserializeBinary(bytes)
      const actual = wrong.hasCurrentStreamRevision() ? revisionOf(wrong.getCurrentStreamRevision()) : null
      return { _tag: 'WrongExpectedVersion', actual: actual ?? 'no-stream' }
    }
    case 'event_store.client.MaximumAppendSizeExceeded': {
      const most = sharedPb.MaximumAppendSizeExceeded.deserializeBinary(bytes).getMaxappendsize()
      return refused(`the events are larger than the event store takes at once (${most} bytes)`)
    }
    case 'event_store.client.MaximumAppendEventSizeExceeded':
      // Of 25.0, which counts an event with its metadata and its type. The client does not know the message.
      return refused('an event is larger than the event store takes')
    case 'event_store.client.BadRequest':
      return refused(sharedPb.BadRequest.deserializeBinary(bytes).getMessage())
    case 'event_store.client.AccessDenied':
      return DENIED
    case 'event_store.client.StreamDeleted':
      return STREAM_DELETED
    case 'event_store.client.Timeout':
      return { _tag: 'NoAnswer', reason: 'the event store could not write it in time' }
  }
  const name = details?.getTypeName() ?? ''
  if (name.startsWith(OF_ONE_APPEND) && status.getCode() === INVALID_ARGUMENT) {
    return refused(`the event store refuses it: ${name.slice(OF_ONE_APPEND.length)}`)
  }
  return { _tag: 'Unreachable', reason: plain(status.getMessage()) }
}
