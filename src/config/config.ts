import { join } from 'node:path'
import * as A from 'fp-ts/lib/Array.js'
import * as E from 'fp-ts/lib/Either.js'
import type { RetentionPolicy } from '../../domain/retention/policy.ts'
import { type EventStoreConfig, readEventStore } from '../eventStore/eventStoreConfig.ts'
import { type ApiKey, readApiKey, sharedKeys } from './apiKeys.ts'
import { DEVELOPMENT_SECRET, exposureOf, isLoopback } from './exposure.ts'
import { readHttpUrl } from './httpUrl.ts'
import { readRetentionPolicy } from './retentionPolicy.ts'
import { readWitnesses, type Witness } from './witnesses.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Where log and read model are. */
export type StoreConfig = Pick<Config, 'eventStore' | 'dataDir' | 'sealing' | 'retention'>

/** How the log is sealed. */
export interface SealingConfig {
  /** So often at most a checkpoint is signed; 0: never, and no tree is kept. */
  readonly everySeconds: number
  readonly keyFile: string
  /** Those who are asked to cosign each checkpoint. */
  readonly witnesses: readonly Witness[]
  /** Who is asked for time stamps (RFC 3161). */
  readonly timeStampUrl: string | null
  /** Whether a key is made where there is none. */
  readonly makesKey: boolean
}

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
  readonly sealing: SealingConfig
  /** How long records are kept; `null`: nothing is ever due. */
  readonly retention: RetentionPolicy | null
  /** What an operator should know about this configuration. */
  readonly warnings: readonly string[]
}

type Environment = Readonly<Record<string, string | undefined>>

const list = (text: string): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

export const readLogLevel = (text: string): E.Either<string, LogLevel> => {
  const level = LOG_LEVELS.find((known) => known === text)
  return level === undefined ? E.left(`LOG_LEVEL: must be one of ${LOG_LEVELS.join(', ')}`) : E.right(level)
}

export const readWhole = (name: string, text: string, least: number, most: number): E.Either<string, number> =>
  /^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most
    ? E.right(Number(text))
    : E.left(`${name}: must be a whole number from ${least} to ${most}`)

const readTimeStampUrl = (text: string): E.Either<string, string | null> =>
  text === '' ? E.right(null) : E.mapLeft((fault: string) => `TSA_URL: ${fault}`)(readHttpUrl(text))

/** The provider's secrets that are configured, possibly none. */
export const readSecrets = (environment: Environment): readonly string[] =>
  list(environment['TREEZOR_WEBHOOK_SECRET'] ?? '')

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
  const get = (name: string, otherwise: string): string => environment[name]?.trim() || otherwise
  const take = <A>(read: E.Either<string, A>, otherwise: A): A => {
    if (E.isRight(read)) return read.right
    faults.push(read.left)
    return otherwise
  }

  const takeAll = <A>(read: E.Either<readonly string[], A>, otherwise: A): A => {
    if (E.isRight(read)) return read.right
    faults.push(...read.left)
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
  const sealing: SealingConfig = {
    everySeconds: take(readWhole('SEAL_EVERY', get('SEAL_EVERY', '60'), 0, 86_400), 0),
    keyFile: get('SEAL_KEY_FILE', join(dataDir, 'seal-key.pem')),
    makesKey: isLoopback(host),
    witnesses: takeAll(readWitnesses(get('WITNESSES', '')), []),
    timeStampUrl: take(readTimeStampUrl(get('TSA_URL', '')), null),
  }
  const retention = takeAll(readRetentionPolicy(get('RETENTION_POLICY', '')), null)
  const secrets = readSecrets(environment)
  const keyTexts = list(get('API_KEYS', ''))
  const keys = keyTexts.map(readApiKey)
  faults.push(...A.lefts(keys), ...sharedKeys(keys))

  const exposure = exposureOf(host, secrets, keyTexts.length > 0)
  faults.push(...exposure.faults)

  return faults.length > 0
    ? E.left(faults)
    : E.right({
        host,
        port,
        logLevel,
        eventStore,
        dataDir,
        secrets: secrets.length > 0 ? secrets : [DEVELOPMENT_SECRET],
        apiKeys: A.rights(keys),
        journalDays,
        drainDelaySeconds,
        sealing,
        retention,
        warnings: exposure.warnings,
      })
}
