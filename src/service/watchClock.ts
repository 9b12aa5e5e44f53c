import { NO_CORRECTIONS, type ReceiptCorrection } from '../../domain/event/receiptCorrection.ts'
import type { Instant } from '../../domain/instant.ts'
import { keepLeaps } from '../clock/keptLeaps.ts'
import { type NodeClock, nodeClock } from '../clock/nodeClock.ts'
import type { Appended } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { isStoreDamaged, isStreamUnreadable, unlessDamaged } from '../eventStore/readFailure.ts'
import type { Position, RecordedEvent, StreamName } from '../eventStore/recordedEvent.ts'
import { type ClockRecords, readClockRecords } from '../ledger/clockRecords.ts'
import { recordedAtOf } from '../ledger/recordedAt.ts'
import type { Progress } from '../readModel/projection/progress.ts'

/** So often at most the server is asked when it took what was just appended. */
const ASK_EVERY_MS = 1000

/** The clock of a service and all that it is checked against. */
export interface WatchedClock extends Pick<NodeClock, 'now' | 'fault'> {
  /** The receipts known to be wrong. The same list until there are others. */
  readonly corrections: () => readonly ReceiptCorrection[]
  /** When the newest event was recorded that the log held when `begin` was called; `null` where it held none. */
  readonly newestAtStart: () => Instant | null
  /** Takes note of where the log ends, and of what it says of wrong clocks; before anything is received. */
  readonly begin: (store: EventStore, seen: Pick<RecordedEvent, 'stream' | 'revision'> | null) => Promise<void>
  /** Takes note of what the projection has come upon. */
  readonly heard: (progress: Progress) => void
  /** Takes note of an event that this process has just appended. */
  readonly appended: (store: EventStore, stream: StreamName, appended: Appended, recordedAt: Instant | null) => void
}

const shownAt = async (
  store: EventStore,
  seen: Pick<RecordedEvent, 'stream' | 'revision'> | null,
): Promise<RecordedEvent | null> => {
  if (seen === null) return null
  try {
    const [event] = await Array.fromAsync(store.readStream(seen.stream, { from: seen.revision, limit: 1 }))
    return event ?? null
  } catch (error) {
    if (isStoreDamaged(error) || isStreamUnreadable(error)) return null
    throw error
  }
}

/** Watches over the clock of the service of `dataDir`: leaps, the newest events of the log, and the server's clock. */
export const watchClock = (dataDir: string): WatchedClock => {
  let since: Position | null = null
  let until: Position | null = null
  let records: ClockRecords = { corrections: NO_CORRECTIONS, settledLeaps: [] }
  let newestAtStart: Instant | null = null
  let askedAt = Number.NEGATIVE_INFINITY
  const leaps = keepLeaps(dataDir, () => ({ since, until }))
  const clock = nodeClock(leaps)

  const learn = (known: ClockRecords): void => {
    records = known
    leaps.settle(known.settledLeaps)
  }

  return {
    now: clock.now,
    fault: clock.fault,
    corrections: () => records.corrections,
    newestAtStart: () => newestAtStart,
    begin: async (store, seen) => {
      // A server finds its last event among the newest of all applications; what the read model has seen may be older.
      const last = (await unlessDamaged(store.lastEvent(), null)) ?? (await shownAt(store, seen))
      learn(await unlessDamaged(readClockRecords(store), records))
      newestAtStart = last === null ? null : recordedAtOf(last)
      clock.corrected(newestAtStart)
      since = last?.position ?? null
      until = since
    },
    heard: ({ position, newest, clockRecords }) => {
      if (clockRecords !== undefined) {
        learn(clockRecords)
        // What was seen before may be wrong; the record itself comes with what is heard next.
        clock.corrected(null)
      }
      if (newest === undefined || position === null || position <= (until ?? '')) return
      until = position
      clock.seen(newest)
    },
    appended: (store, stream, { revision }, recordedAt) => {
      const now = performance.now()
      if (recordedAt === null || store.takenAt === undefined || now - askedAt < ASK_EVERY_MS) return
      askedAt = now
      const answeredAt = clock.now()
      void store.takenAt(stream, revision).then((takenAt) => {
        if (takenAt !== null) clock.served(recordedAt, takenAt, answeredAt)
      })
    },
  }
}
