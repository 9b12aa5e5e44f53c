import { isUtf8 } from 'node:buffer'
import * as E from 'fp-ts/lib/Either.js'
import { membersOf, skipSpace } from './members.ts'

/**
 * A webhook with a payload, once unwrapped. Until the signature over `payloadText` is verified all of it is hearsay;
 * after that all but the payload still is.
 */
export interface Webhook {
  readonly _tag: 'Webhook'
  readonly name: string | null
  /** Ids may be sent as strings or numbers; a number is given as the digits that were sent. Never empty. */
  readonly webhookId: string | null
  /** The value as sent, of whatever type; `undefined` where there is none. `readWebhookCreatedAt` tells what it claims. */
  readonly webhookCreatedAt: unknown
  readonly object: string | null
  readonly objectId: string | null
  /** The value of `payloadText`. */
  readonly payload: unknown
  /** `object_payload` exactly as it stands in the body. */
  readonly payloadText: string
  readonly signature: string | null
  /** The webhook exactly as it stands in the body, from `{` to `}`. */
  readonly webhookText: string
}

/** A JSON object without `object_payload`, such as Treezor's confirmation of a subscription. */
interface NoPayload {
  readonly _tag: 'NoPayload'
}

export type Envelope = Webhook | NoPayload

interface NotUtf8 {
  readonly _tag: 'NotUtf8'
}

interface NotJson {
  readonly _tag: 'NotJson'
}

/** JSON, but not an object. */
interface NotAWebhook {
  readonly _tag: 'NotAWebhook'
}

type EnvelopeError = NotJson | NotAWebhook

const BYTE_ORDER_MARK = 0xfeff

/** The text of a body. A byte order mark stays in it; `readEnvelope` passes over it. */
export const decodeUtf8 = (bytes: Uint8Array): E.Either<NotUtf8, string> =>
  isUtf8(bytes)
    ? E.right(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
    : E.left({ _tag: 'NotUtf8' })

/**
 * Reads a body in either form, flat or nested (`{messageId, webhookId, webhook: {…}, clientId}`).
 *
 * The payload is taken from the parse of the whole body, which gives the same value as parsing the slice: the value of a
 * member depends on its own text alone, and of duplicate members both `JSON.parse` and `membersOf` keep the last.
 */
export const readEnvelope = (body: string): E.Either<EnvelopeError, Envelope> => {
  const text = body.charCodeAt(0) === BYTE_ORDER_MARK ? body.slice(1) : body
  const root = parse(text)
  if (E.isLeft(root)) return root
  if (!isObject(root.right)) return E.left({ _tag: 'NotAWebhook' })

  const outer = membersOf(text, skipSpace(text, 0))
  const nested = root.right.webhook
  const nestedAt = outer.spans.get('webhook')
  const [webhook, { start, end, spans }] =
    isObject(nested) && nestedAt ? [nested, membersOf(text, nestedAt.start)] : [root.right, outer]

  const payload = spans.get('object_payload')
  if (payload === undefined) return E.right({ _tag: 'NoPayload' })

  const id = (name: string): string | null => {
    const span = spans.get(name)
    const value = webhook[name]
    return typeof value === 'number' && span ? text.slice(span.start, span.end) : nonEmpty(value)
  }
  return E.right({
    _tag: 'Webhook',
    name: nonEmpty(webhook.webhook),
    webhookId: id('webhook_id'),
    webhookCreatedAt: webhook.webhook_created_at,
    object: nonEmpty(webhook.object),
    objectId: id('object_id'),
    payload: webhook.object_payload,
    payloadText: text.slice(payload.start, payload.end),
    signature: nonEmpty(webhook.object_payload_signature),
    webhookText: text.slice(start, end),
  })
}

type JsonObject = Readonly<Record<string, unknown>>

/** The parser's own message is dropped: it quotes the body. */
const parse = (text: string): E.Either<NotJson, unknown> => {
  try {
    return E.right(JSON.parse(text))
  } catch {
    return E.left({ _tag: 'NotJson' })
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const nonEmpty = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
