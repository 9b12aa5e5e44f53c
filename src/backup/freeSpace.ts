import { statfsSync, statSync } from 'node:fs'
import { sizeInWords } from '../words/numberInWords.ts'
import { backupFailure } from './failure.ts'

/** What others may write meanwhile. */
const MARGIN = 64 * 2 ** 20

/** Bytes of files, with what SQLite keeps beside them; one that is not there has none. */
export const sizeOf = (files: readonly string[]): number =>
  files
    .flatMap((file) => [file, `${file}-wal`])
    .reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0)

/** Throws where a directory has not so many bytes left, and some more. */
export const expectRoom = (directory: string, bytes: number): void => {
  const { bavail, bsize } = statfsSync(directory)
  const [free, needed] = [bavail * bsize, bytes + MARGIN]
  if (free >= needed) return
  throw backupFailure('disk-full', `${directory} has ${sizeInWords(free)} left, and ${sizeInWords(needed)} are needed`)
}
