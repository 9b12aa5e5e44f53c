import type { UserId } from '../../domain/identifiers.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { unlessDamaged } from '../eventStore/readFailure.ts'
import type { RecordedEvent, Revision, StreamName } from '../eventStore/recordedEvent.ts'
import { readErased } from '../ledger/erased.ts'
import { streamOf } from '../ledger/streams.ts'
import type { ProjectedEvent } from '../readModel/database/checkpointTable.ts'
import { openReadModelSnapshot } from '../readModel/database/snapshot.ts'

/** What a read model has seen of a stream and the log does not hold any more. */
interface LostRun {
  readonly stream: StreamName
  readonly first: Revision
  readonly last: Revision
}

/** What a log has lost, as far as the read model that was made from it tells. */
export interface LostEvents {
  /** Of all events that the read model has seen, the last; the log does not hold it. */
  readonly furthest: ProjectedEvent
  /** Where the log ends now; `null` where that could not be found. */
  readonly endsWith: RecordedEvent | null
  /** By user. Of a server it is not asked: that would be a call for each user. */
  readonly runs: readonly LostRun[]
}

const lastRevision = async (store: EventStore, stream: StreamName): Promise<Revision> => {
  const [last] = await Array.fromAsync(store.readStream(stream, { direction: 'backwards', limit: 1 }))
  return last?.revision ?? -1
}

const lostRuns = async (store: EventStore, readModel: string): Promise<readonly LostRun[]> => {
  const erased = await unlessDamaged(readErased(store), null)
  const seen = openReadModelSnapshot(readModel)
  const runs: LostRun[] = []
  try {
    for (const { user_id: userId, revision } of seen.rows('kyc_status')) {
      // What was erased is not lost.
      if (erased?.users.has(String(userId) as UserId)) continue
      const stream = streamOf(String(userId) as UserId)
      const held = await unlessDamaged(lastRevision(store, stream), Number(revision))
      if (held < Number(revision)) runs.push({ stream, first: held + 1, last: Number(revision) })
    }
    return runs
  } finally {
    seen.close()
  }
}

/** What is missing in a log that does not hold the last event of the read model in `readModel`. */
export const lostEvents = async (
  store: EventStore,
  readModel: string,
  furthest: ProjectedEvent,
): Promise<LostEvents> => ({
  furthest,
  endsWith: await unlessDamaged(store.lastEvent(), null),
  runs: store.embedded ? await lostRuns(store, readModel) : [],
})
