import { closeSync, existsSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import type { Database } from 'better-sqlite3'

const AT_ONCE_BYTES = 1024 * 1024

const openIfThere = (path: string): number | null => {
  try {
    return openSync(path, 'r+')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

const writeOver = (fd: number): void => {
  const { size } = fstatSync(fd)
  const bytes = Buffer.allocUnsafe(Math.min(size, AT_ONCE_BYTES))
  for (let at = 0; at < size; ) {
    const read = readSync(fd, bytes, 0, Math.min(bytes.length, size - at), at)
    if (read === 0) break
    for (let done = 0; done < read; ) done += writeSync(fd, bytes, done, read - done, at + done)
    at += read
  }
}

const writeAgain = (path: string): void => {
  const opened = openIfThere(path)
  if (opened === null) return
  try {
    writeOver(opened)
    try {
      fsyncSync(opened)
    } catch (error) {
      // Whoever closes the database now makes a checkpoint: its sync has to find something to write.
      writeOver(opened)
      throw error
    }
  } finally {
    closeSync(opened)
  }
}

/**
 * Writes over the write-ahead log of the database `file`, which `db` has open, what it holds, and syncs it. After a sync that failed Linux
 * takes for written what is in memory alone: whoever reads gets it, no later sync writes it, and a power cut takes it. A process that begins with
 * such a log goes by transactions that are on no disk, and a checkpoint of them that the power cuts short leaves a database that is
 * half of them ([ADR 48](../../docs/adr/0048-what-a-failed-sync-left-is-written-again.md)). Before the first statement that writes, then, since a checkpoint may follow it (`PRAGMA auto_vacuum` is one); nobody writes
 * meanwhile, and who reads sees the same bytes. Throws where it cannot be written; the next sync then takes it along.
 */
export const makeWalDurable = (db: Database, file: string): void => {
  // A transaction would begin a new database, before anybody said what its pages are to be.
  if (existsSync(`${file}-wal`)) db.transaction(() => writeAgain(`${file}-wal`)).immediate()
}
