import { LRUCache } from 'lru-cache'
import type { ReceiptCorrection } from '../../domain/event/receiptCorrection.ts'
import type { StreamName } from '../eventStore/recordedEvent.ts'
import { eventsOf, type StreamHead } from './streamHead.ts'

/** So many events may the streams have whose heads are kept in memory; of any other the stream is read first. */
const EVENTS_KEPT = 10_000
/** A longer stream counts as one of so many: its head is kept, and does not drive out all others. */
const EVENTS_COUNTED = EVENTS_KEPT / 4
/** Of streams that are longer still so many events are kept for one that counts, 140 MB in all: four of a million would be more than a process has. */
const EVENTS_FOR_ONE = 20

/** What a head counts for; the longest leaves room for those of many short ones. */
const countOf = (head: StreamHead): number => {
  const events = eventsOf(head) + 1
  return Math.min(
    Math.max(Math.min(events, EVENTS_COUNTED), Math.ceil(events / EVENTS_FOR_ONE)),
    EVENTS_KEPT - EVENTS_COUNTED,
  )
}

/** The heads of the streams that were written to last. */
interface KeptHeads {
  readonly heads: LRUCache<StreamName, StreamHead>
  /** The receipts known to be wrong; what was read while others were known is forgotten. */
  readonly corrected: () => readonly ReceiptCorrection[]
}

/** `corrections` gives the same list for as long as the same receipts are known to be wrong. */
export const keptHeads = (corrections: () => readonly ReceiptCorrection[]): KeptHeads => {
  const heads = new LRUCache<StreamName, StreamHead>({
    maxSize: EVENTS_KEPT,
    sizeCalculation: countOf,
  })
  let readWith = corrections()
  return {
    heads,
    corrected: () => {
      const known = corrections()
      if (known !== readWith) heads.clear()
      readWith = known
      return known
    },
  }
}
