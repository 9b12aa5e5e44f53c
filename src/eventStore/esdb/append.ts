import { type EventData, NO_STREAM } from '@eventstore/db-client'
import * as E from 'fp-ts/lib/Either.js'
import type {
  AppendError,
  Appended,
  EventStore,
  ExpectedRevision,
  NewEvent,
  RecordedEvent,
  StoreUnavailable,
  StreamName,
} from '../eventStore.ts'
import type { Connection, Session } from './connection.ts'
import { failureOf } from './failure.ts'
import { positionOf } from './position.ts'
import { slots } from './slots.ts'
import { asStored } from './storedEvent.ts'
import type { StreamNames } from './streamNames.ts'
import { backOff, pause, within } from './within.ts'

/** From its acceptance on, an append is tried for so long. */
const TRIED_MS = 8000
/**
 * A call without an answer for so long is made again; the first is short because the server answers the repetition of
 * an append that is not replicated yet with silence.
 */
const ATTEMPTS_MS = [1000, 2000]
const LONGEST_ATTEMPT_MS = 3000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500
/** The server takes 100 calls at a time on one connection; the rest is for reads. */
const AT_ONCE = 64
/** One more that waits is refused. */
const MOST_WAITING = 10_000

interface Request {
  readonly stream: StreamName
  readonly expected: ExpectedRevision
  readonly events: readonly NewEvent[]
  readonly stored: readonly EventData[]
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

  const send = (session: Session, { stream, expected, stored }: Request, milliseconds: number) =>
    connection.call(session, milliseconds, (client) =>
      client.appendToStream(names.stored(stream), [...stored], {
        expectedRevision: expected === 'no-stream' ? NO_STREAM : BigInt(expected),
        deadline: milliseconds,
      }),
    )

  /** Where these very events stand right after `expected`; null when others stand there, or nothing. */
  const standing = async ({ stream, expected, events }: Request): Promise<Appended | null> => {
    const found: RecordedEvent[] = []
    const from = expected === 'no-stream' ? 0 : expected + 1
    for await (const event of readStream(stream, { from, limit: events.length })) found.push(event)
    const same = found.length === events.length && found.every((event, i) => event.eventId === events[i]?.eventId)
    const last = found.at(-1)
    return same && last !== undefined ? { revision: last.revision, position: last.position } : null
  }

  /** The stream has moved on: by others, or by an earlier try of this append whose answer was lost. */
  const conflict = async (request: Request, actual: ExpectedRevision, milliseconds: number): Promise<Outcome> => {
    const { stream, expected } = request
    try {
      const place = await within(milliseconds, standing(request))
      const answer: Answer =
        place === null ? E.left({ _tag: 'WrongExpectedVersion', stream, expected, actual }) : E.right(place)
      return { _tag: 'Known', answer }
    } catch (error) {
      return { _tag: 'Open', reason: error instanceof Error ? error.message : String(error) }
    }
  }

  const attempt = async (session: Session, request: Request, milliseconds: number, left: number): Promise<Outcome> => {
    try {
      const { nextExpectedRevision, position } = await send(session, request, milliseconds)
      if (position === undefined) return { _tag: 'Open', reason: 'the event store did not say where the events stand' }
      const appended = { revision: Number(nextExpectedRevision), position: positionOf(position) }
      return { _tag: 'Known', answer: E.right(appended) }
    } catch (error) {
      const failure = failureOf(error)
      switch (failure._tag) {
        case 'Refused':
        case 'Denied':
          return { _tag: 'Known', answer: E.left({ _tag: 'AppendRefused', reason: failure.reason }) }
        case 'WrongExpectedVersion':
          return conflict(request, failure.actual, left)
        case 'Unreachable':
        case 'NoAnswer':
          return { _tag: 'Open', reason: failure.reason }
        case 'NotLeader':
        case 'StreamNotFound':
          return { _tag: 'Open', reason: 'the event store has no leader' }
        default:
          return failure satisfies never
      }
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
        return attempt(session, request, Math.min(ATTEMPTS_MS[number] ?? LONGEST_ATTEMPT_MS, left()), left())
      })
      if (outcome?._tag === 'Known') return outcome.answer
      if (outcome === null) continue
      reason = outcome.reason
      await pause(backOff(number, FIRST_PAUSE_MS, LONGEST_PAUSE_MS))
    }
    return E.left(unavailable(reason ?? connection.reason()))
  }

  const append: EventStore['append'] = (stream, expected, events) => {
    if (events.length === 0) throw new Error('an append holds at least one event')
    const stored: EventData[] = []
    for (const event of events) {
      const one = asStored(event)
      if (E.isLeft(one)) return async () => E.left({ _tag: 'AppendRefused', reason: one.left })
      stored.push(one.right)
    }
    return async () => {
      if (finished) return E.left(unavailable('the event store is closed'))
      if (underWay.size >= MOST_WAITING) return E.left(unavailable('too many appends waiting'))
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

const unavailable = (reason: string): StoreUnavailable => ({ _tag: 'StoreUnavailable', reason })
