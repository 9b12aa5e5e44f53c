import { isDeepStrictEqual } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { type Config, type Environment, readConfig } from '../config/config.ts'
import type { Endpoint } from '../config/webhooksOut.ts'
import type { Logger } from '../log/log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { gaugeReloads } from '../metrics/refusals.ts'
import type { Credentials } from './credentials.ts'

/** Variables that name files of which something is taken over while the service runs. */
const FILES = ['API_KEYS_FILE', 'TREEZOR_WEBHOOK_SECRET_FILE', 'ROLES', 'WEBHOOKS_OUT'] as const

const withoutKeys = ({ keys: _keys, ...rest }: Endpoint): Omit<Endpoint, 'keys'> => rest

/** The endpoints as they were, with the secrets that they have by now: nothing else of them is taken over. */
const withNewKeys = (before: readonly Endpoint[], now: readonly Endpoint[]): readonly Endpoint[] =>
  before.map((endpoint) => {
    const same = now.find((one) => isDeepStrictEqual(withoutKeys(one), withoutKeys(endpoint)))
    return same === undefined ? endpoint : { ...endpoint, keys: same.keys }
  })

/** What stands otherwise in files, and is not taken over. */
const leftAlone = (before: Config, now: Config): readonly string[] => [
  ...(isDeepStrictEqual(before.retention, now.retention) ? [] : ['RETENTION_POLICY']),
  ...(isDeepStrictEqual(before.webhooksOut.map(withoutKeys), now.webhooksOut.map(withoutKeys)) ? [] : ['WEBHOOKS_OUT']),
]

/**
 * Reads all files that the environment names anew, as at the start, and takes over keys, secrets and roles: all of them, or, where anything is wrong
 * with the configuration, none.
 */
export const reloading = (
  config: Config,
  environment: Environment,
  { replace }: Pick<Credentials, 'replace'>,
  { registry }: Pick<Metrics, 'registry'>,
  now: () => number,
  log: Logger,
): (() => void) => {
  const files = FILES.filter((name) => (environment[name] ?? '').trim() !== '')
  const reloads = gaugeReloads(registry, now())
  let webhooksOut = config.webhooksOut
  return () => {
    if (files.length === 0) return log.info(`nothing is read anew: none of ${FILES.join(', ')} names a file`)
    const read = readConfig(environment)
    if (E.isLeft(read)) {
      reloads.failed()
      return log.error({ faults: read.left }, 'what was read anew is faulty: keys, secrets and roles stay as they were')
    }
    const { secrets, apiKeys, roles, warnings } = read.right
    webhooksOut = withNewKeys(webhooksOut, read.right.webhooksOut)
    replace({ secrets, apiKeys, roles, webhooksOut })
    reloads.succeeded(now())
    log.info({ files, secrets: secrets.length, keys: apiKeys.length }, 'keys, secrets and roles were read anew')
    for (const warning of warnings) log.warn(warning)
    for (const name of leftAlone(config, read.right))
      log.warn(`${name}: the file says otherwise than at the start, which takes a restart`)
  }
}
