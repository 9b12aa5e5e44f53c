import { existsSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { sizeOf } from '../backup/freeSpace.ts'
import { keptTries } from '../backup/kept/tries.ts'
import { currentReadModel } from '../readModel/file.ts'
import { sizeInWords } from '../words/numberInWords.ts'
import { type Finding, fault, ok, warning } from './finding.ts'
import type { Patient } from './patient.ts'

const OF = 'backup'
const DAY_S = 86_400
/** Without a schedule. */
const OLD_DAYS = 7
/** So many times of the schedule may pass: one may fail. */
const MISSED = 2.5

const at = (seconds: number): string => new Date(seconds * 1000).toISOString()

/** Whether the next backup of the schedule has room: itself, and where it is restored to and folded. */
const roomIn = (directory: string, log: string, dataDir: string): readonly Finding[] => {
  const needed = 2 * sizeOf([log, join(dataDir, 'journal.db')]) + sizeOf([currentReadModel(dataDir)])
  const { bavail, bsize } = statfsSync(directory)
  const free = bavail * bsize
  return free >= needed
    ? []
    : [
        warning(
          OF,
          `BACKUP_DIR ${directory} has ${sizeInWords(free)} left, less than the ${sizeInWords(needed)} that the next one takes: make room`,
        ),
      ]
}

/** When the log was last backed up and that was proven, against the schedule or, without one, a week. */
export const lookAtBackups = ({ config: { dataDir, backups }, log, now }: Patient): readonly Finding[] => {
  const { last, good } = keptTries(dataDir)
  const allowed = backups === null ? OLD_DAYS * DAY_S : backups.everySeconds * MISSED
  const found: Finding[] = []
  if (good === null)
    found.push(
      warning(
        OF,
        `no backup was ever verified${log === null ? ': npm run kyc -- backup --verify --restored …' : ': set BACKUP_EVERY, or npm run kyc -- backup --verify'}`,
      ),
    )
  else {
    const age = now / 1000 - good.madeAt
    const told = `the last good one is of ${at(good.madeAt)}`
    found.push(age > allowed ? (backups === null ? warning : fault)(OF, `${told}: make another one`) : ok(OF, told))
  }
  if (last !== null && !last.isGood)
    found.push(
      fault(
        OF,
        `the try at ${at(last.at)} came to nothing: the log of the service says why, or the command said so that was given`,
      ),
    )
  if (backups !== null && !existsSync(backups.directory))
    found.push(fault(OF, `BACKUP_DIR ${backups.directory} is not there: mount it`))
  else if (backups !== null && log !== null) found.push(...roomIn(backups.directory, log, dataDir))
  return found
}
