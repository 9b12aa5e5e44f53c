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

/** The lines that are asked for; `null` for others, and now and then besides. */
function* lines(
  { userId, orphans, ...begins }: HistoryAsked,
  own: readonly Reading[],
  corrections: readonly ReceiptCorrection[],
  altered: (event: RecordedEvent) => void,
): Generator<ToldLine | null> {
  const stream = streamOf(userId)
  let at: At = { stream, revision: -1, position: '' }
  const others = orphans.values()
  let other = others.next()
  function* othersBefore(position: string | null): Generator<ReadArrival> {
    for (; !other.done && (position === null || other.value.position < position); other = others.next()) {
      at = other.value
      const read = readUserEvent(other.value, corrections)
      if (read._tag === 'Left' && read.left._tag === 'AlteredEvent') altered(other.value)
      yield { orphan: true, read }
    }
  }
  function* arrivals(): Generator<ReadArrival> {
    for (const reading of own) {
      const { revision, position } = reading.event
      yield* othersBefore(position)
      at = { stream, revision, position }
      yield { orphan: false, read: { _tag: 'Right', right: reading } }
    }
    yield* othersBefore(null)
  }
  for (const entry of historyOfRead(userId, arrivals())) {
    if (entry === null || !isAskedFor(at, begins)) yield null
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
