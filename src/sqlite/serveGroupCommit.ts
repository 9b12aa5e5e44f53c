import { parentPort, receiveMessageOnPort } from 'node:worker_threads'
import type { Database } from 'better-sqlite3'
import * as E from 'fp-ts/lib/Either.js'
import { isDamage } from './damage.ts'
import {
  asTheyAre,
  type Crossing,
  type FromThread,
  failed,
  type NotCommitted,
  type ToThread,
} from './groupCommitMessages.ts'
import { inOneTransaction } from './inOneTransaction.ts'

/** So often a thread without requests looks whether it could commit. */
const LOOK_EVERY_MS = 1000

/** With so many requests a transaction waits for no further message. */
const ENOUGH = 512

type Answer<Result> = E.Either<NotCommitted, Result>

interface Hooks {
  readonly before?: () => void
  readonly committed?: () => void
  /** The file was found damaged. */
  readonly damaged?: () => void
}

/**
 * The thread's side of `GroupCommit`: runs what has come in one transaction and answers once it is committed, that is on
 * disk where `synchronous` is FULL. A request whose `execute` throws is undone alone; when the transaction itself is
 * lost (disk full, I/O error, or what `before` throws) nothing of the batch is written. `before` is called right before
 * each transaction, and every second; `committed` after each commit.
 *
 * From the first commit that fails until one succeeds the thread says so, and tries with a small one of its own: without
 * requests it would never find out. One is made before it serves, so that what says nothing can commit. Nothing more is
 * written to a file that was found damaged.
 */
export const serveGroupCommit = <Request, Result>(
  db: Database,
  execute: (request: Request) => Result,
  { before = () => {}, committed = () => {}, damaged = () => {} }: Hooks = {},
  { requests: packedRequests, answers: packedAnswers }: Crossing<Request, Result> = asTheyAre(),
): void => {
  if (parentPort === null) throw new Error('serveGroupCommit runs in a worker thread')
  const port = parentPort
  const answer = (message: FromThread): void => port.postMessage(message)

  /** Why nothing more is written: a damaged file gets no better by it. */
  let damage: string | null = null
  const check = (): void => {
    if (damage !== null) throw new Error(damage)
    before()
  }
  const executeTogether = inOneTransaction(db, execute, check)

  let fault: string | null = null
  const tell = (reason: string | null): void => {
    if (reason !== fault) answer({ fault: reason })
    fault = reason
  }
  const tellError = (error: unknown): void => {
    const { reason } = failed(error)
    if (isDamage(error)) {
      damage ??= reason
      damaged()
    }
    tell(reason)
  }

  const changesSoFar = db.prepare<[], number>('SELECT total_changes()').pluck()
  const commit = (requests: readonly Request[]): readonly Answer<Result>[] => {
    try {
      const before = changesSoFar.get()
      const { answers, lost } = executeTogether(requests)
      committed()
      if (lost !== null) tellError(lost)
      else if (changesSoFar.get() !== before) tell(null)
      return answers
    } catch (error) {
      tellError(error)
      return requests.map(() => E.left(failed(error)))
    }
  }

  /** Writes what stands there already: SQLite writes and syncs the page all the same. */
  const writeNothingNew = db.transaction(() => {
    db.pragma(`user_version = ${db.pragma('user_version', { simple: true })}`)
  })
  const tryToCommit = (): void => {
    try {
      check()
      writeNothingNew.immediate()
      tell(null)
    } catch (error) {
      tellError(error)
    }
  }
  const look = (): void => {
    if (fault !== null) return tryToCommit()
    try {
      check()
    } catch (error) {
      tellError(error)
    }
  }

  /** What has come while the last batch was committed shares the next transaction. */
  const next = (): ToThread | undefined => receiveMessageOnPort(port)?.message

  const looking = setInterval(look, LOOK_EVERY_MS)
  const close = (): void => {
    clearInterval(looking)
    closeDatabase(db)
    port.close()
  }

  port.on('message', (first: ToThread) => {
    const requests: Request[] = []
    let message: ToThread | undefined = first
    while (message !== undefined && message !== 'close') {
      requests.push(...packedRequests.unpack(message))
      message = requests.length < ENOUGH ? next() : undefined
    }
    if (requests.length > 0) {
      const begun = performance.now()
      const answers = commit(requests)
      answer({ answers: packedAnswers.pack(answers), seconds: (performance.now() - begun) / 1000 })
    }
    if (message === 'close') close()
  })
  tryToCommit()
  port.postMessage('ready')
}

const closeDatabase = (db: Database): void => {
  try {
    db.pragma('wal_checkpoint(TRUNCATE)')
  } catch {
    // Everything committed stands in the WAL, which the next opening reads.
  }
  db.close()
}
