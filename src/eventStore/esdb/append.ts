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
import { backOff, pause } from './within.ts'

/** From its acceptance on, an append is tried for so long. */
const TRIED_MS = 8000
/**
 * A call without an answer for so long is made again; the first is short
 * because the server answers the repetition of an append that is not replicated yet with silence.
 */
const ATTEMPTS_MS = [1000, 2000]
const LONGEST_ATTEMPT_MS = 3000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500
/** The server takes 100 calls at a time on one connection; the rest is for reads. */
const AT_ONCE = 64
const LONGEST_QUEUE = 10_000

type Answer = E.Either<AppendError, Appended>

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
  const { take } = slots(AT_ONCE, LONGEST_QUEUE)
  const underWay = new Set<Promise<unknown>>()
  const never = new AbortController().signal
  let finished = false

  const once = async (
    session: Session,
    milliseconds: number,
    stream: StreamName,
    expected: ExpectedRevision,
    events: readonly EventData[],
  ): Promise<Appended | null> => {
    const { success, nextExpectedRevision, position } = await connection.call(session, milliseconds, (client) =>
      client.appendToStream(names.stored(stream), [...events], {
        expectedRevision: expected === 'no-stream' ? NO_STREAM : BigInt(expected),
        deadline: milliseconds,
      }),
    )
    return success && position !== undefined
      ? { revision: Number(nextExpectedRevision), position: positionOf(position) }
      : null
  }

  /** Where these very events stand right after `expected`; null when others stand there, or nothing. */
  const standing = async (
    stream: StreamName,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<Appended | null> => {
    const found: RecordedEvent[] = []
    const from = expected === 'no-stream' ? 0 : expected + 1
    for await (const event of readStream(stream, { from, limit: events.length })) found.push(event)
    const same = found.length === events.length && found.every((event, i) => event.eventId === events[i]?.eventId)
    const last = found.at(-1)
    return same && last !== undefined ? { revision: last.revision, position: last.position } : null
  }

  const untilKnown = async (
    stream: StreamName,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
    stored: readonly EventData[],
    until: number,
  ): Promise<Answer> => {
    let reason: string | null = null
    for (let attempt = 0; ; attempt += 1) {
      const session = await connection.session(Math.max(0, Math.min(connection.patience(), until - performance.now())))
      const left = until - performance.now()
      if (session === null || left <= 0) return E.left(unavailable(reason ?? connection.reason()))
      try {
        const appended = await once(
          session,
          Math.min(ATTEMPTS_MS[attempt] ?? LONGEST_ATTEMPT_MS, Math.ceil(left)),
          stream,
          expected,
          stored,
        )
        // Acknowledged without a place: it is read back.
        const place = appended ?? (await standing(stream, expected, events))
        if (place !== null) return E.right(place)
        reason = 'the event store did not say where the events stand'
      } catch (error) {
        const failure = failureOf(error)
        switch (failure._tag) {
          case 'Refused':
            return E.left({ _tag: 'AppendRefused', reason: failure.reason })
          case 'WrongExpectedVersion': {
            const { actual } = failure
            const mayStand = actual !== 'no-stream' && actual >= (expected === 'no-stream' ? 0 : expected + 1)
            try {
              const place = mayStand ? await standing(stream, expected, events) : null
              return place !== null
                ? E.right(place)
                : E.left({ _tag: 'WrongExpectedVersion', stream, expected, actual })
            } catch (readError) {
              reason = readError instanceof Error ? readError.message : String(readError)
            }
            break
          }
          case 'Unreachable':
          case 'NoAnswer':
            reason = failure.reason
            break
          case 'NotLeader':
          case 'StreamNotFound':
            break
          default:
            failure satisfies never
        }
      }
      await pause(Math.min(backOff(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS), Math.max(0, left)), never)
    }
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
      const until = performance.now() + TRIED_MS
      const answer = take(() => untilKnown(stream, expected, events, stored, until))
      if (answer === null) return E.left(unavailable('too many appends waiting'))
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
