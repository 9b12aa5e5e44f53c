import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { codeOf } from './codeOf.ts'
import { obstacleAt } from './obstacle.ts'

const MIB = 1024 * 1024
/** With more than that free it is no full disk that keeps a small file from being written. */
const SOME_BYTES = 4 * MIB

const existing = (path: string): string => (existsSync(path) || dirname(path) === path ? path : existing(dirname(path)))

const full = (file: string): string => {
  const where = existing(resolve(file))
  try {
    const { bavail, bsize, files, ffree } = statfsSync(where)
    if (files > 0 && ffree === 0) return `the file system of ${where} has no inodes left: remove files from it`
    if (bavail * bsize > SOME_BYTES)
      return `${where} was full, or its user has a quota that is used up: make room (${Math.floor((bavail * bsize) / MIB)} MiB are free by now)`
  } catch {
    // What is said below holds all the same.
  }
  return `the disk is full: make room on the file system of ${where}`
}

/** SQLite does not say that a file cannot be made because there is no room for it. */
const isFull = (file: string): boolean => {
  try {
    const { bavail, files, ffree } = statfsSync(existing(resolve(file)))
    return bavail === 0 || (files > 0 && ffree === 0)
  } catch {
    return false
  }
}

const DESCRIPTORS =
  'no more files can be opened: raise the limit of open files (ulimit -n, LimitNOFILE= of systemd, nofile of a container) to 1024 or more'

const MEMORY =
  'there is not enough memory: give it more (the limit of the container, MemoryMax= of systemd), or raise the heap of V8 with NODE_OPTIONS=--max-old-space-size=<MiB>'

const limitOfSize = (): string | null => {
  try {
    const [, bytes] = /^Max file size +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return bytes === undefined
      ? null
      : `no file may grow beyond ${bytes} bytes: lift that limit (ulimit -f, LimitFSIZE= of systemd)`
  } catch {
    return null
  }
}

const failing = (message: string): string =>
  `${message}: the disk fails, or was taken away; look at the log of the system (dmesg), and move to another one`

/** SQLite says of many causes the same, and no more. */
const ofSqlite = (code: string, message: string, file: string): string => {
  const found = obstacleAt(file, true)
  if (code === 'SQLITE_FULL') return full(file)
  if (code === 'SQLITE_NOMEM') return MEMORY
  if (found === 'descriptors') return DESCRIPTORS
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return 'another program holds it (a shell of SQLite, a copy): end that'
  if (/^SQLITE_CORRUPT/.test(code)) return 'it is damaged'
  if (code === 'SQLITE_NOTADB') return 'it is no database, or its beginning is damaged'
  if (/^SQLITE_(PROTOCOL|IOERR_(LOCK|UNLOCK|RDLOCK|CHECKRESERVEDLOCK|SHM))/.test(code) && found === null)
    return 'its file system does not lock files as it has to: use a local disk'
  if (code === 'SQLITE_IOERR_WRITE') return limitOfSize() ?? found ?? failing(message)
  if (/^SQLITE_IOERR/.test(code)) return found ?? failing(message)
  return found ?? (isFull(file) ? full(file) : `${message} (${code})`)
}

/** Errors of the operating system and of Node that say enough without a file. */
const ofProcess = (code: string | null, message: string): string | null => {
  if (code === 'EMFILE' || code === 'ENFILE' || /\bE[MN]FILE\b/.test(message)) return DESCRIPTORS
  if (code === 'ENOMEM' || code === 'ERR_WORKER_OUT_OF_MEMORY') return MEMORY
  return null
}

const OF_FILE: ReadonlySet<string> = new Set('EACCES EPERM EROFS ENOENT ENOTDIR EISDIR EEXIST ELOOP'.split(' '))

/** What keeps a file from being read or written, and what to do about it: for a person. It throws nothing, and opens nothing for writing. */
export const whyNot = (error: unknown, file: string): string => {
  const message = error instanceof Error ? error.message : String(error)
  const code = codeOf(error)
  const known = ofProcess(code, message)
  if (known !== null) return known
  if (code === null) return message
  if (code.startsWith('SQLITE_')) return ofSqlite(code, message, file)
  if (code === 'ENOSPC' || code === 'EDQUOT') return full(file)
  if (code === 'EFBIG') return limitOfSize() ?? message
  if (code === 'EIO') return failing(message)
  if (!OF_FILE.has(code)) return message
  // Where a directory was to be made, what stands there is looked at as one.
  const found = obstacleAt(code === 'EEXIST' ? join(file, '_') : file, code !== 'ENOENT' && code !== 'EISDIR')
  if (found === 'descriptors') return DESCRIPTORS
  return found ?? (code === 'ENOENT' ? `there is no ${resolve(file)}` : message)
}

/** An error in words: one of the operating system names its file, and what to do; any other is what it says itself. */
export const inWords = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const path = 'path' in error && typeof error.path === 'string' ? error.path : null
  const dest = 'dest' in error && typeof error.dest === 'string' ? error.dest : null
  if (path !== null) return `${dest ?? path}: ${whyNot(error, dest ?? path)}`
  return ofProcess(codeOf(error), error.message) ?? error.message
}
