import { currentStatus } from '../../../../domain/answer/currentStatus.ts'
import type { ReceiptCorrection } from '../../../../domain/event/receiptCorrection.ts'
import { asRead } from '../../../eventStore/asRead.ts'
import type { EventStore } from '../../../eventStore/eventStore.ts'
import { NOTHING_LEFT, streamUnreadable } from '../../../eventStore/readFailure.ts'
import type { RecordedEvent } from '../../../eventStore/recordedEvent.ts'
import { streamOf } from '../../../ledger/streams.ts'
import { entityTag } from '../../../readModel/entityTag.ts'
import { readOwnEvents, type Streams } from '../../../readModel/userEvents.ts'
import { historyLines } from '../historyLines.ts'
import { inLogOrder, readUpTo } from '../inLogOrder.ts'
import { stateThen } from '../stateThen.ts'
import { type HistoryAsked, isAskedFor, type LinesTold, type StatusAsked, type StatusTold } from './words.ts'

/** So many UTF-16 units of lines are told at a time. */
const UNITS_AT_A_TIME = 64 * 1024

/** What came from another thread is a copy, which cannot be asked whether it is still what was received. */
const askable = (events: readonly RecordedEvent[]): readonly RecordedEvent[] =>
  events.map((event) => asRead(event, event.stream, event.revision, event.position))

/** The answer to `StatusAsked`; `null` where nobody waits for it any more. Throws where that cannot be told for certain, or nobody waits while it is read. */
export const tellStatus = async (
  store: EventStore,
  streams: Streams,
  { userId, last, orphans, ...question }: StatusAsked,
  corrections: readonly ReceiptCorrection[],
  awaited: () => boolean,
): Promise<StatusTold | null> => {
  const read = await readOwnEvents(store, userId, streams, awaited)
  const end = read.at(-1)?.revision ?? -1
  if (end < last) throw streamUnreadable(NOTHING_LEFT)
  const own = end === last ? read : read.filter(({ revision }) => revision <= last)
  const state = await stateThen(userId, { own, orphans: askable(orphans) }, question, corrections, awaited)
  if (state === null || state === 'nobody') return state
  const body = JSON.stringify(currentStatus(state))
  return { body, etag: entityTag(body), altered: state.altered }
}

/** The answer to `HistoryAsked`, piece by piece. Throws where it cannot be told for certain, or no further. */
export async function* tellHistory(
  store: EventStore,
  { userId, last, orphans, most, ...begins }: HistoryAsked,
  corrections: readonly ReceiptCorrection[],
  awaited: () => boolean,
): AsyncGenerator<LinesTold> {
  const events = inLogOrder(readUpTo(store, streamOf(userId), 0, last), askable(orphans))
  let [lines, altered, units, left] = [[] as LinesTold['lines'][number][], [] as RecordedEvent[], 0, most ?? 0]
  const told = (isLast: boolean): LinesTold => ({
    lines,
    altered: altered.map(({ stream, eventId }) => ({ stream, eventId })),
    isLast,
  })
  const isAltered = (event: RecordedEvent): void => void altered.push(event)
  for await (const { json, stream, revision } of historyLines(userId, events, corrections, awaited, isAltered)) {
    if (!isAskedFor({ stream, revision }, begins)) continue
    lines.push({ json, stream, revision })
    units += json.length
    left -= 1
    if (left === 0) break
    if (units < UNITS_AT_A_TIME) continue
    yield told(false)
    ;[lines, altered, units] = [[], [], 0]
  }
  yield told(true)
}
