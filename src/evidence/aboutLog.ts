import { NO_CORRECTIONS, type ReceiptCorrection } from '../../domain/event/receiptCorrection.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { isStoreUnreachable } from '../eventStore/readFailure.ts'
import { readClockRecords } from '../ledger/clockRecords.ts'
import { type LogIdentity, readIdentity } from '../ledger/logIdentity.ts'

/** What a log says of itself. */
export interface AboutLog {
  readonly identity: LogIdentity | null
  readonly corrections: readonly ReceiptCorrection[]
  /** Why it does not say all of that, for a person; `null` where it does. */
  readonly fault: string | null
}

const NO_IDENTITY =
  'it is empty, and every log has its identity there: it was taken out, or no release that gives one was started on this log yet'

/** Reads what a log says of itself, though not all of that can be read. Rejects where the store is out of reach. */
export const readAboutLog = async (store: EventStore): Promise<AboutLog> => {
  let identity: LogIdentity | null = null
  try {
    identity = await readIdentity(store)
    const { corrections } = await readClockRecords(store)
    return { identity, corrections, fault: identity === null ? NO_IDENTITY : null }
  } catch (error) {
    if (isStoreUnreachable(error) || !(error instanceof Error)) throw error
    return { identity, corrections: NO_CORRECTIONS, fault: error.message }
  }
}
