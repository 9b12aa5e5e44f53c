import { setImmediate } from 'node:timers/promises'
import { type Arrival, type HistoryEntry, history } from '../../../domain/answer/history.ts'
import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { UNATTRIBUTED } from '../../ledger/streams.ts'
import { folding } from './folding.ts'

/** After so long the other requests get their turn. */
const TURN_MS = 10

/** What has arrived, one after the other: nobody asks for more than has. */
function* takenFrom(arrived: Arrival[]): Generator<Arrival> {
  for (let next = arrived.shift(); next !== undefined; next = arrived.shift()) yield next
}

/**
 * Each event of the story with what it changed. Others get their turn while a long one is folded; it ends where nobody
 * waits for it any more. `readOwn` as `history` takes it.
 */
export async function* historyEntries(
  userId: UserId,
  events: AsyncIterable<RecordedEvent>,
  corrections: readonly ReceiptCorrection[],
  isAwaited: () => boolean,
  readOwn?: Parameters<typeof history>[3],
): AsyncGenerator<{ readonly event: RecordedEvent; readonly entry: HistoryEntry }> {
  const arrived: Arrival[] = []
  const entries = history(userId, takenFrom(arrived), corrections, readOwn)
  let turn = performance.now()
  for await (const event of events) {
    arrived.push({ event, orphan: event.stream === UNATTRIBUTED })
    const next = (): ReturnType<typeof entries.next> => folding(() => entries.next())
    let entry = next()
    for (;;) {
      if (performance.now() - turn >= TURN_MS) {
        await setImmediate()
        if (!isAwaited()) return
        turn = performance.now()
      }
      if (entry.done || entry.value !== null) break
      entry = next()
    }
    if (entry.done || entry.value === null) return
    yield { event, entry: entry.value }
  }
}
