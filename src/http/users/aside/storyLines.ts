import { setImmediate } from 'node:timers/promises'
import { historyOfRead, type ReadArrival } from '../../../../domain/answer/history.ts'
import { readUserEvent } from '../../../../domain/event/kycEvent.ts'
import type { ReceiptCorrection } from '../../../../domain/event/receiptCorrection.ts'
import type { Reading } from '../../../../domain/state/reading.ts'
import type { RecordedEvent } from '../../../eventStore/recordedEvent.ts'
import { streamOf } from '../../../ledger/streams.ts'
import { lineText } from '../lineText.ts'
import { type HistoryAsked, isAskedFor, type ToldLine } from './words.ts'

type At = Pick<RecordedEvent, 'stream' | 'revision' | 'position'>

/** So many lines are given at a time, or fewer after so long: then others have their turn. */
const LINES_AT_A_TIME = 16
const TURN_MS = 10

/**
 * All that the user hears, in the order of the log. `last` is told where what was given last stands. No generator is written within another function here: V8
 * makes a map of each, in its old generation, and with that all that the function sees of a question would outlive the young one.
 */
function* arrivals(
  { userId, orphans }: Pick<HistoryAsked, 'userId' | 'orphans'>,
  own: readonly Reading[],
  corrections: readonly ReceiptCorrection[],
  altered: (event: RecordedEvent) => void,
  last: { at: At },
): Generator<ReadArrival> {
  const stream = streamOf(userId)
  let others = 0
  for (const reading of [...own, null]) {
    for (; others < orphans.length; others++) {
      const other = orphans[others] as RecordedEvent
      if (reading !== null && other.position >= reading.event.position) break
      last.at = other
      const read = readUserEvent(other, corrections)
      if (read._tag === 'Left' && read.left._tag === 'AlteredEvent') altered(other)
      yield { orphan: true, read }
    }
    if (reading === null) return
    const { revision, position } = reading.event
    last.at = { stream, revision, position }
    yield { orphan: false, read: { _tag: 'Right', right: reading } }
  }
}

/** The lines that are asked for; `null` for others, and now and then besides. */
function* lines(
  asked: HistoryAsked,
  own: readonly Reading[],
  corrections: readonly ReceiptCorrection[],
  altered: (event: RecordedEvent) => void,
): Generator<ToldLine | null> {
  const last: { at: At } = { at: { stream: streamOf(asked.userId), revision: -1, position: '' } }
  for (const entry of historyOfRead(asked.userId, arrivals(asked, own, corrections, altered, last))) {
    const { at } = last
    if (entry === null || !isAskedFor(at, asked)) yield null
    else yield { json: lineText(entry, at), stream: at.stream, revision: at.revision }
  }
}

/**
 * The lines of a history that are asked for, some at a time, where it is known what the events of the user's own stream say. Ends where nobody waits for
 * them any more. `altered` is told of each event of nobody that is not what was received.
 */
export async function* storyLines(
  asked: HistoryAsked,
  own: readonly Reading[],
  corrections: readonly ReceiptCorrection[],
  altered: (event: RecordedEvent) => void,
  awaited: () => boolean,
): AsyncGenerator<readonly ToldLine[]> {
  let some: ToldLine[] = []
  let turn = performance.now()
  for (const line of lines(asked, own, corrections, altered)) {
    if (line !== null) some.push(line)
    const isOver = performance.now() - turn >= TURN_MS
    if (!isOver && some.length < LINES_AT_A_TIME) continue
    yield some
    some = []
    if (!isOver) continue
    await setImmediate()
    if (!awaited()) return
    turn = performance.now()
  }
  yield some
}
