import { setImmediate } from 'node:timers/promises'
import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Instant } from '../../../domain/instant.ts'
import { historyOf, type OwnHistory } from '../../../domain/state/ownHistory.ts'
import { type ReadStored, readStoredBy, readStoredOnce } from '../../../domain/state/reading.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'

/** Reads users' own streams. Those that were read lately are kept, and asked again: each event is read once. */
interface OwnReader {
  readonly readOwn: ReadStored
  /** A stream, put in order once. The other requests get their turn while a long one is read. */
  readonly history: (own: readonly RecordedEvent[], userId: UserId) => Promise<OwnHistory>
  /** The same as far as it is folded for `asOf`: what is asked of a stream once is mostly all that is asked of it. */
  readonly historyBy: (own: readonly RecordedEvent[], userId: UserId, asOf: Instant) => Promise<OwnHistory>
}

const EVENTS_AT_A_TIME = 100

const inTurns = async <A>(
  events: readonly RecordedEvent[],
  read: (event: RecordedEvent) => A,
): Promise<readonly A[]> => {
  const found: A[] = []
  for (const event of events) {
    if (found.length > 0 && found.length % EVENTS_AT_A_TIME === 0) await setImmediate()
    found.push(read(event))
  }
  return found
}

const newReader = (corrections: readonly ReceiptCorrection[]): OwnReader => {
  const readOwn = readStoredOnce(corrections)
  const histories = new WeakMap<readonly RecordedEvent[], OwnHistory>()
  const askedOnce = new WeakSet<readonly RecordedEvent[]>()
  const history: OwnReader['history'] = async (own, userId) => {
    const known = histories.get(own)
    if (known !== undefined) return known
    const whole = historyOf(own, await inTurns(own, (event) => readOwn(event, userId)))
    histories.set(own, whole)
    return whole
  }
  return {
    readOwn,
    history,
    historyBy: async (own, userId, asOf) => {
      if (corrections.length > 0 || askedOnce.has(own) || histories.has(own)) return history(own, userId)
      askedOnce.add(own)
      const read = readStoredBy(asOf)
      const by = historyOf(own, await inTurns(own, (event) => read(event, userId)))
      // Nothing was left out of it.
      if (by.arrived.length + by.unreadable.length === own.length) histories.set(own, by)
      return by
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
