import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { deliveriesIn } from '../journal/schema.ts'
import { copyBeside } from './beside.ts'
import { copyDatabase } from './copyDatabase.ts'
import { digestOf } from './digest.ts'
import { type LookedThrough, logContent } from './logContent.ts'
import { JOURNAL, LOG, MANIFEST, type Manifest } from './manifest.ts'
import { syncDirectory } from './sync.ts'
import { writeLog } from './writeLog.ts'

interface BackedUp {
  readonly log: string
  /** `null` to leave it out. */
  readonly journal: string | null
  /** Of which what cannot be made anew is copied as well; `null` to leave that out. */
  readonly dataDir: string | null
  /** A directory that does not exist, or is empty. */
  readonly to: string
  /** RFC 3339, UTC. */
  readonly now: string
}

/** What a backup holds, and what of it is not what was received: copied byte for byte all the same. */
export interface Made extends Manifest {
  readonly altered: LookedThrough['altered']
}

const filled = (directory: string, { log, journal, dataDir, now }: BackedUp): Made => {
  try {
    const beside = dataDir === null ? [] : copyBeside(dataDir, directory)
    const { altered, ...content } = copyDatabase(log, join(directory, LOG), logContent, writeLog)
    const deliveries =
      journal !== null && existsSync(journal) ? copyDatabase(journal, join(directory, JOURNAL), deliveriesIn) : null
    const paths = [LOG, ...(deliveries === null ? [] : [JOURNAL]), ...beside]
    const manifest: Manifest = {
      format: 1,
      madeAt: now,
      log: content,
      journal: deliveries === null ? null : { deliveries },
      files: paths.map((path) => ({ path, ...digestOf(join(directory, path)) })),
    }
    writeFileSync(join(directory, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true })
    syncDirectory(directory)
    return { ...manifest, altered }
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
}

/**
 * Copies log, journal and what else belongs to them as they stand into a new directory, looks through the copies, and makes all of it durable; a service
 * may write to them meanwhile. The directory has its name only once it is whole. Throws when anything cannot be read.
 */
export const makeBackup = (asked: BackedUp): Made => {
  const target = resolve(asked.to)
  const unfinished = `${target}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true, mode: 0o700 })
  const made = filled(unfinished, asked)
  // An empty directory of that name gives way, a full one does not.
  renameSync(unfinished, target)
  syncDirectory(dirname(target))
  return made
}
