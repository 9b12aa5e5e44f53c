import * as E from 'fp-ts/lib/Either.js'
import type { Checkpoint } from '../../tlog/checkpoint.ts'
import type { VerifierKey } from '../../tlog/keys.ts'
import { type NoteSignature, parseNote } from '../../tlog/note.ts'
import { type Signed, verifyCheckpoint } from '../../tlog/verifyCheckpoint.ts'
import { wrongFile } from './wrongFile.ts'

/** The keys that somebody holds. */
export interface HeldKeys {
  /** Of the log: at least one. */
  readonly log: readonly VerifierKey[]
  readonly witnesses: readonly VerifierKey[]
}

/** The checkpoint of an evidence file, with all that the keys show of it. */
export interface CheckedCheckpoint extends Checkpoint {
  /** The note as it stands in the file. */
  readonly issued: string
  readonly signed: readonly Signed[]
  /** Signatures that none of the keys checks. */
  readonly others: readonly Pick<NoteSignature, 'name' | 'keyId'>[]
}

/** Reads it: each key that somebody holds has signed it, those of the log under its name. Throws `wrongFile`. */
export const checkFileCheckpoint = (issued: string, { log, witnesses }: HeldKeys): CheckedCheckpoint => {
  const keys = [...log, ...witnesses]
  const verified = verifyCheckpoint(issued, keys)
  if (E.isLeft(verified)) throw wrongFile(`checkpoint: ${verified.left}`)
  const { checkpoint, signed } = verified.right
  if (log.some(({ name }) => name !== checkpoint.origin)) {
    throw wrongFile(`checkpoint: it is of another log than the key, ${JSON.stringify(checkpoint.origin)}`)
  }
  for (const key of keys) {
    if (!signed.some(({ by }) => by === key)) {
      throw wrongFile(`checkpoint: ${key.name} (${key.keyId.toString('hex')}) has not signed it`)
    }
  }
  const parsed = parseNote(issued)
  const all = E.isRight(parsed) ? parsed.right.signatures : []
  const others = all.filter(({ name, keyId }) => !keys.some((key) => key.name === name && key.keyId.equals(keyId)))
  return { ...checkpoint, issued, signed, others }
}
