import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'

/** What webhooks that are sent are signed with (Standard Webhooks 1.0). The key shows nowhere: Node writes none of it. */
export type SigningKey =
  | { readonly version: 'v1'; readonly key: KeyObject }
  /** `publicKey`: what its receiver checks with, `whpk_…`. */
  | { readonly version: 'v1a'; readonly key: KeyObject; readonly publicKey: string }

const SYMMETRIC = 'whsec_'
const PRIVATE = 'whsk_'
const PUBLIC = 'whpk_'
/** What precedes the 32 bytes of a key in DER (RFC 8410, 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_LENGTH = 12

const EXPECTED =
  'expected whsec_ and 24 to 64 bytes in base64, or whsk_ and an Ed25519 key in base64, of 32 or 64 bytes'

/** `null` where the text is not base64 to its last character. */
const bytesOf = (text: string): Buffer | null => {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '') ? bytes : null
}

const ed25519 = (bytes: Buffer): E.Either<string, SigningKey> => {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, bytes.subarray(0, 32)]), format: 'der', type: 'pkcs8' })
  const open = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI_LENGTH)
  // The second half, where there is one, is the public key.
  if (bytes.length === 64 && !open.equals(bytes.subarray(32))) {
    return E.left('is a whsk_ key of which the second half is not the public key of the first')
  }
  return E.right({ version: 'v1a', key, publicKey: PUBLIC + open.toString('base64') })
}

/** Reads a secret as Standard Webhooks writes it; otherwise what is wrong with it, without a letter of it. */
export const readSigningKey = (text: unknown): E.Either<string, SigningKey> => {
  if (typeof text !== 'string') return E.left(EXPECTED)
  if (text.startsWith(PUBLIC)) return E.left('is a public key: it is for the receiver')
  const prefix = [SYMMETRIC, PRIVATE].find((one) => text.startsWith(one))
  const bytes = prefix === undefined ? null : bytesOf(text.slice(prefix.length))
  if (bytes === null) return E.left(EXPECTED)
  if (prefix === PRIVATE) return bytes.length === 32 || bytes.length === 64 ? ed25519(bytes) : E.left(EXPECTED)
  if (bytes.length < 24 || bytes.length > 64) return E.left(EXPECTED)
  return E.right({ version: 'v1', key: createSecretKey(bytes) })
}
