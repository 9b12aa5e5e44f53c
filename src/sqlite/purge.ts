import { closeSync, openSync } from 'node:fs'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import { makeWalDurable } from './makeWalDurable.ts'
import { overwriteGaps } from './overwriteGaps.ts'

/** So many pages are given back to the file system in one transaction. */
const PAGES_AT_ONCE = 128
/** The thread waits so long for a reader to be done with a page or two; one that takes longer is asked after again. */
const READER_MS = 20
const AGAIN_MS = 50
/** A reader that holds the write-ahead log longer than this is told of. */
const PATIENCE_MS = 30_000

const number = (db: Database, pragma: string): number => Number(db.pragma(pragma, { simple: true }))

/** Moves what stands in the write-ahead log into the database and cuts it to nothing; `false` where a reader needs it. */
const emptyWal = (db: Database, file: string): boolean => {
  const waits = number(db, 'busy_timeout')
  db.pragma(`busy_timeout = ${READER_MS}`)
  try {
    const [{ busy = 1 } = {}] = db.pragma('wal_checkpoint(TRUNCATE)') as readonly { readonly busy?: number }[]
    return busy === 0
  } catch (error) {
    // Where it was the sync of that log that failed, the next one would not take along what is in it.
    makeWalDurable(db, file)
    throw error
  } finally {
    db.pragma(`busy_timeout = ${waits}`)
  }
}

export interface Purging {
  /**
   * Sees to it that no file of the database holds what was deleted before: free pages go back to the file system, where the file was
   * made so (`auto_vacuum`), what SQLite left of moved rows is overwritten, and the write-ahead log is cut. In steps of some
   * milliseconds, between which the thread commits what comes. Throws, with the reason, where a reader holds the write-ahead log.
   */
  readonly purge: () => Promise<void>
  /** To be called once the connection is closed. */
  readonly close: () => void
}

/** So that what is deleted over this connection is overwritten, and never stands in a temporary file. */
export const deleteSecurely = (db: Database): void => {
  db.pragma('secure_delete = ON')
  db.pragma('temp_store = MEMORY')
}

/**
 * Purges the database `file` over `db`, the only connection that writes to it. `stepped` is called after each step, outside of
 * any transaction; `before` before it, and throws where the file must not be written.
 */
export const purgingOf = (
  db: Database,
  file: string,
  { before = () => {}, stepped = () => {} }: { readonly before?: () => void; readonly stepped?: () => void } = {},
): Purging => {
  /** Kept open: with the first descriptor that a process closes of a file, it loses all its locks on it. */
  let fd: number | null = null

  /** Runs a step outside of any transaction, as soon as it can: `null` is not yet. */
  const untilDone = async <A>(step: () => A | null): Promise<A> => {
    for (const until = performance.now() + PATIENCE_MS; ; ) {
      if (!db.open) throw new Error('the database is closed')
      if (!db.inTransaction) {
        before()
        const done = step()
        stepped()
        if (done !== null) return done
      }
      if (performance.now() >= until) {
        throw new Error('a reader holds the write-ahead log: a backup, a copy or a verification is under way')
      }
      await sleep(AGAIN_MS)
    }
  }

  const giveBackPages = async (): Promise<void> => {
    if (number(db, 'auto_vacuum') === 0) return
    const giveBack = (): boolean => {
      db.pragma(`incremental_vacuum(${PAGES_AT_ONCE})`)
      return number(db, 'freelist_count') === 0
    }
    while (!(await untilDone(giveBack))) await turn()
  }

  const overwrite = async (): Promise<void> => {
    fd ??= openSync(file, 'r+')
    const opened = fd
    let first = 1
    const step = () => {
      if (!emptyWal(db, file)) return null
      db.exec('BEGIN IMMEDIATE')
      try {
        return overwriteGaps(opened, first)
      } finally {
        db.exec('COMMIT')
        // A page that was kept in memory would be written as it was.
        db.pragma('shrink_memory')
      }
    }
    for (;;) {
      const { next } = await untilDone(step)
      if (next === null) return
      first = next
      await turn()
    }
  }

  return {
    purge: async () => {
      await giveBackPages()
      await overwrite()
      await untilDone(() => (emptyWal(db, file) ? true : null))
      // With the power a log that was cut could come back, and with it what was overwritten.
      makeWalDurable(db, file)
    },
    close: () => {
      if (fd !== null) closeSync(fd)
      fd = null
    },
  }
}
