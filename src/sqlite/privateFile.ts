import { accessSync, chmodSync, constants, existsSync, statSync } from 'node:fs'

/** What SQLite keeps under these names holds what the database holds, or locks it. */
const SUFFIXES = ['', '-wal', '-shm', '-journal']

/**
 * Lets nobody but their owner read or write the files of a database: a former release left that to the umask, and what
 * was opened while the database was read-only stays so. A file of another owner stays as that one made it, and so does what is
 * no file: a directory that was named by mistake could not be entered any more.
 */
export const makePrivate = (file: string): void => {
  for (const suffix of SUFFIXES) {
    try {
      if (statSync(file + suffix).isFile()) chmodSync(file + suffix, 0o600)
    } catch {
      // Not there, or not ours: then opening says what is wrong.
    }
  }
}

/**
 * Throws the system's error where a database is there and may not be read or written. Asked before SQLite makes files beside it, which
 * would stay read-only as well.
 */
export const expectWritable = (file: string): void => {
  if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK)
}
