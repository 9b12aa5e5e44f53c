import type { Span } from '@opentelemetry/api'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { askToPurge, type PurgeAnswer } from '../../sqlite/askToPurge.ts'
import type { Course, GroupCommit } from '../../sqlite/groupCommit.ts'
import type { NotCommitted } from '../../sqlite/groupCommitMessages.ts'
import { activeSpan } from '../../tracing/tracing.ts'
import { appendRefused, type StoreUnavailable, storeUnavailable } from '../appendOutcome.ts'
import type { EventStore } from '../eventStore.ts'
import type { NewEvent } from '../recordedEvent.ts'
import { slots } from '../slots.ts'
import type { AppendAnswer } from './append.ts'
import type { RemovalAnswer, RemovalRequest } from './remove.ts'
import type { WriteAnswer, WriteRequest } from './write.ts'

/** A lone surrogate has no UTF-8 and would not be given back as the same text. */
const isText = ({ eventId, type, data, metadata }: NewEvent): boolean =>
  [eventId, type, data, metadata].every((text) => typeof text === 'string' && text.isWellFormed())

const reasonOf = (cause: NotCommitted): string => {
  switch (cause._tag) {
    case 'TooManyWaiting':
      return 'too many appends waiting'
    case 'Closed':
      return 'the event store is closed'
    case 'Failed':
      return cause.reason
  }
}

/** The thread that writes, which `damage` stops: nothing is written to a damaged log. */
export interface Writing {
  readonly writer: GroupCommit<WriteRequest, WriteAnswer>
  readonly damage: () => string | null
}

/** What the queue to the thread says in the span of an append: when it was handed over, and how many share its transaction. */
const courseIn = (span: Span): Course => ({
  sent: () => void span.addEvent('sent to the writer'),
  answered: (together) => void span.setAttribute('kyc.commit.requests', together),
})

const submit = async (
  { writer, damage }: Writing,
  request: WriteRequest,
  span: Span | null = null,
): Promise<E.Either<StoreUnavailable, WriteAnswer>> => {
  const reason = damage()
  if (reason !== null) return E.left(storeUnavailable(reason))
  return E.mapLeft((cause: NotCommitted) => storeUnavailable(reasonOf(cause)))(
    await writer.submit(request, span === null ? undefined : courseIn(span))(),
  )
}

/** An append as its caller asks for it. */
export const requestAppend =
  (writing: Writing): EventStore['append'] =>
  (stream, expected, events) => {
    if (events.length === 0) throw new Error('an append holds at least one event')
    if (!events.every(isText)) return TE.left(appendRefused('a text of an event is not a well-formed string'))
    const request = { stream, expected, events }
    return async () => {
      const answer = await submit(writing, request, activeSpan())
      return E.isLeft(answer) ? answer : (answer.right as AppendAnswer)
    }
  }

/** More removals in one transaction would hold up the appends beside them for too long: each may be of thousands of rows. */
const REMOVALS_AT_ONCE = 100

/** A removal as its caller asks for it. */
export const requestRemoval = (writing: Writing): ((request: RemovalRequest) => ReturnType<EventStore['erase']>) => {
  const inSlot = slots(REMOVALS_AT_ONCE)
  return (request) => () =>
    inSlot(async () => {
      const answer = await submit(writing, request)
      return E.isLeft(answer) ? answer : (answer.right as RemovalAnswer)
    })
}

/** A purge as its caller asks for it. */
export const requestPurge =
  (writing: Writing): EventStore['purge'] =>
  async () => {
    await askToPurge(async (request) => {
      const answer = await submit(writing, request)
      if (E.isLeft(answer)) throw new Error(answer.left.reason)
      return answer.right as PurgeAnswer
    })
    return { files: 'gone', told: [] }
  }
