import { accessSync, constants } from 'node:fs'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { cannotOpen } from '../../files/opening.ts'
import { filesOf } from '../../sqlite/fileCheck.ts'
import { GroupCommit } from '../../sqlite/groupCommit.ts'
import { takeWriterLock, type WriterLock } from '../../sqlite/writerLock.ts'
import { OPENED_FOR_READING } from '../appendOutcome.ts'
import type { CannotOpenStore, EventStore } from '../eventStore.ts'
import { hearCommits } from './commits.ts'
import { CROSSING } from './crossing.ts'
import { type DamageReport, reportDamage } from './damageReport.ts'
import { type DamageWatch, watchDamage } from './damageWatch.ts'
import { openForReading, prepareFile, realFile } from './database.ts'
import { logReader } from './logReader.ts'
import { requestAppend, requestPurge, requestRemoval } from './requestWrite.ts'
import { hearWal } from './walWatch.ts'
import type { WriteAnswer, WriteRequest } from './write.ts'
import type { WriterThreadData } from './writerThread.ts'

interface SqliteEventStoreOptions {
  /** The database; created, with its directory, unless opened for reading only. */
  readonly file: string
  /** Reads and follows beside the one writer, from any thread or process of the machine. Appends are refused. */
  readonly readOnly?: boolean
}

/**
 * Opens the embedded event store. One holder at a time may write; it appends in a thread of its own, several appends
 * to one fsync. Reads run on the calling thread.
 */
export const openSqliteEventStore = ({
  file,
  readOnly = false,
}: SqliteEventStoreOptions): TE.TaskEither<CannotOpenStore, EventStore> =>
  TE.tryCatch(
    () => (readOnly ? openReader(file) : openWriter(file)),
    (error) => ({
      _tag: 'CannotOpenStore',
      reason: cannotOpen(
        { what: 'the event log', file: realFile(file, false), whenDamaged: 'restore it from a backup' },
        error,
      ),
    }),
  )

/** Throws unless the file is there and may be read, with which of the two it is. */
const expectReadable = (file: string): void => {
  try {
    accessSync(file, constants.R_OK)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    throw new Error(
      code === 'EACCES' || code === 'EPERM'
        ? 'this user may not read it: run the command as the user of the service'
        : 'there is no such file; start the service once to create it, or check the path',
    )
  }
}

/** Whoever reads beside the writer goes through the log, or a stream, once: what leads to rows fits in, and a page of rows is hardly read twice. */
const CACHE_BESIDE_KIB = 4096

const openReader = async (path: string): Promise<EventStore> => {
  const file = realFile(path, false)
  expectReadable(file)
  return {
    ...reading(file, watchDamage(file), CACHE_BESIDE_KIB),
    append: () => TE.left(OPENED_FOR_READING),
    erase: () => TE.left(OPENED_FOR_READING),
    truncate: () => TE.left(OPENED_FOR_READING),
    purge: () => Promise.reject(new Error(OPENED_FOR_READING.reason)),
  }
}

const openWriter = async (path: string): Promise<EventStore> => {
  const file = realFile(path, true)
  const lock = takeWriterLock(file)
  if (lock === null) {
    throw new Error(
      'another process writes to it: an embedded log has one service, so stop that one, or mend EVENT_STORE and DATA_DIR',
    )
  }
  try {
    prepareFile(file)
    const damage = reportDamage(file)
    const reader = reading(file, damage.watch)
    const wal = hearWal(file)
    try {
      const data: WriterThreadData = { file, files: filesOf(file) }
      const thread = new URL('./writerThread.ts', import.meta.url)
      const writer = await GroupCommit.start<WriteRequest, WriteAnswer>(thread, data, undefined, CROSSING)
      const writing = { writer, damage: damage.reason }
      const remove = requestRemoval(writing)
      return {
        ...reader,
        append: requestAppend(writing),
        erase: (stream, expected) => remove({ erase: stream, expected }),
        truncate: (stream, before) => remove({ truncate: stream, before }),
        purge: requestPurge(writing),
        health: () => (writer.fault() === null && damage.reason() === null ? 'up' : 'down'),
        fault: () => damage.reason() ?? writer.fault() ?? wal.reason(),
        tellCommits: (told) => writer.tellCommits(told),
        close: closing(reader, writer, damage, wal, lock),
      }
    } catch (error) {
      await reader.close()
      await damage.close()
      wal.close()
      throw error
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

type Reading = Omit<EventStore, 'append' | 'erase' | 'truncate' | 'purge'>

const reading = (file: string, damage: DamageWatch, cacheKiB?: number): Reading => {
  const db = openForReading(file, cacheKiB)
  const commits = hearCommits(file)
  const close = async (): Promise<void> => {
    db.close()
    commits.close()
    damage.close()
  }
  return { ...logReader(db, commits, damage), embedded: true, health: () => 'up', close }
}

/** Closes the reader first: the writer is then the last to leave, and takes the WAL with it. */
const closing = (
  reader: Reading,
  writer: GroupCommit<WriteRequest, WriteAnswer>,
  damage: DamageReport,
  wal: ReturnType<typeof hearWal>,
  lock: WriterLock,
) => {
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await reader.close()
    await writer.close()
    await damage.close()
    wal.close()
    lock.release()
  }
  return (): Promise<void> => {
    closed ??= close()
    return closed
  }
}
