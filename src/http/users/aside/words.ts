import type { Question } from '../../../../domain/answer/question.ts'
import type { ReceiptCorrection } from '../../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../../domain/identifiers.ts'
import type { RecordedEvent, Revision, StreamName } from '../../../eventStore/recordedEvent.ts'
import { UNATTRIBUTED } from '../../../ledger/streams.ts'

/** How far the story of a user goes that is asked about. */
interface Story {
  readonly userId: UserId
  /** Of his own stream. */
  readonly last: Revision
  /** The events of nobody that he hears. */
  readonly orphans: readonly RecordedEvent[]
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

/** Whether the line of this event is among those that are asked for. */
export const isAskedFor = (
  { stream, revision }: Pick<RecordedEvent, 'stream' | 'revision'>,
  { from, fromUnattributed }: Pick<HistoryAsked, 'from' | 'fromUnattributed'>,
): boolean => revision >= (stream === UNATTRIBUTED ? fromUnattributed : from)

/** `nobody` where nothing was known of him. */
export type StatusTold =
  | 'nobody'
  | { readonly body: string; readonly etag: string; readonly altered: readonly string[] }

/** Some of the lines of a history, in their order. */
export interface LinesTold {
  readonly lines: readonly { readonly json: string; readonly stream: StreamName; readonly revision: Revision }[]
  /** Events that are not what was received. */
  readonly altered: readonly { readonly stream: StreamName; readonly eventId: string }[]
  readonly isLast: boolean
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
export type QuestionSaid = 'ready' | { readonly of: number; readonly told: StatusTold | LinesTold | null }
