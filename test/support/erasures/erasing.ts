import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newDirectory } from '../newDirectory.ts'
import { eventually } from '../patience.ts'
import { answered } from '../service/answers.ts'
import { type AskedService, startService } from '../service/service.ts'
import { at, request, SECRET, users, type WebhookFields } from '../webhooks/webhookBuilders.ts'

const SET_CLOCK = new URL('../../fixtures/logs/setClock.ts', import.meta.url).href

/** Who may do what; the key of each is his name. */
const SCOPES = {
  shop: 'kyc:read',
  auditor: 'audit:read+seal:read',
  officer: 'retention:read',
  legal: 'retention:request+retention:confirm',
  judge: 'retention:confirm',
}
export type Key = keyof typeof SCOPES

const API_KEYS = Object.entries(SCOPES)
  .map(([name, scopes]) => `${name}:${scopes}:${createHash('sha256').update(name).digest('hex')}`)
  .join(',')

export const KEYS = { API_KEYS, TREEZOR_WEBHOOK_SECRET: SECRET, SEAL_EVERY: '1', METRICS_OPEN: 'on' }

/** The environment of a service by a policy; everything is five years there where it says nothing else. */
export const withPolicy = (policy: object = {}): Readonly<Record<string, string>> => {
  const file = join(newDirectory(), 'policy.json')
  writeFileSync(file, JSON.stringify({ version: 1, ...policy }))
  return { ...KEYS, RETENTION_POLICY: file }
}

/** Texts of a person, which nothing else holds. */
export const personOf = (userId: string) => ({
  firstname: `Zebulon${userId}`,
  lastname: `Quetzalfeather${userId}`,
  email: `zebulon.${userId}@quetzal.example`,
  birthday: `19${userId.slice(-2)}-07-${userId.slice(-1)}3`,
  userTag: `payload-of-${userId}`,
})

const EVENTS_OF_2019 = (day: number) => ({ createdAt: at(`2019-05-0${day}T00:00:00Z`) })

/** The life of a user whose relationship ended in 2019. */
export const endedLife = (userId: string): readonly WebhookFields[] => [
  request(userId, EVENTS_OF_2019(1), personOf(userId)),
  users([{ userId, kycReview: '2', kycLevel: '2', userStatus: 'CANCELED', ...personOf(userId) }], EVENTS_OF_2019(3)),
]

/** Writes into a data directory, as of 2019, what is delivered. */
export const deliverIn2019 = async (
  directory: string,
  webhooks: readonly WebhookFields[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const clock = { CLOCK: '2019-06-01T00:00:00Z', NODE_OPTIONS: `--import=${SET_CLOCK}` }
  const then = await startService(directory, { ...KEYS, ...env, ...clock })
  await then.ready()
  for (const webhook of webhooks) await then.deliver(webhook)
  await then.stop()
}

export const asked = (service: AskedService, key: Key, path: string): Promise<Response> =>
  answered(() => service.get(path, { authorization: `Bearer ${key}` }))

export const posted = (service: AskedService, key: Key | null, path: string, body: object = {}): Promise<Response> =>
  fetch(`${service.url}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    ...(key === null ? {} : { headers: { authorization: `Bearer ${key}` } }),
  })

export interface ErasureTold {
  readonly userId: string | null
  readonly erasure: number
  readonly state: string
  readonly events: number
  readonly ground: { readonly rule: string; readonly authority: string | null }
  readonly requested: { readonly by: { readonly key: string } }
  readonly completed: { readonly files: string } | null
}

/** Asks for an erasure, in the name of one and the other. Gives its number. */
export const requestAndConfirm = async (service: AskedService, userId: string, more: object = {}): Promise<number> => {
  const requested = await posted(service, 'legal', `/users/${userId}/erasure`, { reason: 'over', ...more })
  if (requested.status !== 201) throw new Error(await requested.text())
  const { erasure } = (await requested.json()) as ErasureTold
  const confirmed = await posted(service, 'judge', `/users/${userId}/erasure/${erasure}/confirm`)
  if (confirmed.status !== 200) throw new Error(await confirmed.text())
  return erasure
}

/** The erasure once it has come to its end. */
export const completed = (service: AskedService, userId: string, erasure: number): Promise<ErasureTold> =>
  eventually(`erasure ${erasure} is complete`, async () => {
    const response = await asked(service, 'officer', `/users/${userId}/erasure/${erasure}`)
    const told = (await response.json()) as ErasureTold
    return told.state === 'completed' ? told : null
  })

/** One that is replaced or removed meanwhile holds nothing. */
const bytesOf = (file: string): Buffer => {
  try {
    return readFileSync(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}

/** The files under a directory that hold one of the texts, each with the first that it holds. */
export const filesWith = (directory: string, texts: readonly string[]): readonly string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile()) return []
    const file = join(entry.parentPath, entry.name)
    const bytes = bytesOf(file)
    const found = texts.find((text) => bytes.includes(text))
    return found === undefined ? [] : [`${entry.name}: ${found}`]
  })
