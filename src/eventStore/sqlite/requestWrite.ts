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

const submit = (
  { writer, damage }: Writing,
  request: WriteRequest,
  span: Span | null = null,
): Promise<E.Either<NotCommitted, WriteAnswer>> => {
  const reason = damage()
  return reason === null
    ? writer.submit(request, span === null ? undefined : courseIn(span))()
    : Promise.resolve(E.left({ _tag: 'Failed', reason }))
}

const orUnavailable = <Answer extends AppendAnswer | RemovalAnswer>(
  answer: E.Either<NotCommitted, WriteAnswer>,
): Answer | E.Either<StoreUnavailable, never> =>
  E.isLeft(answer) ? E.left(storeUnavailable(reasonOf(answer.left))) : (answer.right as Answer)

/** An append as its caller asks for it. */
export const requestAppend =
  (writing: Writing): EventStore['append'] =>
  (stream, expected, events) => {
    if (events.length === 0) throw new Error('an append holds at least one event')
    if (!events.every(isText)) return TE.left(appendRefused('a text of an event is not a well-formed string'))
    const request = { stream, expected, events }
    return () => submit(writing, request, activeSpan()).then(orUnavailable<AppendAnswer>)
  }

/** More removals in one transaction would hold up the appends beside them for too long: each may be of thousands of rows. */
const REMOVALS_AT_ONCE = 100

/** A removal as its caller asks for it, part by part. */
export const requestRemoval = (writing: Writing): ((request: RemovalRequest) => ReturnType<EventStore['erase']>) => {
  const inSlot = slots(REMOVALS_AT_ONCE)
  const remove = async (request: RemovalRequest) => {
    for (;;) {
      const answer = await submit(writing, request).then(orUnavailable<RemovalAnswer>)
      if (E.isRight(answer)) return answer
      const { left } = answer
      if (left._tag !== 'PartRemoved') return E.left(left)
    }
  }
  return (request) => () => inSlot(() => remove(request))
}

/** A purge as its caller asks for it. */
export const requestPurge =
  (writing: Writing): EventStore['purge'] =>
  async () => {
    await askToPurge(async (request) => {
      const answer = await submit(writing, request)
      if (E.isLeft(answer)) throw new Error(reasonOf(answer.left))
      return answer.right as PurgeAnswer
    })
    return { files: 'gone', told: [] }
  }
