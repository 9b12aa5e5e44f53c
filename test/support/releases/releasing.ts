import { createHash } from 'node:crypto'
import { answered, okText } from '../service/answers.ts'
import type { OwnService } from '../service/service.ts'
import { on, refusal, request, SECRET, validation, type WebhookFields } from '../webhooks/webhookBuilders.ts'

/** Who may do what; the key of each is his name. Anna and bert may do both, by themselves neither. */
const SCOPES = {
  shop: 'kyc:read',
  auditor: 'audit:read',
  anna: 'release:request+release:confirm',
  bert: 'release:request+release:confirm',
  clerk: 'release:request',
  judge: 'release:confirm',
}
export type Key = keyof typeof SCOPES

const API_KEYS = Object.entries(SCOPES)
  .map(([name, scopes]) => `${name}:${scopes}:${createHash('sha256').update(name).digest('hex')}`)
  .join(',')

export const KEYS = { API_KEYS, TREEZOR_WEBHOOK_SECRET: SECRET, METRICS_OPEN: 'on' }

/** What the provider says on a day of March, with the same words each time it says the same. */
export const requested = (userId: string, day: number): WebhookFields => request(userId, on(day))
export const validated = (userId: string, day: number): WebhookFields => validation(userId, on(day))
export const refused = (userId: string, day: number): WebhookFields => refusal(userId, on(day))

/** A user who was validated, refused, and validated anew with the same words: he stays refused. */
export const heldBackLife = (userId: string): readonly WebhookFields[] => [
  requested(userId, 1),
  validated(userId, 2),
  refused(userId, 3),
  validated(userId, 4),
]

/** A release as it is told. */
export interface ReleaseTold {
  readonly release: number
  readonly state: 'requested' | 'released' | 'void'
  readonly why: string | null
  readonly releases: { readonly stream: string; readonly revision: number; readonly eventId: string }
  readonly reason: string | null
  readonly requested: { readonly by: string; readonly at: string } | null
  readonly released: {
    readonly by: string | null
    readonly eventId: string
    readonly observation: string | null
  } | null
  readonly status: string
  readonly position: string
}

/** What is told of the releases of a user. */
export interface ReleasesTold {
  readonly heldBack: readonly { readonly eventId: string; readonly revision: number; readonly why: string }[]
  readonly releases: readonly ReleaseTold[]
}

const by = (key: Key | null): Readonly<Record<string, string>> =>
  key === null ? {} : { authorization: `Bearer ${key}` }

export const posted = (service: OwnService, key: Key | null, path: string, body: object = {}): Promise<Response> =>
  answered(() => fetch(`${service.url}${path}`, { method: 'POST', headers: by(key), body: JSON.stringify(body) }))

/** What is held back and released; the service's own answer, and so by all that was acknowledged. */
export const releasesOf = async (service: OwnService, userId: string, key: Key = 'anna'): Promise<ReleasesTold> =>
  JSON.parse(await okText(await answered(() => service.get(`/users/${userId}/releases`, by(key))))) as ReleasesTold

/** Asks that the one event of the user is released that is held back. */
export const askFor = async (service: OwnService, userId: string, key: Key = 'anna', reason = 'by telephone') => {
  const [held] = (await releasesOf(service, userId)).heldBack
  if (held === undefined) throw new Error('nothing is held back')
  const response = await posted(service, key, `/users/${userId}/releases`, { eventId: held.eventId, reason })
  if (response.status !== 201) throw new Error(await response.text())
  return (await response.json()) as ReleaseTold
}

export const confirm = (service: OwnService, userId: string, release: number, key: Key = 'bert'): Promise<Response> =>
  posted(service, key, `/users/${userId}/releases/${release}/confirm`)

/** How the user stands once this service's read model has come to a position. */
export const statusAt = async (service: OwnService, userId: string, position: string): Promise<string> => {
  const response = await answered(() => service.get(`/users/${userId}/kyc?minPosition=${position}`, by('shop')))
  return (JSON.parse(await okText(response)) as { readonly status: string }).status
}
