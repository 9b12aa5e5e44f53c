import type { UserId } from '../../domain/identifiers.ts'
import { fold } from '../../domain/state/fold.ts'
import type { KycState } from '../../domain/state/kycState.ts'
import { rowOf } from '../../projections/kycStatus.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Revision } from '../eventStore/recordedEvent.ts'
import { readClockRecords } from '../ledger/clockRecords.ts'
import { openReadModelSnapshot, type ReadModelSnapshot } from '../readModel/database/snapshot.ts'
import { openReadModelWriter, type ReadModelWriter } from '../readModel/database/writer.ts'
import { standingIn } from '../readModel/standing.ts'
import { uncertainState } from '../readModel/uncertain.ts'
import { readUserEvents } from '../readModel/userEvents.ts'

/** The users of whom more is folded in `served` than in `rebuilt`, each with the revision up to which it is. */
const usersAhead = (served: ReadModelSnapshot, rebuilt: ReadModelSnapshot): ReadonlyMap<UserId, Revision> => {
  const ahead = new Map<UserId, Revision>()
  for (const row of served.rows('kyc_status')) {
    const revision = Number(row['revision'])
    const reached = Number(rebuilt.rowLike('kyc_status', row)?.['revision'])
    if (revision > reached) ahead.set(row['user_id'] as UserId, revision)
  }
  return ahead
}

const readUsersAhead = async (
  store: EventStore,
  model: ReadModelWriter,
  ahead: ReadonlyMap<UserId, Revision>,
): Promise<void> => {
  const { corrections } = await readClockRecords(store)
  for (const [userId, revision] of ahead) {
    const folded = async (): Promise<KycState> => {
      const { own, orphans } = await readUserEvents(store, userId, model.orphansOf(userId))
      const known = own.filter((event) => event.revision <= revision)
      try {
        return fold(userId, known, orphans, { corrections })
      } catch {
        return uncertainState(userId, 'unreadable-event', revision)
      }
    }
    for (const { documentId } of (await folded()).documents) model.addOwner(documentId, userId)
    model.put(rowOf(await folded()))
  }
}

/**
 * The service reads the streams of users who are not in its memory ahead of its checkpoint: where it has done so, the
 * rebuilt read model is read on as far.
 */
export const readAhead = async (store: EventStore, served: ReadModelSnapshot, rebuiltFile: string): Promise<void> => {
  const rebuilt = openReadModelSnapshot(rebuiltFile)
  let ahead: ReturnType<typeof usersAhead>
  try {
    ahead = usersAhead(served, rebuilt)
  } finally {
    rebuilt.close()
  }
  const model = openReadModelWriter(rebuiltFile)
  try {
    await readUsersAhead(store, model, ahead)
    const furthestEvent = standingIn(served)?.furthestEvent ?? null
    if (furthestEvent !== null) model.readTo(furthestEvent)
  } finally {
    model.close()
  }
}
