import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { EventStore } from '../../eventStore/eventStore.ts'
import { type ClockRecords, readClockRecords } from '../../ledger/clockRecords.ts'
import { KYC_LOG } from '../../ledger/streams.ts'
import type { Progress } from './progress.ts'
import type { UncertainStreams } from './uncertainStreams.ts'

/** What a run of the projection knows of wrong clocks. */
export interface KnownClocks {
  readonly corrections: () => readonly ReceiptCorrection[]
  /** Reads the records anew; what cannot be read leaves what was known. */
  readonly learn: () => Promise<void>
  /** What was learnt since it was asked last. */
  readonly news: () => Pick<Progress, 'clockRecords'>
}

export const readKnownClocks = async (store: EventStore, { tell }: UncertainStreams): Promise<KnownClocks> => {
  let records: ClockRecords = { corrections: [], settledLeaps: [] }
  let isNews = false
  const read = async (): Promise<void> => {
    try {
      records = await readClockRecords(store)
    } catch (error) {
      tell(KYC_LOG, error)
    }
  }
  await read()
  return {
    corrections: () => records.corrections,
    learn: async () => {
      await read()
      isNews = true
    },
    news: () => {
      if (!isNews) return {}
      isNews = false
      return { clockRecords: records }
    },
  }
}
