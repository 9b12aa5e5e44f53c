import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import * as O from 'fp-ts/lib/Option.js'
import { type CanonicalJson, canonicalise, canonicalOf, canonicalPieces } from './canonicalJson.ts'

/** A secret shared with Treezor, ready to use. Several may be active at once while one replaces another. */
export interface WebhookSecret {
  readonly key: KeyObject
  /** Of a text, in base64. */
  readonly hmac: (message: string) => string
  /** Tells which secret matched without revealing it: 8 hex digits. */
  readonly fingerprint: string
}

/** What a good signature proves. */
export interface Verified {
  readonly secretFingerprint: string
  readonly canonical: CanonicalJson
}

const BLOCK_BYTES = 64
const HASH_BYTES = 32
/** As long as the message of a documented webhook is, and longer; a unit is three bytes at most. */
const SHORT_UNITS = 8 * 1024
const scratch = Buffer.alloc(BLOCK_BYTES + 3 * SHORT_UNITS)

/**
 * HMAC with SHA-256 (RFC 2104). Of a short message two hashes, which take half the time of an object of OpenSSL's, and leave nothing to
 * collect. What is made of the secret for that is held where nothing shows it that tells of a secret, as little as its key.
 */
const hmacWith = (secret: string, key: KeyObject): WebhookSecret['hmac'] => {
  const bytes = Buffer.from(secret)
  const block = bytes.length > BLOCK_BYTES ? hash('sha256', bytes, 'buffer') : bytes
  const padded = (by: number, room: number): Buffer =>
    Buffer.alloc(BLOCK_BYTES + room, by).map((byte, index) => byte ^ (block[index] ?? 0)) as Buffer
  const [inner, outer] = [padded(0x36, 0), padded(0x5c, HASH_BYTES)]
  return (message) => {
    if (message.length > SHORT_UNITS) return createHmac('sha256', key).update(message).digest('base64')
    scratch.set(inner)
    const end = BLOCK_BYTES + scratch.write(message, BLOCK_BYTES)
    outer.write(hash('sha256', scratch.subarray(0, end), 'binary'), BLOCK_BYTES, 'binary')
    return hash('sha256', outer, 'base64')
  }
}

/** Throws on an empty secret: anyone could sign with it. */
export const webhookSecret = (secret: string): WebhookSecret => {
  if (secret === '') throw new RangeError('a webhook secret must not be empty')
  const key = createSecretKey(secret, 'utf8')
  return {
    key,
    hmac: hmacWith(secret, key),
    fingerprint: hash('sha256', `kyc-ledger secret ${secret}`, 'hex').slice(0, 8),
  }
}

const SIGNATURE_LENGTH = 44 // 32 bytes in padded base64

/** `object_payload_signature` as Treezor would send it with this payload. */
export const sign = (payloadText: string, secret: string): string =>
  webhookSecret(secret).hmac(canonicalise(payloadText))

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
  macOf: (secret: WebhookSecret, index: number) => string,
): string | null => {
  let matched: string | null = null
  for (const [index, secret] of secrets.entries())
    if (timingSafeEqual(Buffer.from(macOf(secret, index)), signature)) matched = secret.fingerprint
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
  const ofRaw = payloadText.isWellFormed() ? matching(bytes, secrets, ({ hmac }) => hmac(payloadText)) : null
  if (ofRaw !== null) return O.some({ secretFingerprint: ofRaw, canonical: known ?? canonicalOf(payloadText) })
  const canonical = known ?? canonicalOf(payloadText)
  if (canonical === payloadText) return O.none
  const matched = matching(bytes, secrets, ({ hmac }) => hmac(canonical))
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
