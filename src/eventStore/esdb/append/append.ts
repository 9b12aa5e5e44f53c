import { randomUUID } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import {
  type AppendError,
  type Appended,
  appendRefused,
  type ExpectedRevision,
  storeUnavailable,
} from '../../appendOutcome.ts'
import type { EventStore } from '../../eventStore.ts'
import type { NewEvent, RecordedEvent, StreamName } from '../../recordedEvent.ts'
import { appendAnswer, appendRequest } from '../client/appendMessages.ts'
import { type Failure, failureOf } from '../client/failure.ts'
import type { Connection, Session } from '../connection/connection.ts'
import { backOff, pause } from '../pause.ts'
import { asStored, type ProposedEvent, sizeOf } from '../stored/storedEvent.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import { within } from '../within.ts'
import { slots } from './slots.ts'

/** From its acceptance on, an append is tried for so long. */
const TRIED_MS = 8000
/**
 * What has no answer for so long is sent again; the first is short because the server answers the repetition of
 * an append that is not replicated yet with silence.
 */
const ATTEMPTS_MS = [1000, 2000]
const LONGEST_ATTEMPT_MS = 3000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500
/** More in flight would wait in the server, and their time-outs with them. */
const AT_ONCE = 64
/** One more that waits is refused. */
const MOST_WAITING = 10_000
/** At a message of nearly 16 MiB the server ends the batch stream, and with it every append in flight. */
const LARGEST_BYTES = 15 * 1024 * 1024

interface Request {
  readonly stream: StreamName
  readonly expected: ExpectedRevision
  readonly events: readonly NewEvent[]
  readonly stored: readonly ProposedEvent[]
}

type Answer = E.Either<AppendError, Appended>
type Outcome = { readonly _tag: 'Known'; readonly answer: Answer } | { readonly _tag: 'Open'; readonly reason: string }

export interface Appending {
  readonly append: EventStore['append']
  /** Refuses further appends, and resolves when those accepted have their answer. */
  readonly finish: () => Promise<void>
}

/**
 * Appends at the exact revision until it is known what became of it. After a failure that leaves it open the same ids
 * are sent at the same revision again: the server acknowledges them where they stand. It gives up after some seconds.
 */
export const appending = (
  connection: Connection,
  names: StreamNames,
  readStream: EventStore['readStream'],
): Appending => {
  const inSlot = slots(AT_ONCE)
  const underWay = new Set<Promise<unknown>>()
  let finished = false

  /**
   * Where these very events stand right after `expected`; null when others stand there, or nothing. Another writer of the
   * same events wrote them, unless an earlier try of this append is still open and their metadata are those of this one.
   */
  const standing = async ({ stream, expected, events }: Request, isFirstTry: boolean): Promise<Appended | null> => {
    const found: RecordedEvent[] = []
    const from = expected === 'no-stream' ? 0 : expected + 1
    for await (const event of readStream(stream, { from, limit: events.length })) found.push(event)
    const same = found.length === events.length && found.every((event, i) => event.eventId === events[i]?.eventId)
    const last = found.at(-1)
    if (!same || last === undefined) return null
    const { revision, position } = last
    const own = !isFirstTry && found.every((event, i) => event.metadata === events[i]?.metadata)
    return own ? { revision, position } : { revision, position, already: true }
  }

  /** The stream has moved on: by others, or by an earlier try of this append whose answer was lost. */
  const conflict = async (
    request: Request,
    actual: ExpectedRevision,
    milliseconds: number,
    isFirstTry: boolean,
  ): Promise<Outcome> => {
    const { stream, expected } = request
    try {
      const place = await within(milliseconds, standing(request, isFirstTry))
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

  const attempt = async (
    session: Session,
    request: Request,
    milliseconds: number,
    left: number,
    isFirstTry: boolean,
  ): Promise<Outcome> => {
    const { stream, expected, stored } = request
    const message = appendRequest(randomUUID(), names.stored(stream), expected, stored)
    let answer: E.Either<Failure, Appended>
    try {
      answer = appendAnswer(await session.sendAppend(message, milliseconds))
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
      case 'StreamDeleted':
        return { _tag: 'Known', answer: E.left(appendRefused(failure.reason)) }
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

  const untilKnown = async (request: Request): Promise<Answer> => {
    const until = performance.now() + TRIED_MS
    const left = (): number => Math.ceil(until - performance.now())
    let reason: string | null = null
    for (let number = 0; left() > 0; number += 1) {
      const session = await connection.session(Math.min(connection.patience(), left()))
      if (session === null) break
      const outcome = await inSlot(async (): Promise<Outcome | null> => {
        if (session.givenUp.aborted || left() <= 0) return null
        const milliseconds = Math.min(ATTEMPTS_MS[number] ?? LONGEST_ATTEMPT_MS, left())
        return attempt(session, request, milliseconds, left(), number === 0)
      })
      if (outcome?._tag === 'Known') return outcome.answer
      if (outcome === null) continue
      reason = outcome.reason
      await pause(backOff(number, FIRST_PAUSE_MS, LONGEST_PAUSE_MS))
    }
    return E.left(storeUnavailable(reason ?? connection.reason()))
  }

  const append: EventStore['append'] = (stream, expected, events) => {
    if (events.length === 0) throw new Error('an append holds at least one event')
    const stored: ProposedEvent[] = []
    for (const event of events) {
      const one = asStored(event)
      if (E.isLeft(one)) return async () => E.left(appendRefused(one.left))
      stored.push(one.right)
    }
    if (sizeOf(stored) > LARGEST_BYTES)
      return async () => E.left(appendRefused('the events are too large for one message'))
    return async () => {
      if (finished) return E.left(storeUnavailable('the event store is closed'))
      if (underWay.size >= MOST_WAITING) return E.left(storeUnavailable('too many appends waiting'))
      const answer = untilKnown({ stream, expected, events, stored })
      underWay.add(answer)
      return answer.finally(() => underWay.delete(answer))
    }
  }

  return {
    append,
    finish: async () => {
      finished = true
      await Promise.allSettled(underWay)
    },
  }
}

const open = (failure: Failure): Outcome => ({
  _tag: 'Open',
  reason: 'reason' in failure ? failure.reason : 'the event store has no leader',
})
