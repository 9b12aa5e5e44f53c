import { BroadcastChannel } from 'node:worker_threads'
import type { Database } from 'better-sqlite3'
import { failed } from '../../sqlite/groupCommitMessages.ts'
import { sharedCount } from './sharedCount.ts'

const LOOK_EVERY_MS = 1000
/** SQLite moves the write-ahead log into the database after a commit, once it has so many pages: with so many times as many it could not. */
const TIMES = 2

const nameOf = (file: string): string => `write-ahead log of ${file}`
const channelOf = (file: string): BroadcastChannel => new BroadcastChannel(nameOf(file))
/** Whether anything was ever told of it: each word costs whoever hears it the code of fetch, once. */
const isToldOf = (file: string): Int32Array<SharedArrayBuffer> => sharedCount(nameOf(file))

/**
 * Looks, in the thread that writes to the log `file`, whether SQLite could move the write-ahead log, and says why it cannot: by itself it tells nobody,
 * and what nobody mends grows. It is a look at two numbers in memory, once a second, until there is something wrong. Gives the end of it: nothing is
 * moved into a file that was found damaged.
 */
export const watchWal = (db: Database, file: string): (() => void) => {
  const channel = channelOf(file)
  channel.unref()
  const isTold = isToldOf(file)
  const most = TIMES * Number(db.pragma('wal_autocheckpoint', { simple: true }))
  const isLeft = (mode: 'NOOP' | 'PASSIVE'): boolean => {
    const [{ log, checkpointed }] = db.pragma(`wal_checkpoint(${mode})`) as [{ log: number; checkpointed: number }]
    return log - checkpointed > most
  }
  const whyNot = (): string | null => {
    try {
      return isLeft('NOOP') && isLeft('PASSIVE') ? 'whoever reads it (a backup, a copy) holds it' : null
    } catch (error) {
      return failed(error).reason
    }
  }
  let told: string | null = null
  const tell = (reason: string | null): void => {
    told = reason
    Atomics.store(isTold, 0, 1)
    channel.postMessage(reason)
  }
  // A thread that has ended may have said something else.
  if (Atomics.load(isTold, 0) > 0) tell(null)
  const look = (): void => {
    const reason = db.open ? whyNot() : told
    if (reason !== told) tell(reason)
  }
  const looking = setInterval(look, LOOK_EVERY_MS).unref()
  return () => clearInterval(looking)
}

/** What `watchWal` says, for a person; `null` where nothing is wrong. */
export const hearWal = (file: string): { readonly reason: () => string | null; readonly close: () => void } => {
  const channel = channelOf(file)
  // Before the thread is started, which shares it from then on.
  isToldOf(file)
  let why: unknown = null
  channel.onmessage = ({ data }: { readonly data?: unknown }) => {
    why = data
  }
  channel.unref()
  const reason = (): string | null =>
    typeof why === 'string' ? `its write-ahead log is not moved into it: ${why}` : null
  return { reason, close: () => channel.close() }
}
