import { sign } from '../../../src/webhooks/signature.ts'
import { documented, type WebhookJson } from './documentedWebhooks.ts'

/** The secret of a service that was given none. */
export const SECRET = 'development'

/** A webhook before it is signed. What is `null` is left out of the envelope. */
export interface WebhookFields {
  readonly name: string | null
  readonly id: string | null
  readonly createdAt: number | string | null
  readonly object: string | null
  readonly objectId: string | null
  /** `object_payload`, exactly as it is to be sent. */
  readonly payloadText: string
}

type Json = Readonly<Record<string, unknown>>

/** The envelope's members as JSON texts, in the order of the documentation. */
export const members = (webhook: WebhookFields, signature: string | null): readonly (readonly [string, string])[] => {
  const { name, id, createdAt, object, objectId, payloadText } = webhook
  const text = (member: string, value: unknown): readonly (readonly [string, string])[] =>
    value === null ? [] : [[member, JSON.stringify(value)]]
  return [
    ...text('webhook', name),
    ...text('webhook_id', id),
    ...text('webhook_created_at', createdAt),
    ...text('object', object),
    ...text('object_id', objectId),
    ['object_payload', payloadText],
    ...text('object_payload_signature', signature),
  ]
}

/** An object out of member texts. */
export const object = (all: readonly (readonly [string, string])[]): string =>
  `{${all.map(([member, text]) => `${JSON.stringify(member)}:${text}`).join(',')}}`

/** The webhook as JSON, as it is once it was received. */
export const webhookJson = ({ name, id, createdAt, objectId, payloadText }: WebhookFields): WebhookJson => ({
  webhook: name,
  webhook_id: id,
  webhook_created_at: createdAt,
  object_id: objectId,
  object_payload: JSON.parse(payloadText),
})

/** The body of a delivery, flat, signed. */
export const signed = (webhook: WebhookFields, secret: string = SECRET): string =>
  object(members(webhook, sign(webhook.payloadText, secret)))

/** The body of a delivery without any signature. */
export const unsigned = (webhook: WebhookFields): string => object(members(webhook, null))

/** The body of a delivery with a signature by somebody who does not have the secret. */
export const badlySigned = (webhook: WebhookFields): string => signed(webhook, 'not the secret')

// --- The documented webhooks

const payloadOf = (name: string): Json => documented(name).object_payload as Json

/** A documented webhook as it is. */
export const fixture = (name: string): WebhookFields => {
  const json = documented(name)
  const orNull = <A>(value: unknown): A | null => (value === undefined ? null : (value as A))
  return {
    name: orNull(json.webhook),
    id: orNull(json.webhook_id),
    createdAt: orNull(json.webhook_created_at),
    object: orNull(json.object),
    objectId: orNull(json.object_id),
    payloadText: JSON.stringify(json.object_payload),
  }
}

// --- Webhooks like the documented ones

let made = 0

/** A user no other test has used. */
export const newUser = (): string => String(20_000_000 + Math.floor(Math.random() * 1e9) * 1000 + ++made)

/** RFC 3339 as Treezor's tenths of milliseconds. */
export const at = (rfc3339: string): number => Date.parse(rfc3339) * 10

/** The beginning of a day of March 2025: RFC 3339. */
export const march = (day: number): string => `2025-03-0${day}T00:00:00Z`
/** The envelope of what is said then. */
export const on = (day: number): Envelope => ({ createdAt: at(march(day)) })

/** A moment later than that of the webhook made before. */
const nextMoment = (): number => at('2025-01-01T00:00:00Z') + made * 600_000

export interface Envelope {
  readonly name?: string
  readonly id?: string | null
  readonly createdAt?: number | string | null
  readonly objectId?: string | null
}

const like = (fixtureName: string, payload: unknown, objectId: string, envelope: Envelope): WebhookFields => {
  made += 1
  return {
    ...fixture(fixtureName),
    id: `webhook-${made}-${Math.random().toString(36).slice(2)}`,
    createdAt: nextMoment(),
    objectId,
    ...envelope,
    payloadText: JSON.stringify(payload),
  }
}

const only = (name: string, list: 'users' | 'documents'): Json => {
  const [element] = (payloadOf(name)[list] as readonly Json[] | undefined) ?? []
  return element ?? {}
}

/** A `user.*` webhook about several users. */
export const users = (payloads: readonly Json[], envelope: Envelope = {}): WebhookFields => {
  const all = payloads.map((payload) => ({ ...only('user.kycrequest', 'users'), ...payload }))
  return like('user.kycrequest', { users: all }, String(all[0]?.['userId'] ?? ''), envelope)
}

/** `user.kycrequest`: level 0, review 1. */
export const request = (userId: string, envelope: Envelope = {}, payload: Json = {}): WebhookFields =>
  users([{ userId, kycLevel: '0', kycReview: '1', ...payload }], { name: 'user.kycrequest', ...envelope })

/** `user.kycreview`: level 2, review 2. */
export const validation = (userId: string, envelope: Envelope = {}, payload: Json = {}): WebhookFields =>
  users([{ userId, kycLevel: '2', kycReview: '2', ...payload }], { name: 'user.kycreview', ...envelope })

/** `user.kycreview`: level 4, review 3. */
export const refusal = (userId: string, envelope: Envelope = {}, payload: Json = {}): WebhookFields =>
  users([{ userId, kycLevel: '4', kycReview: '3', ...payload }], { name: 'user.kycreview', ...envelope })

/** `kycreview.request` or `kycreview.result`. */
export const kycReview = (
  which: 'request' | 'result',
  userId: string,
  envelope: Envelope = {},
  payload: Json = {},
): WebhookFields => {
  const name = `kycreview.${which}`
  return like(name, { ...payloadOf(name), userId: Number(userId), ...payload }, userId, envelope)
}

/** `document.create`, `.update` or `.cancel`. */
export const document = (
  which: 'create' | 'update' | 'cancel',
  userId: string,
  envelope: Envelope = {},
  payload: Json = {},
): WebhookFields => {
  const element = { ...only(`document.${which}`, 'documents'), userId, documentId: '80009', ...payload }
  return like(`document.${which}`, { documents: [element] }, String(element.documentId), envelope)
}

/** `kycliveness.create` or `.update`. */
export const liveness = (
  which: 'create' | 'update',
  userId: string,
  envelope: Envelope = {},
  payload: Json = {},
): WebhookFields => {
  return like(
    `kycliveness.${which}`,
    { ...payloadOf(`kycliveness.${which}`), user_id: userId, ...payload },
    'liveness-1',
    envelope,
  )
}

/** A webhook of QES or video conference, named after its fixture. */
export const identification = (
  fixtureName: string,
  userId: string,
  envelope: Envelope = {},
  payload: Json = {},
): WebhookFields => {
  const body = { ...payloadOf(fixtureName), userId, ...payload } as Json
  return like(fixtureName, body, String(body['transactionNumber']), envelope)
}

/** A webhook of a kind that this service does not follow. */
export const payin = (envelope: Envelope = {}): WebhookFields =>
  like('user.kycrequest', { payins: [{ payinId: '1', amount: '10.00' }] }, '1', {
    name: 'payin.create',
    ...envelope,
  })

/** The same webhook with other fields. */
export const but = (webhook: WebhookFields, fields: Partial<WebhookFields>): WebhookFields => ({
  ...webhook,
  ...fields,
})
