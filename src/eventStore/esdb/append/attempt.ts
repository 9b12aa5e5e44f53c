import { randomUUID } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import { fail } from '../../../tracing/tracing.ts'
import {
  type AppendError,
  type Appended,
  appendRefused,
  type ExpectedRevision,
  streamErased,
} from '../../appendOutcome.ts'
import type { EventStore } from '../../eventStore.ts'
import { appendAnswer, appendRequest } from '../client/appendMessages.ts'
import { type Failure, failureOf } from '../client/failure.ts'
import { within } from '../client/within.ts'
import type { Connection, Session } from '../connection/connection.ts'
import { inCallSpan } from '../connection/inCallSpan.ts'
import type { ProposedEvent } from '../stored/storedEvent.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import { findStanding, type Proposed } from './findStanding.ts'

/** An append, with its events as they are sent each time. */
export interface Request extends Proposed {
  readonly stored: readonly ProposedEvent[]
}

export type Answer = E.Either<AppendError, Appended>

/** What is known after one try: what became of the append, or why that is open. */
export type Outcome =
  | { readonly _tag: 'Known'; readonly answer: Answer }
  | { readonly _tag: 'Open'; readonly reason: string }

/** One try on a session: an answer is waited for `milliseconds`, `left` are left for the append as a whole. */
type Attempt = (
  session: Session,
  request: Request,
  milliseconds: number,
  left: number,
  isFirstTry: boolean,
) => Promise<Outcome>

/** Tries an append once, and finds out what became of it as far as the server says. */
export const attempting = (
  connection: Connection,
  names: StreamNames,
  readStream: EventStore['readStream'],
): Attempt => {
  /** The stream has moved on: by others, or by an earlier try of this append whose answer was lost. */
  const conflict = async (
    request: Request,
    actual: ExpectedRevision,
    milliseconds: number,
    isFirstTry: boolean,
  ): Promise<Outcome> => {
    const { stream, expected } = request
    try {
      const place = await within(milliseconds, findStanding(readStream, request, isFirstTry))
      const answer: Answer =
        place === null ? E.left({ _tag: 'WrongExpectedVersion', stream, expected, actual }) : E.right(place)
      return { _tag: 'Known', answer }
    } catch (error) {
      return { _tag: 'Open', reason: error instanceof Error ? error.message : String(error) }
    }
  }

  /** Of one stream, it is so for good; on the whole it is an outage. */
  const denied = async (session: Session, failure: Failure & { readonly _tag: 'Denied' }): Promise<Outcome> => {
    try {
      if (await connection.mayOtherwise(session, 'write')) {
        return { _tag: 'Known', answer: E.left(appendRefused('the event store denies access to this stream')) }
      }
    } catch (error) {
      connection.failed(session, failureOf(error))
    }
    return open(failure)
  }

  return async (session, request, milliseconds, left, isFirstTry) => {
    const { stream, expected, stored } = request
    const message = appendRequest(randomUUID(), names.stored(stream), expected, stored)
    let answer: E.Either<Failure, Appended>
    try {
      answer = await inCallSpan('streams.append', session, async (span) => {
        const answered = appendAnswer(await session.sendAppend(message, milliseconds))
        if (E.isLeft(answered)) fail(span, answered.left._tag)
        return answered
      })
    } catch (error) {
      // Of the batch stream: whatever it says, it does not say what became of this append.
      const failure = failureOf(error)
      connection.failed(session, failure)
      return open(failure)
    }
    if (E.isRight(answer)) {
      connection.answered(session)
      return { _tag: 'Known', answer }
    }
    const failure = answer.left
    connection.failed(session, failure)
    switch (failure._tag) {
      case 'Refused':
        return { _tag: 'Known', answer: E.left(appendRefused(failure.reason)) }
      case 'StreamDeleted':
        return { _tag: 'Known', answer: E.left(streamErased(stream)) }
      case 'Denied':
        return denied(session, failure)
      case 'WrongExpectedVersion':
        return conflict(request, failure.actual, left, isFirstTry)
      case 'Unreachable':
      case 'NoAnswer':
      case 'NotLeader':
      case 'StreamNotFound':
        return open(failure)
      default:
        return failure satisfies never
    }
  }
}

const open = (failure: Failure): Outcome => ({
  _tag: 'Open',
  reason: 'reason' in failure ? failure.reason : 'the event store has no leader',
})
