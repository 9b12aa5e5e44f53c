import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import { type RetentionPolicy, readPolicy } from '../../domain/retention/policy.ts'
import { readNamedFile } from './namedFile.ts'

const NAME = 'RETENTION_POLICY'

/**
 * Reads the retention policy out of the JSON file that `RETENTION_POLICY` names; `null` where it names none: then nothing is ever due.
 * Otherwise all that is wrong with it, each by its path in the file.
 */
export const readRetentionPolicy = (file: string): E.Either<readonly string[], RetentionPolicy | null> => {
  if (file === '') return E.right(null)
  const text = readNamedFile(NAME, file)
  if (E.isLeft(text)) return E.left([text.left])
  const json = J.parse(text.right)
  if (E.isLeft(json)) return E.left([`${NAME}: the file is not JSON`])
  return E.mapLeft((faults: readonly string[]) => faults.map((fault) => `${NAME}: ${fault}`))(readPolicy(json.right))
}
