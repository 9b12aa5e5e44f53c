import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import type { VerifierKey } from '../tlog/keys.ts'
import { keysAsked } from './keysAsked.ts'

const USAGE = `usage: verify [--checkpoint <file>]… [--key <verifier key>]… [--witness <verifier key>]…
       verify <evidence file> --key <verifier key>… [--witness <verifier key>]…`

export interface VerifyAsked {
  /** An evidence file; `null` where the log itself is asked about. */
  readonly file: string | null
  readonly checkpoints: readonly string[]
  readonly keys: readonly VerifierKey[]
  readonly witnesses: readonly VerifierKey[]
}

const many = { type: 'string', multiple: true, default: [] as string[] } as const

const parsed = (words: readonly string[]) => {
  try {
    const options = { checkpoint: many, key: many, witness: many }
    return parseArgs({ args: [...words], options, allowPositionals: true })
  } catch {
    return null
  }
}

/** Reads the words; a text says what is wrong with them. */
export const verifyAsked = (words: readonly string[]): E.Either<string, VerifyAsked> => {
  const found = parsed(words)
  if (found === null || found.positionals.length > 1) return E.left(USAGE)
  const { values, positionals } = found
  const keys = keysAsked('key', values.key)
  if (E.isLeft(keys)) return keys
  const witnesses = keysAsked('witness', values.witness)
  if (E.isLeft(witnesses)) return witnesses
  const file = positionals[0] ?? null
  if (file !== null && values.checkpoint.length > 0) return E.left(USAGE)
  if ((file !== null || values.checkpoint.length > 0 || values.witness.length > 0) && values.key.length === 0) {
    return E.left(
      `${file === null ? 'a checkpoint' : 'an evidence file'} is checked with --key: a verifier key that you hold, and do not have from ${file === null ? 'the log' : 'the file'}`,
    )
  }
  return E.right({ file, checkpoints: values.checkpoint, keys: keys.right, witnesses: witnesses.right })
}
