import { existsSync, statSync } from 'node:fs'
import { DEVELOPMENT_SECRET, isLoopback } from '../config/exposure.ts'
import { MOST_NEWEST, newestOfServer } from '../eventStore/newest.ts'
import { webhookSecret } from '../webhooks/signature.ts'
import { type Finding, ok, warning } from './finding.ts'
import { lookInto } from './lookInto.ts'
import type { Patient } from './patient.ts'

const OF = 'secrets'
const DAY_MS = 86_400_000
/** A secret that has matched nothing for so long, while another has, is one that nobody signs with. */
const UNUSED_DAYS = 30
/** Without a webhook for so long, somebody should look at the subscription. */
const QUIET_DAYS = 7
/** Keys and secrets in files are replaced at least so often. */
const OLD_DAYS = 365

const newest = (patient: Patient): Promise<readonly string[]> => {
  const { config, log } = patient
  if (config.eventStore.kind === 'esdb') return newestOfServer(config.eventStore)
  if (log === null || !existsSync(log)) return Promise.resolve([])
  return lookInto(log, (db) =>
    db.prepare<[number], string>('SELECT metadata FROM events ORDER BY position DESC LIMIT ?').pluck().all(MOST_NEWEST),
  )
}

/** When each secret last matched, in milliseconds since 1970, by its fingerprint. */
const matchesIn = (metadata: readonly string[]): ReadonlyMap<string, number> => {
  const last = new Map<string, number>()
  for (const text of metadata) {
    const secret = /"secret":"([0-9a-f]{8})"/.exec(text)?.[1]
    const at = Date.parse(/"recordedAt":"([^"]+)"/.exec(text)?.[1] ?? '')
    if (secret !== undefined && !Number.isNaN(at) && at > (last.get(secret) ?? 0)) last.set(secret, at)
  }
  return last
}

const when = (ms: number | undefined): string =>
  ms === undefined ? 'none of the events looked at' : `none since ${new Date(ms).toISOString()}`

/** Which of the provider's secrets are in use, by the events that they matched. Each event records the fingerprint of its own. */
export const lookAtSecrets = async (patient: Patient): Promise<readonly Finding[]> => {
  const { secrets, host } = patient.config
  const last = matchesIn(await newest(patient))
  const [latest, at] = [...last].toSorted(([, a], [, b]) => b - a)[0] ?? []
  if (latest === undefined || at === undefined) return [ok(OF, 'no event says yet which secret matched')]
  const known = secrets.map((secret) => webhookSecret(secret).fingerprint)
  const unused = known.flatMap((fingerprint, index) => {
    const matched = last.get(fingerprint)
    if (secrets.length === 1 || (matched !== undefined && at - matched < UNUSED_DAYS * DAY_MS)) return []
    return [
      warning(
        OF,
        `secret ${index + 1} of TREEZOR_WEBHOOK_SECRET (fingerprint ${fingerprint}) has matched ${when(matched)}, another has: an old one should go; with a new one the provider does not sign yet`,
      ),
    ]
  })
  const found = [
    ...unused,
    ...(known.includes(latest)
      ? []
      : [
          warning(
            OF,
            `the newest event matched a secret that is not set here (fingerprint ${latest}): is TREEZOR_WEBHOOK_SECRET the service's?`,
          ),
        ]),
    ...(!isLoopback(host) && last.has(webhookSecret(DEVELOPMENT_SECRET).fingerprint)
      ? [
          warning(
            OF,
            `events were signed with "${DEVELOPMENT_SECRET}", which everybody knows: anybody may have sent them`,
          ),
        ]
      : []),
    ...(patient.now - at > QUIET_DAYS * DAY_MS
      ? [
          warning(
            OF,
            `no webhook was appended since ${new Date(at).toISOString()}: look at the provider's subscription`,
          ),
        ]
      : []),
  ]
  return found.length === 0
    ? [ok(OF, `each that is set has matched lately; the last ${new Date(at).toISOString()}`)]
    : found
}

/** How old the files are that hold keys and secrets; that of the seals is kept for good. */
export const lookAtSecretFiles = ({ secretFiles, now }: Patient): readonly Finding[] =>
  secretFiles.flatMap(({ variable, path }) => {
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs
    if (changed === undefined || variable === 'SEAL_KEY_FILE') return []
    const told = `${variable} was last changed ${new Date(changed).toISOString().slice(0, 10)}`
    return [now - changed > OLD_DAYS * DAY_MS ? warning(OF, `${told}: replace what is in it`) : ok(OF, told)]
  })
