import Sqlite, { type Database } from 'better-sqlite3'
import * as E from 'fp-ts/lib/Either.js'
import { failed, type NotCommitted } from './groupCommitMessages.ts'

type Answer<Result> = E.Either<NotCommitted, Result>

interface Executed<Result> {
  /** One for each request, in their order. */
  readonly answers: readonly Answer<Result>[]
  /** What one request of the batch met that none other may get round; `null` if nothing. */
  readonly lost: unknown
}

/**
 * Runs requests in one transaction. A request whose `execute` throws is undone alone. Throws when the transaction itself is
 * lost, or what `check` throws right before it: nothing of the batch is written then.
 */
export const inOneTransaction = <Request, Result>(
  db: Database,
  execute: (request: Request) => Result,
  check: () => void,
): ((requests: readonly Request[]) => Executed<Result>) => {
  let lost: unknown = null
  const attempt = (request: Request): Answer<Result> => {
    try {
      return E.right(execute(request))
    } catch (cause) {
      throw new ExecutionFailed('a request of the batch failed', { cause })
    }
  }
  // Inside the batch's transaction better-sqlite3 makes of this one a savepoint.
  const executeAlone = db.transaction((request: Request) => execute(request))
  const attemptAlone = (request: Request): Answer<Result> => {
    try {
      return E.right(executeAlone(request))
    } catch (error) {
      if (!db.inTransaction) throw error
      if (isOfStorage(error)) lost = error
      return E.left(failed(error))
    }
  }
  const transaction = db.transaction(
    (requests: readonly Request[], one: (request: Request) => Answer<Result>): readonly Answer<Result>[] =>
      requests.map(one),
  )
  const run: typeof transaction.immediate = (requests, one) => {
    check()
    return transaction.immediate(requests, one)
  }

  /** Savepoints are for the batch in which a request fails: they would take a fifth of the thread's time. */
  const answersTo = (requests: readonly Request[]): readonly Answer<Result>[] => {
    try {
      return run(requests, attempt)
    } catch (error) {
      if (!(error instanceof ExecutionFailed)) throw error
      return run(requests, attemptAlone)
    }
  }

  return (requests) => {
    lost = null
    const answers = answersTo(requests)
    return { answers, lost }
  }
}

/** A request threw while its batch was executed: nothing of the batch is written yet. */
class ExecutionFailed extends Error {}

/** What the request itself is to blame for says nothing about the next one. */
const isOfStorage = (error: unknown): boolean =>
  error instanceof Sqlite.SqliteError && !/^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH|RANGE|ERROR)/.test(error.code)
