import { type Checkpoint, formatCheckpoint } from './checkpoint.ts'
import { ED25519, ED25519_COSIGNATURE, ML_DSA_44_COSIGNATURE, type SignatureType } from './keys.ts'

const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

/** A text of at most 255 bytes, after its length in one byte. */
const short = (text: string): Buffer => {
  const bytes = Buffer.from(text)
  if (bytes.length === 0 || bytes.length > 255) throw new RangeError('a name is signed with 1 to 255 bytes')
  return Buffer.concat([Uint8Array.of(bytes.length), bytes])
}

/** What an ML-DSA-44 cosignature over a whole tree signs: `cosigned_message` (C2SP tlog-cosignature). */
const cosignedMessage = (name: string, at: number, { origin, size, root }: Checkpoint): Buffer =>
  Buffer.concat([Buffer.from('subtree/v1\n\0'), short(name), u64(at), short(origin), u64(0), u64(size), root])

/**
 * The bytes under a signature of that type by `name` over a checkpoint. `at`: when, in seconds since 1970; a signature
 * of the log itself (Ed25519) says no time.
 */
export const signedBytes = (type: SignatureType, name: string, at: number, checkpoint: Checkpoint): Buffer => {
  switch (type) {
    case ED25519:
      return Buffer.from(formatCheckpoint(checkpoint))
    case ED25519_COSIGNATURE:
      return Buffer.from(`cosignature/v1\ntime ${at}\n${formatCheckpoint(checkpoint)}`)
    case ML_DSA_44_COSIGNATURE:
      return cosignedMessage(name, at, checkpoint)
    default:
      return type satisfies never
  }
}
