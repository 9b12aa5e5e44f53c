import * as E from 'fp-ts/lib/Either.js'
import type { HistoryEntry } from '../../../domain/answer/history.ts'
import { readUserEvent } from '../../../domain/event/kycEvent.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { changesInWords } from '../../words/changesInWords.ts'
import { ownEventInWords } from '../../words/ownEventInWords.ts'
import { shown } from '../../words/shown.ts'

/** One event of a user, and what it changed, as known when it was recorded. */
export interface TimelineEntry extends HistoryEntry, Pick<RecordedEvent, 'stream' | 'revision'> {
  /** What it says, where this service wrote it itself, in sentences without their full stops. */
  readonly says: readonly string[]
}

/** An event with its entry in the history, as a timeline tells it: to whoever may read it as it was recorded. */
export const timelineEntry = (event: RecordedEvent, entry: HistoryEntry): TimelineEntry => {
  const isOwn = entry.observation !== undefined || entry.release !== undefined
  const read = isOwn ? readUserEvent(event) : null
  const says = read !== null && E.isRight(read) && read.right._tag === 'Own' ? ownEventInWords(read.right, true) : []
  const { stream, revision } = event
  return { ...entry, stream, revision, says }
}

/** All that is to be said of an event, in sentences without their full stops. Nothing in them is markup. */
export const inWords = (entry: TimelineEntry): readonly string[] => {
  const { eventId, before, after, anomalies } = entry
  const status =
    before.status === after.status
      ? `the status stayed ${after.status}`
      : `the status went from ${before.status} to ${after.status}`
  const ofOther = (of: string): string => (of === eventId ? '' : ` (event ${shown(of)})`)
  return [
    ...entry.says,
    status,
    ...changesInWords(before, after),
    ...(entry.weaklyDated ? ['nothing but its receipt tells when it occurred'] : []),
    ...(entry.corrected ? ['a wrong clock wrote its receipt, which counts as another time'] : []),
    ...anomalies.map(({ kind, eventId: of, detail }) => `odd, ${kind}${ofOther(of)}: ${shown(detail)}`),
  ]
}
