import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { makeBackup } from '../backup/backup.ts'
import type { LogContent } from '../backup/logContent.ts'
import { readStoreConfig } from '../config/config.ts'
import { realFile } from '../eventStore/sqlite/database.ts'

type Environment = Readonly<Record<string, string | undefined>>

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
export const askedOf = (words: readonly string[], environment: Environment, usage: string): Asked | null => {
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

export const told = ({ events, lastPosition, logId }: LogContent): string =>
  `${events} events${lastPosition === null ? '' : `, the last at position ${lastPosition}`}` +
  (logId === null ? '' : `, of the log ${logId}`)

/** `backup <to>`: copies the embedded log, and the journal, into a new directory. Gives the exit code. */
export const backupCommand = async (words: readonly string[], environment: Environment): Promise<number> => {
  const asked = askedOf(words, environment, 'backup <new directory>')
  if (asked === null) return 2
  const { path, log, journal } = asked
  if (!existsSync(log)) {
    console.error(`there is no event log ${log}; set DATA_DIR and EVENT_STORE as for the service`)
    return 2
  }
  if (existsSync(path) && readdirSync(path).length > 0) {
    console.error(`${path} is not empty: each backup has a directory of its own`)
    return 2
  }
  try {
    const manifest = makeBackup({ log, journal, to: path, now: new Date().toISOString() })
    const deliveries = manifest.journal === null ? 'no journal' : `${manifest.journal.deliveries} refused deliveries`
    console.log(`backed up and looked through: ${told(manifest.log)}; ${deliveries}`)
    return 0
  } catch (error) {
    console.error(`not backed up: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
}
