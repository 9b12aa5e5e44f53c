import { join } from 'node:path'
import { takeWriterLock, type WriterLock } from '../sqlite/writerLock.ts'

/** The right to build a read model in `dataDir`; `null` while somebody else does. It ends with the process. */
export const takeReplayLock = (dataDir: string): WriterLock | null => takeWriterLock(join(dataDir, 'replay'))

/** The right to serve from `dataDir`: two services would answer with each other's users. It ends with the process. */
export const takeServingLock = (dataDir: string): WriterLock | null => takeWriterLock(join(dataDir, 'service'))

/** Everything that writes to the log or makes something of it is kept away; `null` while one of them is at it. */
export const takeLocks = (dataDir: string, log: string): WriterLock | null => {
  const held: WriterLock[] = []
  const release = (): void => {
    for (const lock of held) lock.release()
  }
  for (const take of [() => takeServingLock(dataDir), () => takeWriterLock(log), () => takeReplayLock(dataDir)]) {
    const lock = take()
    if (lock === null) {
      release()
      return null
    }
    held.push(lock)
  }
  return { release }
}
