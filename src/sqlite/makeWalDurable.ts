import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import type { Database } from 'better-sqlite3'

const AT_ONCE_BYTES = 4 * 1024 * 1024

const openIfThere = (path: string): number | null => {
  try {
    return openSync(path, 'r+')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

const writeAgain = (path: string): void => {
  const opened = openIfThere(path)
  if (opened === null) return
  try {
    const { size } = fstatSync(opened)
    const bytes = Buffer.allocUnsafe(Math.min(size, AT_ONCE_BYTES))
    for (let at = 0; at < size; ) {
      const read = readSync(opened, bytes, 0, Math.min(bytes.length, size - at), at)
      if (read === 0) break
      for (let done = 0; done < read; ) done += writeSync(opened, bytes, done, read - done, at + done)
      at += read
    }
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

/**
 * Writes over the write-ahead log of the database `file`, which `db` has open, what it holds, and syncs it. After a sync that failed Linux
 * takes for written what is in memory alone: whoever reads gets it, no later sync writes it, and a power cut takes it. A process that begins with
 * such a log goes by transactions that are on no disk, and a checkpoint of them that the power cuts short leaves a database that is
 * half of them ([ADR 48](../../docs/adr/0048-what-a-failed-sync-left-is-written-again.md)). Before the first checkpoint, then; nobody writes
 * meanwhile, and who reads sees the same bytes. Throws where it cannot be written.
 */
export const makeWalDurable = (db: Database, file: string): void =>
  db.transaction(() => writeAgain(`${file}-wal`)).immediate()
