import { parentPort, receiveMessageOnPort } from 'node:worker_threads'
import type { Database } from 'better-sqlite3'
import * as E from 'fp-ts/lib/Either.js'
import type { FromThread, NotCommitted, ToThread } from './groupCommit.ts'

/** With so many requests a transaction waits for no further message. */
const ENOUGH = 512

type Answer<Result> = E.Either<NotCommitted, Result>

/**
 * The thread's side of `GroupCommit`: runs what has come in one transaction and answers once it is committed, that is on
 * disk where `synchronous` is FULL. A request whose `execute` throws is undone alone; when the transaction itself is
 * lost (disk full, I/O error, or what `before` throws) nothing of the batch is written. `before` is called at the beginning
 * of each transaction, `committed` after each commit.
 */
export const serveGroupCommit = <Request, Result>(
  db: Database,
  execute: (request: Request) => Result,
  { before = () => {}, committed = () => {} }: { readonly before?: () => void; readonly committed?: () => void } = {},
): void => {
  if (parentPort === null) throw new Error('serveGroupCommit runs in a worker thread')
  const port = parentPort
  const answer = (message: FromThread<Result>): void => port.postMessage(message)

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
      return E.left(failed(error))
    }
  }
  const inTransaction = db.transaction(
    (requests: readonly Request[], one: (request: Request) => Answer<Result>): readonly Answer<Result>[] => {
      before()
      return requests.map(one)
    },
  )

  /** Savepoints are for the batch in which a request fails: they would take a fifth of the thread's time. */
  const executeTogether = (requests: readonly Request[]): readonly Answer<Result>[] => {
    try {
      return inTransaction.immediate(requests, attempt)
    } catch (error) {
      if (!(error instanceof ExecutionFailed)) throw error
      return inTransaction.immediate(requests, attemptAlone)
    }
  }

  const commit = (requests: readonly Request[]): readonly Answer<Result>[] => {
    try {
      const answers = executeTogether(requests)
      committed()
      return answers
    } catch (error) {
      return requests.map(() => E.left(failed(error)))
    }
  }

  /** What has come while the last batch was committed shares the next transaction. */
  const next = (): ToThread<Request> | undefined => receiveMessageOnPort(port)?.message

  const close = (): void => {
    closeDatabase(db)
    port.close()
  }

  port.on('message', (first: ToThread<Request>) => {
    const requests: Request[] = []
    let message: ToThread<Request> | undefined = first
    while (message !== undefined && message !== 'close') {
      requests.push(...message)
      message = requests.length < ENOUGH ? next() : undefined
    }
    if (requests.length > 0) answer(commit(requests))
    if (message === 'close') close()
  })
  answer('ready')
}

/** A request threw while its batch was executed: nothing of the batch is written yet. */
class ExecutionFailed extends Error {}

const failed = (error: unknown): NotCommitted => ({
  _tag: 'Failed',
  reason:
    error instanceof Error ? ('code' in error ? `${error.message} (${error.code})` : error.message) : String(error),
})

const closeDatabase = (db: Database): void => {
  try {
    db.pragma('wal_checkpoint(TRUNCATE)')
  } catch {
    // Everything committed stands in the WAL, which the next opening reads.
  }
  db.close()
}
