import { createHmac, sign } from 'node:crypto'
import type { SigningKey } from '../config/signingKey.ts'

const signature = (signing: SigningKey, content: string): string => {
  const bytes =
    signing.version === 'v1'
      ? createHmac('sha256', signing.key).update(content).digest()
      : sign(null, Buffer.from(content), signing.key)
  return `${signing.version},${bytes.toString('base64')}`
}

/**
 * The headers of a webhook (Standard Webhooks 1.0, "Webhook headers"): one signature for each key, over id, time of this attempt and
 * body. `at` in milliseconds since 1970. Neither an id nor a time of this service is anybody's choice, which is what the
 * specification asks of what stands before the full stops.
 */
export const signedHeaders = (
  id: string,
  at: number,
  body: string,
  keys: readonly SigningKey[],
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> => {
  const timestamp = String(Math.floor(at / 1000))
  const content = `${id}.${timestamp}.${body}`
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': keys.map((key) => signature(key, content)).join(' '),
  }
}
