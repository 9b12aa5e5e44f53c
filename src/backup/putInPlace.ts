import { existsSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncDirectory } from './sync.ts'

/** What SQLite keeps beside a database. The write-ahead log of one that is gone must not stand beside another. */
const BESIDE = ['-wal', '-shm', '-journal']

const asideOf = (file: string, now: string): string => `${file}.before-${now.replaceAll(/[-:]|\.\d+/g, '')}`

/**
 * Puts a finished copy in the place of a database; what stood there goes aside, with all that belongs to it, and is not
 * deleted. The database goes first: broken off at any point, nothing stands there that could be taken for it.
 */
export const putInPlace = (copy: string, file: string, now: string): string | null => {
  const aside = asideOf(file, now)
  const stood = ['', ...BESIDE].filter((suffix) => existsSync(file + suffix))
  for (const suffix of stood) {
    renameSync(file + suffix, aside + suffix)
    syncDirectory(dirname(file))
  }
  renameSync(copy, file)
  syncDirectory(dirname(file))
  return stood.length > 0 ? aside : null
}
