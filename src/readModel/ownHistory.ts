import * as E from 'fp-ts/lib/Either.js'
import type { UnreadableEvent } from '../../domain/event/storedEvent.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { byPlace, type OwnHistory } from '../../domain/state/ownHistory.ts'
import { type Reading, type ReadStored, withoutPayload } from '../../domain/state/reading.ts'
import type { EventStore, ReadStreamOptions } from '../eventStore/eventStore.ts'
import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import { streamOf } from '../ledger/streams.ts'

/** What the stream of a user shows, read, without the texts of its events. */
export interface ShownHistory {
  /** Throws what the domain threw over an event. */
  readonly history: () => OwnHistory
  /** The last event of it; `undefined` where it shows nothing. */
  readonly last: RecordedEvent | undefined
  /** Whether its revisions run from 0 without a gap. */
  readonly complete: boolean
}

/** Behind so many events payloads are not held: nothing more is read of them, and they are most of what a long history takes. */
const PAYLOADS_HELD = 2000

/**
 * Reads the stream of a user, or so many events of it, and holds one of its texts at a time: of a million events it would be more
 * than a process has.
 */
export const readOwnHistory = async (
  store: EventStore,
  userId: UserId,
  readOwn: ReadStored,
  options?: Pick<ReadStreamOptions, 'limit'>,
): Promise<ShownHistory> => {
  const arrived: Reading[] = []
  const unreadable: UnreadableEvent[] = []
  let [last, complete]: [RecordedEvent | undefined, boolean] = [undefined, true]
  let failure: { readonly cause: unknown } | null = null
  const take = (event: RecordedEvent): void => {
    const reading = readOwn(event, userId)
    if (E.isLeft(reading)) unreadable.push(reading.left)
    else arrived.push(arrived.length < PAYLOADS_HELD ? reading.right : withoutPayload(reading.right))
  }
  for await (const event of store.readStream(streamOf(userId), options)) {
    complete &&= event.revision === (last?.revision ?? -1) + 1
    last = event
    if (failure !== null) continue
    try {
      take(event)
    } catch (cause) {
      failure = { cause }
    }
  }
  return {
    history: () => {
      if (failure !== null) throw failure.cause
      return { arrived, sorted: arrived.toSorted(byPlace), unreadable, complete }
    },
    last,
    complete,
  }
}
