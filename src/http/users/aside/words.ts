import type { Question } from '../../../../domain/answer/question.ts'
import type { ReceiptCorrection } from '../../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../../domain/identifiers.ts'
import type { RecordedEvent, Revision, StreamName } from '../../../eventStore/recordedEvent.ts'
import { streamOf, UNATTRIBUTED } from '../../../ledger/streams.ts'
import type { ReadModelFile } from '../../../readModel/keptReader.ts'

/** How far the story of a user goes that is asked about. */
export interface Story {
  readonly userId: UserId
  /** Of his own stream. */
  readonly last: Revision
  /** The events of nobody that he hears. */
  readonly orphans: readonly RecordedEvent[]
  /** What keeps what his events say; `null` where nothing does. */
  readonly readModel: ReadModelFile | null
}

/** How did he stand then? */
export interface StatusAsked extends Story, Question {}

/** What did his events change, from these on? */
export interface HistoryAsked extends Story {
  readonly from: Revision
  readonly fromUnattributed: Revision
  /** Nobody wants more lines than these; `null`: all. */
  readonly most: number | null
}

/** Up to which event of his own stream what is asked for depends on it: each from `from` on has a line. */
export const lastNeeded = ({ last, from, most }: Pick<HistoryAsked, 'last' | 'from' | 'most'>): Revision =>
  most === null ? last : Math.min(last, from + most - 1)

/** Whether the line of this event is among those that are asked for. */
export const isAskedFor = (
  { stream, revision }: Pick<RecordedEvent, 'stream' | 'revision'>,
  { from, fromUnattributed }: Pick<HistoryAsked, 'from' | 'fromUnattributed'>,
): boolean => revision >= (stream === UNATTRIBUTED ? fromUnattributed : from)

/** `nobody` where nothing was known of him. */
export type StatusTold =
  | 'nobody'
  | { readonly body: string; readonly etag: string; readonly altered: readonly string[] }

/** What an event changed, as JSON, and where it stands. */
export interface ToldLine {
  readonly json: string
  readonly stream: StreamName
  readonly revision: Revision
}

/** Some of the lines of a history, in their order; as one text, which goes from thread to thread in a fraction of the time. */
export interface LinesTold {
  /** A line each; no JSON of ours has a line break in it. */
  readonly text: string
  /** The revision of each; of an event of nobody `-1 - revision`. */
  readonly places: readonly number[]
  /** Events that are not what was received. */
  readonly altered: readonly { readonly stream: StreamName; readonly eventId: string }[]
  readonly isLast: boolean
}

/** Lines to be told together. */
export const inOneText = (userId: UserId, lines: readonly ToldLine[]): Pick<LinesTold, 'text' | 'places'> => ({
  text: lines.map(({ json }) => json).join('\n'),
  places: lines.map(({ stream, revision }) => (stream === streamOf(userId) ? revision : -1 - revision)),
})

/** The lines that were told together. */
export function* linesIn(userId: UserId, { text, places }: Pick<LinesTold, 'text' | 'places'>): Generator<ToldLine> {
  const own = streamOf(userId)
  for (const [index, json] of places.length === 0 ? [] : text.split('\n').entries()) {
    const place = places[index] ?? 0
    yield place < 0 ? { json, stream: UNATTRIBUTED, revision: -1 - place } : { json, stream: own, revision: place }
  }
}

/** Whether it has more to say once it was asked for it. */
export const hasMore = (told: StatusTold | LinesTold | null): boolean =>
  typeof told === 'object' && told !== null && 'isLast' in told && !told.isLast

/** What a thread is told. To each that begins with a question, or asks for more, it answers once. */
export type QuestionWord =
  | {
      readonly begin: number
      readonly asked: { readonly status: StatusAsked } | { readonly history: HistoryAsked }
      /** The receipts known to be wrong; absent where they are those of the question before. */
      readonly corrections?: readonly ReceiptCorrection[]
    }
  | { readonly more: number }
  | { readonly giveUp: number }
  /** Nothing is kept of the user any more; `null`: of anybody. */
  | { readonly forget: UserId | null }
  | 'end'

/** What it says. `null`: it does not come to an answer, and whoever asked may. */
export type QuestionSaid =
  | 'ready'
  | { readonly of: number; readonly told: StatusTold | LinesTold | null }
  /** What is kept of what the user's events say is not what was written, or cannot be read. */
  | { readonly keptIsOther: UserId }
