import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { putBackBeside } from '../backup/beside.ts'
import { type LogContent, tellContent } from '../backup/logContent.ts'
import { backupAt } from '../backup/manifest.ts'
import { expectLogOf, restoreBackup } from '../backup/restore.ts'
import { forgetMark } from '../erasing/forgetting.ts'
import { tellAltered } from '../eventStore/tellAltered.ts'
import { inWords } from '../files/whyNot.ts'
import { takeLocks } from '../joining/directoryLocks.ts'
import { checkpointOf } from '../readModel/database/snapshot.ts'
import { currentReadModel } from '../readModel/file.ts'
import { erasureListFile } from '../sealing/kept.ts'
import { askedOf } from './backupAsked.ts'

const seenByReadModel = (dataDir: string): string | null => {
  try {
    return checkpointOf(currentReadModel(dataDir))
  } catch {
    return null
  }
}

/** `restore <from>`: puts a backup in the place of the embedded log, and the journal. Gives the exit code. */
export const restoreCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const asked = askedOf(words, environment, 'restore <backup>')
  if (asked === null) return 2
  const { path, dataDir, log, journal } = asked
  const backup = E.tryCatch(() => backupAt(path), inWords)
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
    const { content, aside, alteredFiles } = restoreBackup(
      backup.right,
      { log, journal },
      new Date().toISOString(),
      (held) => {
        expectLogOf(dataDir)(held)
        forgetMark(dataDir)
      },
    )
    console.log(`restored and looked through: ${tellContent(content)}`)
    for (const file of aside) console.log(`what stood there before is kept in ${file}: nothing in it is ever erased`)
    const seen = seenByReadModel(dataDir)
    if (seen === null) tellNothingKept(dataDir)
    if (seen !== null && seen > (content.lastPosition ?? ''))
      tellMissing(content, seen, existsSync(erasureListFile(dataDir)))
    // After that: what it puts back says who was erased by then, and not since.
    if (journal !== null) for (const line of putBackBeside(backup.right, dataDir)) console.log(line)
    const { altered } = content
    if (altered.length > 0)
      console.error(`${tellAltered(altered)}; restored as they stand: an older backup may hold them`)
    for (const file of alteredFiles)
      console.error(
        `${file} is not what was backed up; what could be read of it is restored: an older backup may be whole`,
      )
    return altered.length === 0 && alteredFiles.length === 0 ? 0 : 1
  } catch (error) {
    console.error(`not restored: ${inWords(error)}`)
    return 1
  } finally {
    lock.release()
  }
}

/** On a new machine nothing can tell that the backup brings somebody back. */
const tellNothingKept = (dataDir: string): void => {
  if (existsSync(erasureListFile(dataDir))) return
  console.log(
    `nothing in ${dataDir} tells who was erased since the backup was made: where users were, run "erasures apply <list>" ` +
      'with the list that "erasures export" printed, before the service starts',
  )
}

const tellMissing = ({ lastPosition }: LogContent, seen: string, erased: boolean): void =>
  console.log(
    `the read model has seen the log up to position ${seen}, the backup ends at ${lastPosition ?? 'none'}: ask the ` +
      'provider to replay what came after it. Legal holds placed since are gone with it: "retention" shows them until the ' +
      `service starts, place them again before anything is erased. ${erased ? 'Users were erased of this log: run "erasures apply" first. ' : ''}` +
      'The service says what is missing, and starts without it once it is told --accept-lost-events',
  )
