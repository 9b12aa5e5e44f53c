import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import type { ToldLine } from './aside/words.ts'
import { historyEntries } from './historyEntries.ts'
import { lineText } from './lineText.ts'

/** `historyEntries` as JSON. `altered` is told of each event that is not what was received. */
export async function* historyLines(
  userId: UserId,
  events: AsyncIterable<RecordedEvent>,
  corrections: readonly ReceiptCorrection[],
  isAwaited: () => boolean,
  altered: (event: RecordedEvent) => void,
): AsyncGenerator<ToldLine> {
  for await (const { event, entry } of historyEntries(userId, events, corrections, isAwaited)) {
    const { eventId, stream, revision, position } = event
    if (entry.anomalies.some(({ kind, eventId: of }) => kind === 'event-altered' && of === eventId)) altered(event)
    yield { json: lineText(entry, { stream, revision, position }), stream, revision }
  }
}
