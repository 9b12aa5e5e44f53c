import { setImmediate } from 'node:timers/promises'
import { type Arrival, history } from '../../../domain/answer/history.ts'
import { isAltered } from '../../../domain/event/altered.ts'
import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { UNATTRIBUTED } from '../../ledger/streams.ts'
import type { Line } from '../lines.ts'
import { folding } from './folding.ts'

/** After so long the other requests get their turn. */
const TURN_MS = 10

/**
 * Each event of the story with what it changed. Others get their turn while a long one is folded; it ends where nobody
 * waits for it any more. `altered` is told of each event that is not what was received.
 */
export async function* historyLines(
  userId: UserId,
  events: AsyncIterable<RecordedEvent>,
  corrections: readonly ReceiptCorrection[],
  isAwaited: () => boolean,
  altered: (event: RecordedEvent) => void,
): AsyncGenerator<Line & Pick<RecordedEvent, 'eventId' | 'stream' | 'revision'>> {
  const arrived: Arrival[] = []
  const arrivals = (function* () {
    for (let next = arrived.shift(); next !== undefined; next = arrived.shift()) yield next
  })()
  const entries = history(userId, arrivals, corrections)
  let turn = performance.now()
  for await (const event of events) {
    const { stream, revision, position } = event
    const orphan = stream === UNATTRIBUTED
    arrived.push({ event, orphan })
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
    if (entry.done) return
    if (isAltered(event)) altered(event)
    const json = JSON.stringify({ ...entry.value, stream, revision, position })
    yield {
      eventId: event.eventId,
      stream,
      revision,
      json,
      behind: [orphan ? 'fromUnattributed' : 'from', revision + 1],
    }
  }
}
