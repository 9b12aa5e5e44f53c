import type { EventStoreDBClient } from '@eventstore/db-client'
import { storeUnreachable } from '../../readFailure.ts'
import { failureOf } from '../client/failure.ts'
import type { Connection, Session } from '../connection/connection.ts'
import { inCallSpan } from '../connection/inCallSpan.ts'
import { backOff, pause } from '../connection/pause.ts'

/** A read that gives nothing for so long is begun again. */
export const ANSWER_MS = 3000
/** Without any progress for so long it fails. */
export const TRIED_MS = 8000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500

/**
 * Takes note of a read that failed. Throws where another try is no use, or where there is no time left for one (`until`, in
 * milliseconds of `performance.now()`); otherwise the caller tries again.
 */
export const readFailed = (connection: Connection, session: Session, error: unknown, until: number): void => {
  const failure = failureOf(error)
  connection.failed(session, failure)
  if (failure._tag === 'Refused' || failure._tag === 'Denied') throw new Error(failure.reason)
  if (performance.now() >= until) throw storeUnreachable(connection.reason())
}

/** Between the `attempt`-th try (from 0) and the next one. */
export const pauseAfter = (attempt: number): Promise<void> => pause(backOff(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS))

/** The session, for a read that fails at `until`. Throws `storeUnreachable` where there is none. */
export const sessionUntil = async (connection: Connection, until: number): Promise<Session> => {
  const session = await connection.session(Math.min(connection.patience(), until - performance.now()))
  if (session === null) throw storeUnreachable(connection.reason())
  return session
}

/** What a short read of the log gives, tried until the server answers it. Throws `storeUnreachable` after some seconds. */
export const untilAnswered = async <A>(
  connection: Connection,
  read: (client: EventStoreDBClient, session: Session) => Promise<A>,
): Promise<A> => {
  const until = performance.now() + TRIED_MS
  for (let attempt = 0; ; attempt += 1) {
    const session = await sessionUntil(connection, until)
    try {
      const reading = () => connection.call(session, ANSWER_MS, (client) => read(client, session))
      return await inCallSpan('all.read', session, reading)
    } catch (error) {
      readFailed(connection, session, error, until)
    }
    await pauseAfter(attempt)
  }
}
