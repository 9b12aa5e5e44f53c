import { createPublicKey, hash, type KeyObject } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import { fromBase64 } from './note.ts'

/** How a key signs a note (C2SP signed-note, signature types; tlog-cosignature). */
export const ED25519 = 0x01
export const ED25519_COSIGNATURE = 0x04
export const ML_DSA_44_COSIGNATURE = 0x06
export type SignatureType = typeof ED25519 | typeof ED25519_COSIGNATURE | typeof ML_DSA_44_COSIGNATURE

/** What stands before the raw key in its SubjectPublicKeyInfo (RFC 8410; RFC 9881), and how long the key is. */
const SPKI = {
  ed25519: { prefix: Buffer.from('302a300506032b6570032100', 'hex'), bytes: 32 },
  'ml-dsa-44': { prefix: Buffer.from('30820532300b06096086480165030403110382052100', 'hex'), bytes: 1312 },
} as const

const ALGORITHM: Readonly<Record<SignatureType, keyof typeof SPKI>> = {
  [ED25519]: 'ed25519',
  [ED25519_COSIGNATURE]: 'ed25519',
  [ML_DSA_44_COSIGNATURE]: 'ml-dsa-44',
}

/** A key that signatures are checked with, under the name of whoever signs. */
export interface VerifierKey {
  readonly name: string
  /** Four bytes. */
  readonly keyId: Buffer
  readonly type: SignatureType
  readonly publicKey: KeyObject
}

const rawOf = (type: SignatureType, publicKey: KeyObject): Buffer =>
  publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI[ALGORITHM[type]].prefix.length)

/** Whether a key may be called so: no blanks, no plus (C2SP signed-note). */
export const isKeyName = (name: string): boolean => /^[^\s+\u0085]+$/u.test(name) && name.isWellFormed()

/** The first four bytes of SHA-256(name ‖ newline ‖ type ‖ public key). */
const keyIdOf = (name: string, type: SignatureType, raw: Uint8Array): Buffer =>
  hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(type), raw]), 'buffer').subarray(0, 4)

export const verifierKey = (name: string, type: SignatureType, publicKey: KeyObject): VerifierKey => ({
  name,
  keyId: keyIdOf(name, type, rawOf(type, publicKey)),
  type,
  publicKey,
})

/** A verifier key in one line: `<name>+<hex key id>+<base64 of type and key>`. */
export const formatVerifierKey = ({ name, keyId, type, publicKey }: VerifierKey): string =>
  `${name}+${keyId.toString('hex')}+${Buffer.concat([Uint8Array.of(type), rawOf(type, publicKey)]).toString('base64')}`

const isSignatureType = (type: number | undefined): type is SignatureType =>
  type === ED25519 || type === ED25519_COSIGNATURE || type === ML_DSA_44_COSIGNATURE

/** Reads such a line; says in words why one is no key that can be used here. */
export const parseVerifierKey = (line: string): E.Either<string, VerifierKey> => {
  const [, name, id, base64] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u.exec(line) ?? []
  const bytes = base64 === undefined ? null : fromBase64(base64)
  if (name === undefined || bytes === null || !isKeyName(name)) {
    return E.left('a verifier key reads <name>+<8 hexadecimal digits>+<base64>')
  }
  const type = bytes[0]
  if (!isSignatureType(type)) return E.left('its type is none of 1 (Ed25519), 4 and 6 (cosignatures)')
  const { prefix, bytes: length } = SPKI[ALGORITHM[type]]
  const raw = bytes.subarray(1)
  if (raw.length !== length) return E.left(`its public key is not ${length} bytes long`)
  if (keyIdOf(name, type, raw).toString('hex') !== id) return E.left('its id is not the one of its name and key')
  try {
    const publicKey = createPublicKey({ key: Buffer.concat([prefix, raw]), format: 'der', type: 'spki' })
    return E.right({ name, keyId: Buffer.from(id ?? '', 'hex'), type, publicKey })
  } catch {
    return E.left('its public key is none')
  }
}
