import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type { LogContent } from '../backup/logContent.ts'
import { backupAt } from '../backup/manifest.ts'
import { restoreBackup } from '../backup/restore.ts'
import { carriedBy } from '../joining/carried.ts'
import { SET_ASIDE } from '../joining/refusal.ts'
import { checkpointOf } from '../readModel/database/snapshot.ts'
import { currentReadModel, takeReplayLock, takeServingLock } from '../readModel/file.ts'
import { takeWriterLock, type WriterLock } from '../sqlite/writerLock.ts'
import { askedOf, told } from './backup.ts'

/** Everything that writes to the log or makes something of it is kept away; `null` while one of them is at it. */
const takeLocks = (dataDir: string, log: string): WriterLock | null => {
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

const seenByReadModel = (dataDir: string): string | null => {
  try {
    return checkpointOf(currentReadModel(dataDir))
  } catch {
    return null
  }
}

/** Throws where the directory belongs to another log: its read model and journal would be of no use to this one. */
const expectLogOf =
  (dataDir: string) =>
  ({ logId }: LogContent): void => {
    const other = carriedBy(dataDir).logIds.find((id) => id !== logId)
    if (other === undefined) return
    throw new Error(
      `it ${logId === null ? 'has no identity' : `is the log ${logId}`}, but ${dataDir} belongs to the log ${other}: check ` +
        `DATA_DIR; ${SET_ASIDE}`,
    )
  }

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** `restore <from>`: puts a backup in the place of the embedded log, and the journal. Gives the exit code. */
export const restoreCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const asked = askedOf(words, environment, 'restore <backup>')
  if (asked === null) return 2
  const { path, dataDir, log, journal } = asked
  const backup = E.tryCatch(() => backupAt(path), reasonOf)
  if (E.isLeft(backup)) {
    console.error(`not restored: ${backup.left}`)
    return 1
  }
  for (const directory of [dataDir, dirname(log)]) mkdirSync(directory, { recursive: true })
  const lock = takeLocks(dataDir, log)
  if (lock === null) {
    console.error('not restored: the service is running, or a replay; stop it first')
    return 1
  }
  try {
    const { content, aside } = restoreBackup(
      backup.right,
      { log, journal },
      new Date().toISOString(),
      expectLogOf(dataDir),
    )
    console.log(`restored and looked through: ${told(content)}`)
    for (const file of aside) console.log(`what stood there before is kept in ${file}`)
    const seen = seenByReadModel(dataDir)
    if (seen !== null && seen > (content.lastPosition ?? '')) tellMissing(content, seen)
    return 0
  } catch (error) {
    console.error(`not restored: ${reasonOf(error)}`)
    return 1
  } finally {
    lock.release()
  }
}

const tellMissing = ({ lastPosition }: LogContent, seen: string): void =>
  console.log(
    `the read model has seen the log up to position ${seen}, the backup ends at ${lastPosition ?? 'none'}: ask the ` +
      'provider to replay what came after it. The service says what is missing, and starts without it once it is told ' +
      '--accept-lost-events',
  )
