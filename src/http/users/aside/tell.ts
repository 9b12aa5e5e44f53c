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
import { stateOfStory, stateThen } from '../stateThen.ts'
import type { KeptStories } from './keptStories.ts'
import { storyLines } from './storyLines.ts'
import {
  type HistoryAsked,
  inOneText,
  isAskedFor,
  type LinesTold,
  lastNeeded,
  type StatusAsked,
  type StatusTold,
  type ToldLine,
} from './words.ts'

/** So many UTF-16 units of lines are told at a time. */
const UNITS_AT_A_TIME = 64 * 1024

/** What came from another thread is a copy, which cannot be asked whether it is still what was received. */
const askable = (events: readonly RecordedEvent[]): readonly RecordedEvent[] =>
  events.map((event) => asRead(event, event.stream, event.revision, event.position))

/** How he stood then, by what is kept of him or by the log. */
const stateAsked = async (
  store: EventStore,
  streams: Streams,
  stories: KeptStories,
  asked: StatusAsked,
  corrections: readonly ReceiptCorrection[],
  awaited: () => boolean,
): ReturnType<typeof stateThen> => {
  const { userId, last } = asked
  const orphans = askable(asked.orphans)
  const story = await stories.of(asked, corrections, awaited)
  if (story !== null) return stateOfStory(userId, story, orphans, asked, corrections, awaited)
  const read = await readOwnEvents(store, userId, streams, awaited)
  const end = read.at(-1)?.revision ?? -1
  if (end < last) throw streamUnreadable(NOTHING_LEFT)
  const own = end === last ? read : read.filter(({ revision }) => revision <= last)
  return stateThen(userId, { own, orphans }, asked, corrections, awaited)
}

/** The answer to `StatusAsked`; `null` where nobody waits for it any more. Throws where that cannot be told for certain, or nobody waits while it is read. */
export const tellStatus = async (...asked: Parameters<typeof stateAsked>): Promise<StatusTold | null> => {
  const state = await stateAsked(...asked)
  if (state === null || state === 'nobody') return state
  const body = JSON.stringify(currentStatus(state))
  return { body, etag: entityTag(body), altered: state.altered }
}

/** The lines of a history that are asked for, by what is kept of the user or by the log. */
async function* linesAsked(
  store: EventStore,
  stories: KeptStories,
  asked: HistoryAsked,
  corrections: readonly ReceiptCorrection[],
  awaited: () => boolean,
  altered: (event: RecordedEvent) => void,
): AsyncGenerator<readonly ToldLine[]> {
  const { userId, last } = asked
  const orphans = askable(asked.orphans)
  const story = await stories.of({ ...asked, last: lastNeeded(asked) }, corrections, awaited)
  if (story !== null) return yield* storyLines({ ...asked, orphans }, story, corrections, altered, awaited)
  const events = inLogOrder(readUpTo(store, streamOf(userId), 0, last), orphans)
  for await (const line of historyLines(userId, events, corrections, awaited, altered)) {
    if (isAskedFor(line, asked)) yield [line]
  }
}

/** The answer to `HistoryAsked`, piece by piece. Throws where it cannot be told for certain, or no further. */
export async function* tellHistory(
  store: EventStore,
  stories: KeptStories,
  asked: HistoryAsked,
  corrections: readonly ReceiptCorrection[],
  awaited: () => boolean,
): AsyncGenerator<LinesTold> {
  let [lines, altered, units, left] = [
    [] as ToldLine[],
    [] as RecordedEvent[],
    0,
    asked.most ?? Number.POSITIVE_INFINITY,
  ]
  const told = (isLast: boolean): LinesTold => ({
    ...inOneText(asked.userId, lines),
    altered: altered.map(({ stream, eventId }) => ({ stream, eventId })),
    isLast,
  })
  const isAltered = (event: RecordedEvent): void => void altered.push(event)
  for await (const some of linesAsked(store, stories, asked, corrections, awaited, isAltered)) {
    for (const line of some) {
      if (left === 0) break
      lines.push(line)
      units += line.json.length
      left -= 1
    }
    if (left === 0) break
    if (units < UNITS_AT_A_TIME) continue
    yield told(false)
    ;[lines, altered, units] = [[], [], 0]
  }
  yield told(true)
}
