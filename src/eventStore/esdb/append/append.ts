import * as E from 'fp-ts/lib/Either.js'
import { appendRefused, storeUnavailable } from '../../appendOutcome.ts'
import type { EventStore } from '../../eventStore.ts'
import { slots } from '../../slots.ts'
import type { Connection } from '../connection/connection.ts'
import { backOff, pause } from '../connection/pause.ts'
import { asStored, type ProposedEvent, sizeOf } from '../stored/storedEvent.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import { type Answer, attempting, type Outcome, type Request } from './attempt.ts'

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

interface Appending {
  readonly append: EventStore['append']
  /** How many were sent again. */
  readonly retries: () => number
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
  const attempt = attempting(connection, names, readStream)
  const inSlot = slots(AT_ONCE)
  const underWay = new Set<Promise<unknown>>()
  let finished = false
  let retries = 0

  const untilKnown = async (request: Request): Promise<Answer> => {
    const until = performance.now() + TRIED_MS
    const left = (): number => Math.ceil(until - performance.now())
    let reason: string | null = null
    for (let number = 0; left() > 0; number += 1) {
      const session = await connection.session(Math.min(connection.patience(), left()))
      if (session === null) break
      const outcome = await inSlot(async (): Promise<Outcome | null> => {
        if (session.givenUp.aborted || left() <= 0) return null
        if (number > 0) retries += 1
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
    // A server takes it as often as it stands there.
    if (new Set(events.map(({ eventId }) => eventId)).size < events.length)
      return async () => E.left(appendRefused('an event id stands twice in this append'))
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
    retries: () => retries,
    finish: async () => {
      finished = true
      await Promise.allSettled(underWay)
    },
  }
}
