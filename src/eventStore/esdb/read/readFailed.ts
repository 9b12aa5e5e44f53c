import { storeUnreachable } from '../../readFailure.ts'
import { failureOf } from '../client/failure.ts'
import type { Connection, Session } from '../connection/connection.ts'

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
