import type { Clock } from '../clock/clock.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { appendToKycLog } from '../ledger/kycLog.ts'
import { EVENTS_LOST_ACCEPTED } from '../ledger/logIdentity.ts'
import type { LostEvents } from './lostEvents.ts'
import type { SealedAndLost } from './sealedEnd.ts'

/** Records that the log goes on without what is missing. */
export const acceptLost = async (store: EventStore, lost: LostEvents, now: Clock): Promise<void> => {
  const { stream, revision, eventId } = lost.furthest
  const { endsWith } = lost
  await appendToKycLog(store, {
    type: EVENTS_LOST_ACCEPTED,
    data: {
      lastSeen: { stream, revision, eventId },
      logEndedWith:
        endsWith === null ? null : { stream: endsWith.stream, revision: endsWith.revision, eventId: endsWith.eventId },
      missing: lost.runs,
    },
    recordedAt: now(),
  })
}

/**
 * As `acceptLost`, of a log that is not the one that was sealed; `short`: because it ends before a checkpoint of it. From then on its
 * checkpoints have another origin.
 */
export const acceptNotAsSealed = async (store: EventStore, short: SealedAndLost | null, now: Clock): Promise<void> =>
  appendToKycLog(store, {
    type: EVENTS_LOST_ACCEPTED,
    data: short === null ? { notAsSealed: true } : { sealed: short.remembered.size, held: short.size },
    recordedAt: now(),
  })
