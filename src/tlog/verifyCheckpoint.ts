import { verify } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { ED25519, ML_DSA_44_COSIGNATURE, type VerifierKey } from './keys.ts'
import { type NoteSignature, parseNote } from './note.ts'
import { signedBytes } from './signedBytes.ts'

/** A good signature: by which key, and when as it says; `null` where it says no time. */
export interface Signed {
  readonly by: VerifierKey
  /** Seconds since 1970. */
  readonly at: number | null
}

const TIME_BYTES = 8

const read = ({ type }: VerifierKey, signature: Buffer) => {
  if (type === ED25519) return { at: null, bytes: signature }
  const at = signature.length > TIME_BYTES ? signature.readBigUInt64BE() : -1n
  return {
    at: at >= 0n && at <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(at) : -1,
    bytes: signature.subarray(TIME_BYTES),
  }
}

/** `null` where the signature is not good. */
export const checkSignature = (
  checkpoint: Checkpoint,
  by: VerifierKey,
  { signature }: NoteSignature,
): Signed | null => {
  const { at, bytes } = read(by, signature)
  if (at === -1) return null
  return verify(null, signedBytes(by.type, by.name, at ?? 0, checkpoint), by.publicKey, bytes) ? { by, at } : null
}

const isOf = ({ name, keyId }: VerifierKey, signature: NoteSignature): boolean =>
  name === signature.name && keyId.equals(signature.keyId)

/** A checkpoint with those of its signatures that keys one trusts have made. */
export interface VerifiedCheckpoint {
  readonly checkpoint: Checkpoint
  readonly signed: readonly Signed[]
}

/** Whether any of them covers extension lines: one with ML-DSA-44 does not (C2SP tlog-cosignature). */
export const coversLines = (signed: readonly Signed[]): boolean =>
  signed.some(({ by }) => by.type !== ML_DSA_44_COSIGNATURE)

/** What is signed of it. */
const asSigned = ({ erased = 0, ...head }: Checkpoint, signed: readonly Signed[]): Checkpoint =>
  erased > 0 && coversLines(signed) ? { ...head, erased } : head

/**
 * Reads a signed checkpoint and checks each signature that is said to be of one of `keys`; the others are passed over. One
 * that is not good, or no good one at all, makes the whole of no worth (C2SP signed-note): why, in words. How many users were erased it says
 * only where one of these signatures covers that.
 */
export const verifyCheckpoint = (note: string, keys: readonly VerifierKey[]): E.Either<string, VerifiedCheckpoint> => {
  const parsed = parseNote(note)
  if (E.isLeft(parsed)) return parsed
  const { text, signatures } = parsed.right
  const read = parseCheckpoint(text)
  if (E.isLeft(read)) return read
  const checkpoint = read.right
  // Not every kind of signature covers extension lines: of those that are known it is said whether one does.
  if (formatCheckpoint(checkpoint) !== text) return E.left('it has lines that not every signature covers')
  const signed: Signed[] = []
  for (const signature of signatures) {
    const by = keys.find((key) => isOf(key, signature))
    if (by === undefined) continue
    const good = checkSignature(checkpoint, by, signature)
    if (good === null) return E.left(`the signature of ${by.name} (${by.keyId.toString('hex')}) is not good`)
    signed.push(good)
  }
  return signed.length === 0
    ? E.left('none of its signatures is by a key that is trusted')
    : E.right({ checkpoint: asSigned(checkpoint, signed), signed })
}
