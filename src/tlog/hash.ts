import { hash } from 'node:crypto'

/** A SHA-256 hash: 32 bytes. */
export type Hash = Buffer

export const HASH_BYTES = 32

/** As text of one byte a character: with a buffer made inside, a node takes more than twice the time. */
const digest = (bytes: Uint8Array): string => hash('sha256', bytes, 'binary')

/** Hashes are shared: whoever is given one does not write to it. */
const sha256 = (bytes: Uint8Array): Hash => Buffer.from(digest(bytes), 'binary')

/** Of a tree without leaves (RFC 6962, 2.1). */
export const EMPTY_ROOT: Hash = sha256(new Uint8Array())

/** The hash of a leaf: SHA-256(0x00 ‖ record) (RFC 6962, 2.1). */
export const leafHash = (record: Uint8Array): Hash => {
  const prefixed = Buffer.allocUnsafe(1 + record.length)
  prefixed[0] = 0
  prefixed.set(record, 1)
  return sha256(prefixed)
}

/** The hash of a node: SHA-256(0x01 ‖ left ‖ right) (RFC 6962, 2.1). */
export const nodeHash = (left: Hash, right: Hash): Hash => {
  const prefixed = Buffer.allocUnsafe(1 + 2 * HASH_BYTES)
  prefixed[0] = 1
  prefixed.set(left, 1)
  prefixed.set(right, 1 + HASH_BYTES)
  return sha256(prefixed)
}

const pair = Buffer.alloc(1 + 2 * HASH_BYTES, 1)

/** Writes the hash of the node over the hashes `left` and `left + 1` of a row of hashes in the place of the hash `at` of that row. */
export const nodeHashAt = (hashes: Buffer, left: number, at: number): void => {
  hashes.copy(pair, 1, left * HASH_BYTES, (left + 2) * HASH_BYTES)
  hashes.write(digest(pair), at * HASH_BYTES, 'binary')
}
