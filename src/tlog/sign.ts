import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import type { Checkpoint } from './checkpoint.ts'
import { ED25519, type SignatureType, type VerifierKey, verifierKey } from './keys.ts'
import type { NoteSignature } from './note.ts'
import { signedBytes } from './signedBytes.ts'

/** A key that signs checkpoints, with what its signatures are checked with. */
export interface Signer {
  readonly verifier: VerifierKey
  /** `at`: when it is signed, in seconds since 1970. */
  readonly sign: (checkpoint: Checkpoint, at: number) => NoteSignature
}

export const signer = (name: string, type: SignatureType, privateKey: KeyObject): Signer => {
  const verifier = verifierKey(name, type, createPublicKey(privateKey))
  return {
    verifier,
    sign: (checkpoint, at) => {
      const signature = sign(null, signedBytes(type, name, at, checkpoint), privateKey)
      if (type === ED25519) return { name, keyId: verifier.keyId, signature }
      const time = Buffer.alloc(8)
      time.writeBigUInt64BE(BigInt(at))
      return { name, keyId: verifier.keyId, signature: Buffer.concat([time, signature]) }
    },
  }
}
