import * as E from 'fp-ts/lib/Either.js'
import { isConnectionString, readConnectionString } from '../eventStore/esdb/connectionString.ts'

export type Scope = 'kyc:read' | 'audit:read'
const SCOPES: readonly Scope[] = ['kyc:read', 'audit:read']

/** A reader of the API. Of the key itself only the SHA-256 is known here, in lower-case hex. */
export interface ApiKey {
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly sha256: string
}

export type EventStoreConfig =
  | { readonly kind: 'sqlite'; readonly file: string }
  /** The string may hold a password. */
  | { readonly kind: 'esdb'; readonly connectionString: string }

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Where log and read model are. */
export type StoreConfig = Pick<Config, 'eventStore' | 'dataDir'>

export interface Config {
  readonly host: string
  readonly port: number
  readonly logLevel: LogLevel
  readonly eventStore: EventStoreConfig
  readonly dataDir: string
  readonly secrets: readonly string[]
  /** Empty: reads are open (loopback only). */
  readonly apiKeys: readonly ApiKey[]
  /** A delivery in the journal goes so many days after it last came. */
  readonly journalDays: number
  /** Told to stop, the service says that it is not ready and goes on answering for so long. */
  readonly drainDelaySeconds: number
  /** What an operator should know about this configuration. */
  readonly warnings: readonly string[]
}

/** The secret of a service on a loopback address that was given none. */
export const DEVELOPMENT_SECRET = 'development'

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

type Environment = Readonly<Record<string, string | undefined>>

const list = (text: string): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

/** `name:scope+scope:hash`; scopes hold colons themselves. */
const readApiKey = (text: string, index: number): E.Either<string, ApiKey> => {
  const first = text.indexOf(':')
  const last = text.lastIndexOf(':')
  const name = text.slice(0, Math.max(0, first))
  const scopes = text.slice(first + 1, Math.max(first + 1, last)).split('+')
  const sha256 = text.slice(last + 1).toLowerCase()
  const scopesKnown = scopes.every((scope) => SCOPES.some((known) => known === scope))
  return name !== '' && scopesKnown && /^[0-9a-f]{64}$/.test(sha256)
    ? E.right({ name, scopes: scopes as readonly Scope[], sha256 })
    : E.left(
        `API_KEYS: entry ${index + 1} must be name:scope+scope:sha256-of-the-key-in-hex, with scopes of ${SCOPES.join(', ')}`,
      )
}

/** `EVENT_STORE`, or what is wrong with it. */
export const readEventStore = (text: string): E.Either<string, EventStoreConfig> => {
  if (isConnectionString(text)) {
    const read = readConnectionString(text)
    return E.isLeft(read) ? E.left(`EVENT_STORE: ${read.left}`) : E.right({ kind: 'esdb', connectionString: text })
  }
  const file = text.startsWith('sqlite:') ? text.slice('sqlite:'.length) : ''
  return file === ''
    ? E.left('EVENT_STORE: must be sqlite:<file>, or esdb://… for EventStoreDB')
    : E.right({ kind: 'sqlite', file })
}

const readLogLevel = (text: string): E.Either<string, LogLevel> => {
  const level = LOG_LEVELS.find((known) => known === text)
  return level === undefined ? E.left(`LOG_LEVEL: must be one of ${LOG_LEVELS.join(', ')}`) : E.right(level)
}

const readWhole = (name: string, text: string, least: number, most: number): E.Either<string, number> =>
  /^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most
    ? E.right(Number(text))
    : E.left(`${name}: must be a whole number from ${least} to ${most}`)

/**
 * For a command beside the service, which only opens its stores: it listens nowhere, asks nobody for a key and verifies no
 * signature, and needs none of what these take.
 */
export const readStoreConfig = (environment: Environment): E.Either<readonly string[], StoreConfig> =>
  readConfig({ ...environment, HOST: '', PORT: '', API_KEYS: '', TREEZOR_WEBHOOK_SECRET: '' })

/**
 * Reads the configuration from environment variables, once, and names every fault at the same time. No fault repeats
 * a value: it may be a secret. An empty variable counts as one that is not set.
 */
export const readConfig = (environment: Environment): E.Either<readonly string[], Config> => {
  const faults: string[] = []
  const warnings: string[] = []
  const get = (name: string, otherwise: string): string => environment[name]?.trim() || otherwise
  const take = <A>(read: E.Either<string, A>, otherwise: A): A => {
    if (E.isRight(read)) return read.right
    faults.push(read.left)
    return otherwise
  }

  const host = get('HOST', '127.0.0.1')
  const port = take(readWhole('PORT', get('PORT', '3000'), 0, 65_535), 0)
  const logLevel = take(readLogLevel(get('LOG_LEVEL', 'info')), 'info')
  const dataDir = get('DATA_DIR', 'data')
  const journalDays = take(readWhole('JOURNAL_DAYS', get('JOURNAL_DAYS', '30'), 1, 3650), 30)
  // On a loopback address nothing stands in front that would have to notice.
  const drainDelay = get('DRAIN_DELAY', isLoopback(host) ? '0' : '5')
  const drainDelaySeconds = take(readWhole('DRAIN_DELAY', drainDelay, 0, 600), 0)
  const eventStore = take<EventStoreConfig>(readEventStore(get('EVENT_STORE', `sqlite:${dataDir}/events.db`)), {
    kind: 'sqlite',
    file: '',
  })
  const secrets = list(get('TREEZOR_WEBHOOK_SECRET', ''))
  const apiKeys = list(get('API_KEYS', '')).flatMap((text, index) => {
    const key = readApiKey(text, index)
    if (E.isLeft(key)) faults.push(key.left)
    return E.isRight(key) ? [key.right] : []
  })

  if (!isLoopback(host)) {
    if (secrets.length === 0) faults.push('TREEZOR_WEBHOOK_SECRET: must be set unless HOST is a loopback address')
    if (apiKeys.length === 0 && !faults.some((fault) => fault.startsWith('API_KEYS'))) {
      faults.push('API_KEYS: must be set unless HOST is a loopback address')
    }
    if (secrets.includes(DEVELOPMENT_SECRET)) {
      faults.push(
        `TREEZOR_WEBHOOK_SECRET: "${DEVELOPMENT_SECRET}" is known to everyone; use it on a loopback address only`,
      )
    }
  } else {
    if (secrets.length === 0) {
      warnings.push(`TREEZOR_WEBHOOK_SECRET is not set: anyone can sign a webhook with "${DEVELOPMENT_SECRET}"`)
    }
    if (apiKeys.length === 0) warnings.push('API_KEYS is not set: anyone on this machine can read')
  }

  return faults.length > 0
    ? E.left(faults)
    : E.right({
        host,
        port,
        logLevel,
        eventStore,
        dataDir,
        secrets: secrets.length > 0 ? secrets : [DEVELOPMENT_SECRET],
        apiKeys,
        journalDays,
        drainDelaySeconds,
        warnings,
      })
}
