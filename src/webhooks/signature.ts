import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import * as O from 'fp-ts/lib/Option.js'
import { type CanonicalJson, canonicalise, canonicalOf, canonicalPieces } from './canonicalJson.ts'

/** A secret shared with Treezor, ready to use. Several may be active at once while one replaces another. */
export interface WebhookSecret {
  readonly key: KeyObject
  /** Tells which secret matched without revealing it: 8 hex digits. */
  readonly fingerprint: string
}

/** What a good signature proves. */
export interface Verified {
  readonly secretFingerprint: string
  readonly canonical: CanonicalJson
}

/** Throws on an empty secret: anyone could sign with it. */
export const webhookSecret = (secret: string): WebhookSecret => {
  if (secret === '') throw new RangeError('a webhook secret must not be empty')
  return {
    key: createSecretKey(secret, 'utf8'),
    fingerprint: hash('sha256', `kyc-ledger secret ${secret}`, 'hex').slice(0, 8),
  }
}

const SIGNATURE_LENGTH = 44 // 32 bytes in padded base64

const hmac = (message: string, key: KeyObject): string => createHmac('sha256', key).update(message).digest('base64')

/** `object_payload_signature` as Treezor would send it with this payload. */
export const sign = (payloadText: string, secret: string): string =>
  hmac(canonicalise(payloadText), webhookSecret(secret).key)

/** The bytes of a signature that could be one: no other value counts as one, wherever it comes from. */
const given = (signature: unknown): Buffer | null => {
  if (typeof signature !== 'string') return null
  const bytes = Buffer.from(signature)
  return bytes.length === SIGNATURE_LENGTH ? bytes : null
}

/** Which of the secrets makes this signature. All are tried whichever matches, each in constant time. */
const matching = (
  signature: Buffer,
  secrets: readonly WebhookSecret[],
  macOf: (key: KeyObject, index: number) => string,
): string | null => {
  let matched: string | null = null
  for (const [index, { key, fingerprint }] of secrets.entries())
    if (timingSafeEqual(Buffer.from(macOf(key, index)), signature)) matched = fingerprint
  return matched
}

/**
 * Is this the signature of this payload, under any of the secrets? The text of the signature is compared, in constant
 * time, with the one text it should be: no second base64 spelling of the same bytes passes. Signed may be exactly the raw slice,
 * which costs least and is tried first, or the canonical form.
 *
 * `payloadText` must be valid JSON. The raw form is left out when it holds a lone surrogate: such a text has no UTF-8
 * bytes of its own, so it cannot be what was received. `known`: the canonical form, of whoever has it already.
 */
export const verifySignature = (
  payloadText: string,
  signature: string | null,
  secrets: readonly WebhookSecret[],
  known?: CanonicalJson,
): O.Option<Verified> => {
  const bytes = given(signature)
  if (bytes === null) return O.none
  const ofRaw = payloadText.isWellFormed() ? matching(bytes, secrets, (key) => hmac(payloadText, key)) : null
  if (ofRaw !== null) return O.some({ secretFingerprint: ofRaw, canonical: known ?? canonicalOf(payloadText) })
  const canonical = known ?? canonicalOf(payloadText)
  if (canonical === payloadText) return O.none
  const matched = matching(bytes, secrets, (key) => hmac(canonical, key))
  return matched === null ? O.none : O.some({ secretFingerprint: matched, canonical })
}

/**
 * The same of a long payload, in turns: others have theirs in between. `null` where it is not the signature of the raw slice, and the
 * canonical form, which costs more, is not to be made (`makesCanonical`).
 */
export function* verifyInTurns(
  payloadText: string,
  signature: string | null,
  secrets: readonly WebhookSecret[],
  makesCanonical: boolean,
): Generator<void, O.Option<Verified> | null> {
  const bytes = given(signature)
  if (bytes === null) return O.none
  const raw = Buffer.from(payloadText)
  const macsOfRaw: string[] = []
  for (const { key } of secrets) {
    macsOfRaw.push(createHmac('sha256', key).update(raw).digest('base64'))
    yield
  }
  let matched = matching(bytes, secrets, (_, index) => macsOfRaw[index] ?? '')
  if (matched === null) {
    if (!makesCanonical) return null
    const macs = secrets.map(({ key }) => createHmac('sha256', key))
    for (const piece of canonicalPieces(payloadText)) {
      for (const mac of macs) mac.update(piece)
      yield
    }
    matched = matching(bytes, secrets, (_, index) => macs[index]?.digest('base64') ?? '')
  }
  return matched === null ? O.none : O.some({ secretFingerprint: matched, canonical: canonicalise(payloadText) })
}
