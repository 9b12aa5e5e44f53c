import { readdirSync, rmSync } from 'node:fs'
import { setPriority } from 'node:os'
import { type Asked, type BackupOutcome, failed } from './asked.ts'
import { keptIn } from './kept/kept.ts'
import { carryOut } from './task.ts'

// The process of a backup: it is told one thing to do, says what came of it, and ends.

const LOWEST = 19

/** Everybody else goes first, for the processor and, by most schedulers, for the disk: each of its threads has a priority of its own. */
const giveWay = (): void => {
  try {
    for (const thread of readdirSync('/proc/self/task')) setPriority(Number(thread), LOWEST)
  } catch {
    setPriority(LOWEST)
  }
}

process.umask(0o077)
giveWay()
/** Looks what the schedule keeps: a disk that does not answer holds up nobody but this process. */
const look = (directory: string, logId: string): BackupOutcome => {
  try {
    return { told: [], faults: [], good: null, removed: 0, kept: keptIn(directory, logId) }
  } catch (error) {
    return failed(error)
  }
}

process.once('message', (asked: Asked) => {
  // Whoever asked is gone, and does not remove it any more.
  process.once('disconnect', () => {
    if (asked._tag === 'Task') rmSync(asked.task.temporary, { recursive: true, force: true })
    process.exit(1)
  })
  const outcome = asked._tag === 'Task' ? carryOut(asked.task) : Promise.resolve(look(asked.directory, asked.logId))
  void outcome.then((said) => {
    process.send?.(said, () => {
      process.removeAllListeners('disconnect')
      process.disconnect()
    })
  })
})
