import { takeReplayLock, takeServingLock } from '../joining/directoryLocks.ts'
import { takeWriterLock, type WriterLock } from '../sqlite/writerLock.ts'

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
