import { setImmediate } from 'node:timers/promises'
import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { type OwnHistory, readHistory } from '../../../domain/state/ownHistory.ts'
import { type ReadStored, readStoredOnce } from '../../../domain/state/reading.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'

/** Reads users' own streams. Those that were read lately are kept, and asked again: each event is read once. */
interface OwnReader {
  readonly readOwn: ReadStored
  /** A stream, put in order once. The other requests get their turn while a long one is read. */
  readonly history: (own: readonly RecordedEvent[], userId: UserId) => Promise<OwnHistory>
}

const EVENTS_AT_A_TIME = 100

const newReader = (corrections: readonly ReceiptCorrection[]): OwnReader => {
  const readOwn = readStoredOnce(corrections)
  const histories = new WeakMap<readonly RecordedEvent[], OwnHistory>()
  return {
    readOwn,
    history: async (own, userId) => {
      const known = histories.get(own)
      if (known !== undefined) return known
      for (const [index, event] of own.entries()) {
        if (index > 0 && index % EVENTS_AT_A_TIME === 0) await setImmediate()
        readOwn(event, userId)
      }
      const history = readHistory(userId, own, readOwn)
      histories.set(own, history)
      return history
    },
  }
}

const readers = new WeakMap<readonly ReceiptCorrection[], OwnReader>()

/** The reader for as long as these are the receipts known to be wrong: what was read while others were is forgotten. */
export const ownReader = (corrections: readonly ReceiptCorrection[]): OwnReader => {
  const known = readers.get(corrections)
  if (known !== undefined) return known
  const reader = newReader(corrections)
  readers.set(corrections, reader)
  return reader
}
