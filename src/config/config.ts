import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type { RetentionPolicy } from '../../domain/retention/policy.ts'
import { type EventStoreConfig, readEventStore } from '../eventStore/eventStoreConfig.ts'
import { ACCESS_VARIABLES, type AccessConfig, readAccess } from './access.ts'
import { type BackupSchedule, readBackupSchedule } from './backupSchedule.ts'

import { isLoopback } from './exposure.ts'
import { readHttpUrl } from './httpUrl.ts'
import { readPeriod } from './period.ts'
import { readRetentionPolicy } from './retentionPolicy.ts'
import { readTreezorApi, TREEZOR_API_VARIABLES, type TreezorApiConfig } from './treezorApi.ts'
import { readTrustProxy, type TrustProxy } from './trustProxy.ts'
import { type Endpoint, readWebhooksOut } from './webhooksOut.ts'
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

export interface Config extends AccessConfig {
  readonly host: string
  readonly port: number
  readonly logLevel: LogLevel
  readonly eventStore: EventStoreConfig
  readonly dataDir: string
  /** A delivery in the journal goes so many days after it last came. */
  readonly journalDays: number
  /** Told to stop, the service says that it is not ready and goes on answering for so long. */
  readonly drainDelaySeconds: number
  readonly sealing: SealingConfig
  /** How long records are kept; `null`: nothing is ever due. */
  readonly retention: RetentionPolicy | null
  /** Whether metrics, and what readiness rests on, are told without a key. */
  readonly metricsOpen: boolean
  /** Whether there are pages for persons to look at. */
  readonly page: boolean
  /** Who is believed about where a request comes from. */
  readonly trustProxy: TrustProxy
  /** Who is told of changes by webhooks. */
  readonly webhooksOut: readonly Endpoint[]
  /** `null`: the service backs nothing up by itself. */
  readonly backups: BackupSchedule | null
  /** Where the provider is asked; `null`: it is not. */
  readonly treezorApi: TreezorApiConfig | null
  /** For so long a decision or an identification may be awaited before it counts as drift. */
  readonly driftAfterSeconds: number
  /** How often the provider is asked about whoever drifts; `null`: by hand alone. */
  readonly reconcileEverySeconds: number | null
  /** What an operator should know about this configuration. */
  readonly warnings: readonly string[]
}

export type Environment = Readonly<Record<string, string | undefined>>

export const readLogLevel = (text: string): E.Either<string, LogLevel> => {
  const level = LOG_LEVELS.find((known) => known === text)
  return level === undefined ? E.left(`LOG_LEVEL: must be one of ${LOG_LEVELS.join(', ')}`) : E.right(level)
}

export const readWhole = (name: string, text: string, least: number, most: number): E.Either<string, number> =>
  /^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most
    ? E.right(Number(text))
    : E.left(`${name}: must be a whole number from ${least} to ${most}`)

const readSwitch = (name: string, text: string): E.Either<string, boolean> =>
  text === 'on' || text === 'off' ? E.right(text === 'on') : E.left(`${name}: must be on or off`)

const readTimeStampUrl = (text: string): E.Either<string, string | null> =>
  text === '' ? E.right(null) : E.mapLeft((fault: string) => `TSA_URL: ${fault}`)(readHttpUrl(text))

/**
 * For a command beside the service, which only opens its stores: it listens nowhere, asks nobody for a key and verifies no
 * signature, and needs none of what these take.
 */
export const readStoreConfig = (environment: Environment): E.Either<readonly string[], StoreConfig> =>
  readConfig({
    ...environment,
    HOST: '',
    PORT: '',
    ...Object.fromEntries(
      [
        ...ACCESS_VARIABLES,
        ...TREEZOR_API_VARIABLES,
        'METRICS_OPEN',
        'TRUST_PROXY',
        'PAGE',
        'WEBHOOKS_OUT',
        'BACKUP_EVERY',
        'RECONCILE_EVERY',
      ].map((name) => [name, '']),
    ),
  })

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
  const trustProxy = take<TrustProxy>(readTrustProxy(get('TRUST_PROXY', '')), [])
  const metricsOpen = take(readSwitch('METRICS_OPEN', get('METRICS_OPEN', 'off')), false)
  const page = take(readSwitch('PAGE', get('PAGE', 'on')), true)
  const webhooksOut = takeAll(readWebhooksOut(get('WEBHOOKS_OUT', '')), [])
  const backups = takeAll(
    readBackupSchedule(
      { every: get('BACKUP_EVERY', ''), directory: get('BACKUP_DIR', ''), keep: get('BACKUP_KEEP', '') },
      { dataDir, isEmbedded: eventStore.kind === 'sqlite' },
    ),
    null,
  )
  const treezorApi = takeAll(readTreezorApi(get), { api: null, warnings: [] })
  const driftAfterSeconds = take(readPeriod('DRIFT_AFTER', get('DRIFT_AFTER', 'PT72H')), 0)
  const reconcileEvery = get('RECONCILE_EVERY', '')
  const reconcileEverySeconds = reconcileEvery === '' ? null : take(readPeriod('RECONCILE_EVERY', reconcileEvery), 0)
  if (reconcileEverySeconds !== null && get('TREEZOR_API_URL', '') === '')
    faults.push('RECONCILE_EVERY: TREEZOR_API_URL must be set with it: nothing is known of how to ask the provider')
  const access = takeAll(readAccess(environment, host), null)

  return faults.length > 0 || access === null
    ? E.left(faults)
    : E.right({
        host,
        port,
        logLevel,
        eventStore,
        dataDir,
        ...access,
        journalDays,
        drainDelaySeconds,
        sealing,
        retention,
        metricsOpen,
        trustProxy,
        page,
        webhooksOut,
        backups,
        treezorApi: treezorApi.api,
        warnings: [...access.warnings, ...treezorApi.warnings],
        driftAfterSeconds,
        reconcileEverySeconds,
      })
}
