import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { opening } from '../files/opening.ts'
import { openJournal } from '../journal/journal.ts'
import { noteLogOfJournal } from '../journal/logOfJournal.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import type { Logger } from '../log/log.ts'
import { abandonedReadModels, removeReadModel } from '../readModel/file.ts'
import { takeReplayLock, takeServingLock } from './directoryLocks.ts'
import { type Joining, joinLog } from './joinLog.ts'
import { joinPatiently } from './joinPatiently.ts'

/** What a replay that was broken off has left, or a service that died while it took one up: an erasure takes nothing of it. */
const removeAbandoned = (dataDir: string): void => {
  const replaying = takeReplayLock(dataDir)
  if (replaying === null) return
  try {
    for (const file of abandonedReadModels(dataDir)) removeReadModel(file)
  } finally {
    replaying.release()
  }
}

/**
 * Joins the log and opens the journal. An embedded log is joined before it resolves; a server may not answer for long,
 * and the process ends where its log is refused in the end.
 */
export const openDirectory = async (joining: Joining, log: Logger) => {
  const { store, dataDir } = joining
  opening({ what: 'the data directory', file: dataDir }, () => mkdirSync(dataDir, { recursive: true }))
  const lock = takeServingLock(dataDir)
  if (lock === null) throw new Error(`another process serves from ${dataDir}: each needs a DATA_DIR of its own`)
  const journalFile = join(dataDir, 'journal.db')
  const stopping = new AbortController()
  try {
    removeAbandoned(dataDir)
    const atOnce = store.embedded ? await joinLog(joining, log) : null
    const journal = await openJournal(journalFile)
    const joined = async (): Promise<LogIdentity | null> => {
      const identity = atOnce ?? (await joinPatiently(joining, log, stopping.signal))
      if (identity !== null) noteLogOfJournal(journalFile, identity)
      return identity
    }
    const close = async (): Promise<void> => {
      await journal.close()
      lock.release()
    }
    return { journal, identity: joined(), stopJoining: () => stopping.abort(), close }
  } catch (error) {
    lock.release()
    throw error
  }
}
