import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import * as O from 'fp-ts/lib/Option.js'
import { type CanonicalJson, canonicalise } from './canonicalJson.ts'

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

/**
 * Is this the signature of this payload, under any of the secrets? The text of the signature is compared, in constant
 * time, with the one text it should be: no second base64 spelling of the same bytes passes. Signed may be the canonical
 * form or, should a producer spell differently, exactly the raw slice. All secrets are tried whichever matches.
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
  if (typeof signature !== 'string') return O.none
  const given = Buffer.from(signature)
  if (given.length !== SIGNATURE_LENGTH) return O.none

  const canonical = known ?? canonicalise(payloadText)
  const messages: readonly string[] =
    canonical !== payloadText && payloadText.isWellFormed() ? [canonical, payloadText] : [canonical]

  let matched: O.Option<Verified> = O.none
  for (const { key, fingerprint } of secrets)
    for (const message of messages)
      if (timingSafeEqual(Buffer.from(hmac(message, key)), given))
        matched = O.some({ secretFingerprint: fingerprint, canonical })
  return matched
}
