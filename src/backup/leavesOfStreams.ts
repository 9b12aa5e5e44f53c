import type { UserId } from '../../domain/identifiers.ts'
import { wholesNamedBy } from '../erasing/wholesNamedBy.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { storeDamaged } from '../eventStore/readFailure.ts'
import type { StreamName } from '../eventStore/recordedEvent.ts'
import { leavesAt, toldOfErased } from '../evidence/leaves.ts'
import type { Erased } from '../ledger/erased.ts'
import { sharedStream, streamOf } from '../ledger/streams.ts'

/** What a log holds of a stream: the indexes of its leaves with their hashes in base64, in its order, and how many bytes it is. */
export interface StreamLeaves {
  readonly leaves: (readonly [number, string])[]
  units: number
}

/** What a log holds of users who are to be erased: their own streams, and the webhooks that are kept whole because of their events. */
export interface LeavesOfUsers {
  readonly streams: ReadonlyMap<StreamName, StreamLeaves>
  /** By user. */
  readonly wholes: ReadonlyMap<UserId, readonly StreamName[]>
}

const SHARED = sharedStream('')

/** Goes through the log once. Throws where not all of it can be read. `erased` hears of all that is recorded by then. */
export const leavesOfUsers = async (
  store: EventStore,
  erased: Erased,
  users: readonly UserId[],
): Promise<LeavesOfUsers> => {
  const byStream = new Map(users.map((userId) => [streamOf(userId), userId]))
  const streams = new Map<StreamName, StreamLeaves>()
  const wholes = new Map<UserId, StreamName[]>()
  const expectWhole = (altered: readonly StreamName[]): void => {
    if (store.embedded && altered.length > 0) throw storeDamaged('the event log is damaged: restore it first')
  }
  let size = 0
  for await (const events of toldOfErased(store, erased, null, expectWhole)) {
    for (const event of events) {
      const userId = byStream.get(event.stream)
      for (const { leaf, isErased } of leavesAt(event, erased, size)) {
        if (!isErased && (userId !== undefined || event.stream.startsWith(SHARED))) {
          const of = streams.get(event.stream) ?? { leaves: [], units: 0 }
          of.leaves.push([size, leaf.toString('base64')])
          of.units += event.data.length + event.metadata.length
          streams.set(event.stream, of)
        }
        size += 1
      }
      if (userId !== undefined) wholes.set(userId, [...(wholes.get(userId) ?? []), ...wholesNamedBy(event)])
    }
  }
  return { streams, wholes }
}
