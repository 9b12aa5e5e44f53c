import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { readStoreConfig } from '../config/config.ts'
import { type EventStoreConfig, readEventStore } from '../eventStore/eventStoreConfig.ts'
import { realFile } from '../eventStore/sqlite/database.ts'

const LOG_ONLY = '--log-only'
const VERIFY = '--verify'
const RESTORED = '--restored'

/** What the words of `backup` and `restore` say. */
export interface Asked {
  readonly path: string
  readonly dataDir: string
  readonly log: string
  /** `null` with `--log-only`. */
  readonly journal: string | null
  /** Whether it is to be verified as well. */
  readonly verify: boolean
}

/** A server that was restored, and the log and the directory of the service that it is to be held against. */
export interface AskedServer {
  readonly server: EventStoreConfig
  readonly eventStore: EventStoreConfig
  readonly dataDir: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** Reads the words and the configuration; `null` once it is said what is wrong with them. `verify` is a word of `backup` alone. */
export const askedOf = (
  words: readonly string[],
  environment: Environment,
  usage: string,
  options: readonly string[] = [LOG_ONLY],
): Asked | null => {
  const config = readStoreConfig(environment)
  const [path, ...others] = words.filter((word) => !options.includes(word))
  if (E.isLeft(config) || path === undefined || path.startsWith('-') || others.length > 0) {
    console.error(E.isLeft(config) ? config.left.join('\n') : `usage: ${usage} [${LOG_ONLY}]`)
    return null
  }
  const { dataDir, eventStore } = config.right
  if (eventStore.kind !== 'sqlite') {
    console.error(
      `only the embedded log is backed up by this command; EventStoreDB has a backup of its own, which "backup ${VERIFY} ${RESTORED}" verifies`,
    )
    return null
  }
  const journal = words.includes(LOG_ONLY) ? null : join(dataDir, 'journal.db')
  return { path, dataDir, log: realFile(eventStore.file, false), journal, verify: words.includes(VERIFY) }
}

const USAGE = `backup [${VERIFY}] <directory> [${LOG_ONLY}]
       backup ${VERIFY} ${RESTORED} <event store>`

/** The same, for `backup`. */
export const backupAsked = (words: readonly string[], environment: Environment): Asked | AskedServer | null => {
  if (!words.includes(RESTORED))
    return askedOf(words, environment, `backup [${VERIFY}] <directory>`, [LOG_ONLY, VERIFY])
  const config = readStoreConfig(environment)
  const [restored, text, ...others] = words.filter((word) => word !== VERIFY)
  if (E.isLeft(config) || !words.includes(VERIFY) || restored !== RESTORED || text === undefined || others.length > 0) {
    console.error(E.isLeft(config) ? config.left.join('\n') : `usage: ${USAGE}`)
    return null
  }
  const server = readEventStore(text)
  if (E.isLeft(server)) {
    console.error(server.left.replace('EVENT_STORE', RESTORED))
    return null
  }
  const { dataDir, eventStore } = config.right
  return { server: server.right, eventStore, dataDir }
}
