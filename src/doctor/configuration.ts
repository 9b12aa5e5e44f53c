import { hash } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { DEVELOPMENT_SECRET, isLoopback } from '../config/exposure.ts'
import { type Finding, fault, ok, warning } from './finding.ts'
import type { Patient } from './patient.ts'

const OF = 'configuration'

/** A key of HMAC that is shorter than what it makes is discouraged (RFC 2104, 3); half of that is told. */
const SHORTEST_SECRET_BYTES = 16
const ORDINARY = ['', 'test', 'key', 'secret', 'password', 'admin', 'changeme', DEVELOPMENT_SECRET]
const guessed: ReadonlySet<string> = new Set(ORDINARY.map((text) => hash('sha256', text, 'hex')))

const secretsFound = ({ secrets }: Config): readonly Finding[] => [
  ...secrets.flatMap((secret, index) =>
    Buffer.byteLength(secret) < SHORTEST_SECRET_BYTES && secret !== DEVELOPMENT_SECRET
      ? [
          warning(
            OF,
            `TREEZOR_WEBHOOK_SECRET: secret ${index + 1} has fewer than ${SHORTEST_SECRET_BYTES} bytes and may be guessed: have the provider make a longer one`,
          ),
        ]
      : [],
  ),
  ...(new Set(secrets).size < secrets.length
    ? [warning(OF, 'TREEZOR_WEBHOOK_SECRET: one secret stands there twice')]
    : []),
]

const keysFound = ({ apiKeys }: Config): readonly Finding[] =>
  apiKeys.flatMap(({ name, sha256 }) =>
    guessed.has(sha256)
      ? [fault(OF, `API_KEYS: the key of ${name} is empty or a word that anybody tries first: make another one`)]
      : [],
  )

/** What nothing warns of at the start. */
export const lookAtCredentials = ({ config }: Patient): readonly Finding[] => [
  ...secretsFound(config),
  ...keysFound(config),
  ...(!isLoopback(config.host) && config.sealing.everySeconds === 0
    ? [warning(OF, 'SEAL_EVERY is 0: the log is not sealed, and nobody is ever erased')]
    : []),
]

/** What the service itself would warn of, and what else can be said of the environment. */
export const lookAtConfiguration = (patient: Patient): readonly Finding[] => {
  const found = [...patient.config.warnings.map((one) => warning(OF, one)), ...lookAtCredentials(patient)]
  return found.length === 0 ? [ok(OF, 'nothing to say about the environment variables')] : found
}
