import * as E from 'fp-ts/lib/Either.js'
import { HASH_BYTES, type Hash } from './hash.ts'
import { fromBase64 } from './note.ts'

/** Hashes of a proof as texts carry them: base64, one a line, each line with its newline. */
export const formatHashLines = (hashes: readonly Hash[]): string =>
  hashes.map((hash) => `${hash.toString('base64')}\n`).join('')

/** Reads them; says in words which line is none. */
export const parseHashLines = (lines: readonly string[]): E.Either<string, readonly Hash[]> => {
  const hashes = lines.map(fromBase64)
  const at = hashes.findIndex((hash) => hash?.length !== HASH_BYTES)
  return at === -1 ? E.right(hashes as readonly Hash[]) : E.left(`line ${at + 1} of its proof is no hash`)
}
