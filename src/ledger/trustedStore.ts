import type { EventStore, ReadStreamOptions } from '../eventStore/eventStore.ts'
import { notAsSealed } from '../eventStore/readFailure.ts'
import type { Position, RecordedEvent, StreamName } from '../eventStore/recordedEvent.ts'
import { UNATTRIBUTED, userOfStream } from './streams.ts'

/** A part of the log that is not the one that was sealed: what stands behind `after`, or, with `null`, all of it. */
export interface Untrusted {
  readonly after: Position | null
}

/** Whether an event at a position is in it. */
export const isWithin = (untrusted: Untrusted | null, position: Position): boolean =>
  untrusted !== null && position > (untrusted.after ?? '')

/** Whether events of a stream say something of users. */
const isOfUsers = (stream: StreamName): boolean => stream === UNATTRIBUTED || userOfStream(stream) !== null

/**
 * The log as it may be believed: a stream of a user, and that of events which name none, is read up to the part that is not the
 * one that was sealed, where the read fails (`notAsSealed`). Nothing else is held up by it.
 */
export const trustedStore = (store: EventStore, untrusted: () => Untrusted | null): EventStore => {
  async function* readStream(stream: StreamName, options?: ReadStreamOptions): AsyncGenerator<RecordedEvent> {
    for await (const event of store.readStream(stream, options)) {
      if (isWithin(untrusted(), event.position)) throw notAsSealed()
      yield event
    }
  }
  return {
    ...store,
    readStream: (stream, options) =>
      isOfUsers(stream) ? readStream(stream, options) : store.readStream(stream, options),
  }
}

/** The streams with events in it that say something of users. */
export const streamsOfUsersIn = async (store: EventStore, { after }: Untrusted): Promise<readonly StreamName[]> => {
  const streams = new Set<StreamName>()
  for await (const events of store.readAll(after, () => undefined)) {
    for (const { stream } of events) if (isOfUsers(stream)) streams.add(stream)
  }
  return [...streams]
}
