import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { readStoreConfig } from '../config/config.ts'
import { realFile } from '../eventStore/sqlite/database.ts'

const LOG_ONLY = '--log-only'

/** What the words of `backup` and `restore` say. */
interface Asked {
  readonly path: string
  readonly dataDir: string
  readonly log: string
  /** `null` with `--log-only`. */
  readonly journal: string | null
}

/** Reads the words and the configuration; `null` once it is said what is wrong with them. */
export const askedOf = (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  usage: string,
): Asked | null => {
  const config = readStoreConfig(environment)
  const [path, ...others] = words.filter((word) => word !== LOG_ONLY)
  if (E.isLeft(config) || path === undefined || path.startsWith('-') || others.length > 0) {
    console.error(E.isLeft(config) ? config.left.join('\n') : `usage: ${usage} [${LOG_ONLY}]`)
    return null
  }
  const { dataDir, eventStore } = config.right
  if (eventStore.kind !== 'sqlite') {
    console.error('only the embedded log is backed up by this command; EventStoreDB has a backup of its own')
    return null
  }
  const journal = words.includes(LOG_ONLY) ? null : join(dataDir, 'journal.db')
  return { path, dataDir, log: realFile(eventStore.file, false), journal }
}
