import { isAbsolute, relative, resolve } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { NO_PERIOD, secondsOf } from './period.ts'

/** How often the service backs its log up, where to, and how many backups it keeps. */
export interface BackupSchedule {
  readonly everySeconds: number
  /** It is never made: what lies under an empty mount point is on no other disk. */
  readonly directory: string
  readonly keep: number
}

const KEEP = 7
const liesIn = (directory: string, other: string): boolean => {
  const way = relative(resolve(other), resolve(directory))
  return way === '' || !(way.startsWith('..') || isAbsolute(way))
}

/** What is set, as it is typed; empty where it is not. */
interface Typed {
  readonly every: string
  readonly directory: string
  readonly keep: string
}

/** `BACKUP_EVERY`, `BACKUP_DIR` and `BACKUP_KEEP`; `null` where nothing is to be backed up, otherwise all that is wrong with them. */
export const readBackupSchedule = (
  { every, directory, keep }: Typed,
  { dataDir, isEmbedded }: { readonly dataDir: string; readonly isEmbedded: boolean },
): E.Either<readonly string[], BackupSchedule | null> => {
  if (every === '') return E.right(null)
  const faults: string[] = []
  const everySeconds = secondsOf(every)
  const kept = keep === '' ? KEEP : Number(keep)
  if (everySeconds === null) faults.push(`BACKUP_EVERY: ${NO_PERIOD}`)
  if (!isEmbedded)
    faults.push('BACKUP_EVERY: only an embedded log is backed up by the service; EventStoreDB has a backup of its own')
  if (directory === '')
    faults.push('BACKUP_DIR: must be set with BACKUP_EVERY: a directory that is there, on another disk')
  else if (liesIn(directory, dataDir))
    faults.push('BACKUP_DIR: must not lie in DATA_DIR: what is lost with that would be lost with it')
  if (!/^(|\d{1,4})$/.test(keep) || kept < 1) faults.push('BACKUP_KEEP: must be a whole number from 1 to 9999')
  return faults.length > 0 || everySeconds === null ? E.left(faults) : E.right({ everySeconds, directory, keep: kept })
}
