import { createHash, createHmac } from 'node:crypto'
import { type Json, memberOf, readJson, tokensOf, unitsOf } from '../json.ts'

// Sections 2, 3 and 8 of the rules, read again by somebody who has not seen the service: slowly, token by token.

const PHP: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/** A unit as PHP's `json_encode` writes it without flags. */
const phpUnit = (unit: string): string => {
  const code = unit.charCodeAt(0)
  const own = PHP[unit]
  if (own !== undefined) return own
  return code < 0x20 || code > 0x7f ? `\\u${code.toString(16).padStart(4, '0')}` : unit
}

/** C of a text that is JSON: its tokens without white space, each text decoded and written again. */
const canonicalForm = (json: string): string =>
  (tokensOf(json) ?? [])
    .map(({ text }) => (text.startsWith('"') ? `"${unitsOf(text).split('').map(phpUnit).join('')}"` : text))
    .join('')

const macOf = (message: string, secret: string): string =>
  createHmac('sha256', Buffer.from(secret, 'utf8')).update(Buffer.from(message, 'utf8')).digest('base64')

/** The signature that belongs to a payload. */
export const signatureOf = (payloadText: string, secret: string): string => macOf(canonicalForm(payloadText), secret)
/** The one of a producer that signs what it sends, however that is spelled. */
export const rawSignatureOf = (payloadText: string, secret: string): string => macOf(payloadText, secret)

export const hashOf = (canonical: string): string => createHash('sha256').update(canonical).digest('hex')

/** A webhook that may be believed, as far as it is signed. */
export interface Reference {
  readonly name: string | null
  readonly id: string | null
  /** The value as it was sent; `undefined` where it was not. */
  readonly createdAt: unknown
  readonly payload: unknown
  readonly canonical: string
}

/** What a body is; only a `verified` one may ever come into the log. */
export type Judged =
  | { readonly is: 'not-json' | 'not-a-webhook' | 'no-payload' | 'signature' }
  | { readonly is: 'verified'; readonly webhook: Reference }

const textOf = (body: Uint8Array): string | null => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return null
  }
}

const textIn = (value: Json | undefined): string | null => {
  if (value?.kind !== 'scalar' || !value.text.startsWith('"')) return null
  const text = unitsOf(value.text)
  return text === '' ? null : text
}

const idIn = (value: Json | undefined): string | null =>
  value?.kind === 'scalar' && /^[-0-9]/.test(value.text) ? value.text : textIn(value)

/** How a payload is signed, by whom; `null` where it is not, or by nobody who may. */
const signedBy = (raw: string, canonical: string, given: string | null, secrets: readonly string[]) => {
  const secret = secrets.find((one) => given === macOf(canonical, one) || given === macOf(raw, one))
  return secret === undefined ? null : { secret, raw: given !== macOf(canonical, secret) }
}

const partsOf = (body: Uint8Array) => {
  const text = textOf(body)
  const root = text === null ? null : readJson(text)
  if (text === null || root === null) return null
  const inner = memberOf(root, 'webhook')
  const webhook = inner?.kind === 'object' ? inner : root
  const payload = memberOf(webhook, 'object_payload')
  const raw = payload === undefined ? null : text.slice(payload.start, payload.end)
  return { text, root, webhook, raw }
}

/** How the payload of a body is signed; `null` where it may not be believed. */
export const judgedAs = (body: Uint8Array, secrets: readonly string[]) => {
  const parts = partsOf(body)
  if (parts === null || parts.raw === null) return null
  const given = textIn(memberOf(parts.webhook, 'object_payload_signature'))
  return signedBy(parts.raw, canonicalForm(parts.raw), given, secrets)
}

/** Judges a body: what of it may be believed, with these secrets. */
export const judged = (body: Uint8Array, secrets: readonly string[]): Judged => {
  const parts = partsOf(body)
  if (parts === null) return { is: 'not-json' }
  const { text, root, webhook, raw } = parts
  if (root.kind !== 'object') return { is: 'not-a-webhook' }
  if (raw === null) return { is: 'no-payload' }
  const canonical = canonicalForm(raw)
  const given = textIn(memberOf(webhook, 'object_payload_signature'))
  if (signedBy(raw, canonical, given, secrets) === null) return { is: 'signature' }
  const createdAt = memberOf(webhook, 'webhook_created_at')
  return {
    is: 'verified',
    webhook: {
      name: textIn(memberOf(webhook, 'webhook')),
      id: idIn(memberOf(webhook, 'webhook_id')),
      createdAt: createdAt === undefined ? undefined : JSON.parse(text.slice(createdAt.start, createdAt.end)),
      payload: JSON.parse(raw),
      canonical,
    },
  }
}
