import * as E from 'fp-ts/lib/Either.js'
import { parseVerifierKey, type VerifierKey } from '../tlog/keys.ts'

/** Reads verifier keys that were given as an option; says which option one of them is wrong in. */
export const keysAsked = (option: string, words: readonly string[]): E.Either<string, readonly VerifierKey[]> => {
  const keys = words.map(parseVerifierKey)
  const bad = keys.find(E.isLeft)
  return bad === undefined
    ? E.right(keys.flatMap((key) => (E.isRight(key) ? [key.right] : [])))
    : E.left(`--${option}: ${bad.left}`)
}
