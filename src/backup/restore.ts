import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Database } from 'better-sqlite3'
import { carriedBy } from '../joining/carried.ts'
import { SET_ASIDE } from '../joining/refusal.ts'
import { deliveriesIn } from '../journal/schema.ts'
import { copyDatabase } from './copyDatabase.ts'
import { backupFailure } from './failure.ts'
import { type LogContent, type LookedThrough, logContent } from './logContent.ts'
import { alteredFiles, type Backup } from './manifest.ts'
import { putInPlace } from './putInPlace.ts'
import { writeLog } from './writeLog.ts'

interface Restored {
  readonly content: LookedThrough
  /** What stood there before, and where it stands now. */
  readonly aside: readonly string[]
  /** Files that are not what was backed up, by their path in the backup: what could be read of them is restored. */
  readonly alteredFiles: readonly string[]
}

/** Throws unless the copy holds what was backed up. */
const expectContent = ({ manifest }: Backup, { logId, events, lastPosition }: LogContent): void => {
  if (manifest === null) return
  const { log } = manifest
  if (log.logId === logId && log.events === events && log.lastPosition === lastPosition) return
  throw backupFailure(
    'damaged',
    `it holds ${events} events of the log ${logId}, where ${log.events} of ${log.logId} were backed up`,
  )
}

const expectDeliveries =
  ({ manifest }: Backup) =>
  (db: Database): void => {
    const [held, wanted] = [deliveriesIn(db), manifest?.journal?.deliveries]
    if (wanted === undefined || held === wanted) return
    throw backupFailure('damaged', `the journal holds ${held} deliveries, where ${wanted} were backed up`)
  }

/** Throws where the directory belongs to another log: its read model and journal would be of no use to this one. */
export const expectLogOf =
  (dataDir: string) =>
  ({ logId }: LogContent): void => {
    const other = carriedBy(dataDir).logIds.find((id) => id !== logId)
    if (other === undefined) return
    throw new Error(
      `it ${logId === null ? 'has no identity' : `is the log ${logId}`}, but ${dataDir} belongs to the log ${other}: check ` +
        `DATA_DIR; ${SET_ASIDE}`,
    )
  }

/**
 * Restores a log, and with `journal` the journal, out of a backup. The caller holds the locks. Nothing is touched before the
 * copies are whole, looked through and durable; `check` may still refuse then, by throwing.
 */
export const restoreBackup = (
  backup: Backup,
  { log, journal }: { readonly log: string; readonly journal: string | null },
  now: string,
  check: (content: LogContent) => void,
): Restored => {
  const copyFor = (file: string): string => {
    mkdirSync(dirname(file), { recursive: true })
    return `${file}.restoring`
  }
  const look = (db: Database): LookedThrough => {
    const held = logContent(db)
    expectContent(backup, held)
    check(held)
    return held
  }
  const logCopy = copyFor(log)
  const content = copyDatabase(backup.log, logCopy, look, writeLog)
  const journalCopy = journal !== null && backup.journal !== null ? copyFor(journal) : null
  if (journalCopy !== null && backup.journal !== null)
    copyDatabase(backup.journal, journalCopy, expectDeliveries(backup))
  const altered = alteredFiles(backup)
  const aside = [putInPlace(logCopy, log, now)]
  if (journal !== null && journalCopy !== null) aside.push(putInPlace(journalCopy, journal, now))
  return { content, aside: aside.filter((file) => file !== null), alteredFiles: altered }
}
