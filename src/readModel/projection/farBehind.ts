import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { EventStore, LogBatch } from '../../eventStore/eventStore.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import type { FoldThreads } from './foldThreads.ts'

/** So many batches that did not reach the end of the log, one after the other: it is far. */
const FAR = 16
/** So far the log is read ahead of what is written, in batches, and in UTF-16 units of their texts. */
const BATCHES_AHEAD = 8
const UNITS_AHEAD = 8 * 1024 * 1024

/** How the log is followed from far behind. */
export interface FarBehind {
  readonly follow: EventStore['follow']
  /** The threads, as long as there are any. */
  readonly threads: () => FoldThreads | null
}

interface Ahead {
  readonly batch: LogBatch
  readonly strangers: readonly UserId[]
  readonly units: number
}

const unitsOf = (events: readonly RecordedEvent[]): number =>
  events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0)

/**
 * Follows the log of `store`. While its end is far, it is read ahead, and the streams that will have to be folded whole
 * (`strangersIn`) are given to threads, so that they are folded when they are asked for.
 */
export const farBehind = (
  store: Pick<EventStore, 'follow'>,
  start: () => FoldThreads,
  strangersIn: (events: readonly RecordedEvent[]) => readonly UserId[],
  corrections: () => readonly ReceiptCorrection[],
): FarBehind => {
  let threads: FoldThreads | null = null
  const close = (): void => {
    threads?.close()
    threads = null
  }

  async function* follow(...[after, signal, seen]: Parameters<EventStore['follow']>): AsyncGenerator<LogBatch> {
    const batches = store.follow(after, signal, seen)[Symbol.asyncIterator]()
    const ahead: Ahead[] = []
    let units = 0
    let behind = 0
    const wantsMore = (): boolean => {
      const last = ahead.at(-1)
      if (last === undefined) return true
      return threads !== null && ahead.length < BATCHES_AHEAD && units < UNITS_AHEAD && !last.batch.caughtUp
    }
    try {
      while (!signal.aborted) {
        while (wantsMore()) {
          const { value: batch, done } = await batches.next()
          if (done) break
          const strangers = threads === null ? [] : strangersIn(batch.events)
          threads?.expect(strangers, corrections())
          const one = { batch, strangers, units: threads === null ? 0 : unitsOf(batch.events) }
          units += one.units
          ahead.push(one)
        }
        const one = ahead.shift()
        if (one === undefined || signal.aborted) return
        yield one.batch
        units -= one.units
        threads?.forget(one.strangers)
        behind = one.batch.caughtUp ? 0 : behind + 1
        if (behind === FAR) threads = start()
        if (behind === 0) close()
      }
    } finally {
      close()
      await batches.return?.()
    }
  }
  return { follow, threads: () => threads }
}
