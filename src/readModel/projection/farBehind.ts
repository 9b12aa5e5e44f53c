import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { EventStore, LogBatch, Spared } from '../../eventStore/eventStore.ts'
import type { RecordedEvent, StreamName } from '../../eventStore/recordedEvent.ts'
import { userOfStream } from '../../ledger/streams.ts'
import type { FoldThreads } from './foldThreads.ts'

/** So many batches that did not reach the end of the log, one after the other: it is far. Where a batch says so itself, so many events behind it. */
export const FAR = 16
const EVENTS_FAR = 8000
/** So far the log is read ahead of what is written, in batches, and in UTF-16 units of their texts. */
const BATCHES_AHEAD = 12
const UNITS_AHEAD = 16 * 1024 * 1024
/** So many are written at once: a page of an index takes rows of many users, and is written once for all of them. */
export const BATCHES_AT_ONCE = 4

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

const isOfEvents = ({ batch: { altered, lost, resumed } }: Ahead): boolean =>
  altered === undefined && lost === undefined && resumed === undefined

/** Takes what is written at once: the first, with those behind it, as long as they hold nothing but events. */
const taken = (ahead: Ahead[], most: number): Ahead | undefined => {
  const first = ahead.shift()
  if (first === undefined || most === 1 || !isOfEvents(first)) return first
  const all = [first]
  for (let next = ahead[0]; next !== undefined && all.length < most && isOfEvents(next); next = ahead[0]) {
    all.push(next)
    ahead.shift()
  }
  return {
    batch: { ...(all.at(-1) ?? first).batch, events: all.flatMap(({ batch }) => batch.events) },
    strangers: all.flatMap(({ strangers }) => strangers),
    units: all.reduce((sum, { units }) => sum + units, 0),
  }
}

/**
 * Follows the log of `store`. While its end is far, it is read ahead, given in larger batches, and the streams that will have to be folded whole
 * (`strangersIn`) are given to threads, so that they are folded when they are asked for.
 */
export const farBehind = (
  store: Pick<EventStore, 'follow'>,
  start: () => FoldThreads,
  strangersIn: (events: readonly RecordedEvent[]) => readonly UserId[],
  corrections: () => readonly ReceiptCorrection[],
  isKept: (userId: UserId) => boolean,
): FarBehind => {
  let threads: FoldThreads | null = null
  let ended: Promise<unknown> = Promise.resolve()
  const close = (): void => {
    if (threads !== null) ended = Promise.all([ended, threads.close()])
    threads = null
  }

  /**
   * Whoever has to be folded then is folded by his stream: what the log shows of him as well needs not be read. Of whose state is kept each
   * event is folded on top of it: of a long stream all would be read for it otherwise.
   */
  const isSpared = (stream: StreamName): boolean => {
    const userId = userOfStream(stream)
    return userId !== null && !isKept(userId)
  }
  const spared: Spared = () => (threads === null ? null : isSpared)

  async function* follow(...[after, signal, seen]: Parameters<EventStore['follow']>): AsyncGenerator<LogBatch> {
    const batches = store.follow(after, signal, seen, spared)[Symbol.asyncIterator]()
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
          // They start while the first is projected.
          if (threads === null && (batch.left ?? 0) >= EVENTS_FAR) threads = start()
        }
        const one = taken(ahead, threads === null ? 1 : BATCHES_AT_ONCE)
        if (one === undefined || signal.aborted) return
        yield one.batch
        units -= one.units
        threads?.forget(one.strangers)
        behind = one.batch.caughtUp ? 0 : behind + 1
        if (behind === FAR) threads ??= start()
        if (behind === 0) close()
      }
    } finally {
      close()
      await batches.return?.()
      // This thread may end by what it threw, and with it those that it started: of one that is inside of SQLite that may take the process along.
      await ended
    }
  }
  return { follow, threads: () => threads }
}
