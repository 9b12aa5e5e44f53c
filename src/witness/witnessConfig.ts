import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { type LogLevel, readLogLevel, readWhole } from '../config/config.ts'
import { isKeyName, parseVerifierKey, type VerifierKey } from '../tlog/keys.ts'

/** What a witness is started with. */
export interface WitnessConfig {
  readonly host: string
  readonly port: number
  readonly logLevel: LogLevel
  /** Where it keeps what it has seen. */
  readonly directory: string
  readonly keyFile: string
  /** Under what name it signs. */
  readonly name: string
  /** The keys of the logs that it watches, by their origin. */
  readonly logs: ReadonlyMap<string, readonly VerifierKey[]>
}

/** A name is signed with its length in one byte (C2SP tlog-cosignature). */
const LONGEST_NAME_BYTES = 255

const readName = (text: string): E.Either<string, string> =>
  isKeyName(text) && Buffer.byteLength(text) <= LONGEST_NAME_BYTES
    ? E.right(text)
    : E.left(
        `WITNESS_NAME: must be set, to a name without blanks and plus of at most ${LONGEST_NAME_BYTES} bytes, such as witness.example/1`,
      )

/** One entry of `WITNESS_LOGS`. */
const readLog = (text: string, index: number): E.Either<string, VerifierKey> => {
  const key = parseVerifierKey(text)
  if (E.isLeft(key)) return E.left(`WITNESS_LOGS: entry ${index + 1}: ${key.left}`)
  return Buffer.byteLength(key.right.name) <= LONGEST_NAME_BYTES
    ? key
    : E.left(`WITNESS_LOGS: entry ${index + 1}: its name is longer than ${LONGEST_NAME_BYTES} bytes`)
}

/**
 * Reads the configuration of a witness from environment variables, once, and names every fault at the same time. An empty
 * variable counts as one that is not set.
 */
export const readWitnessConfig = (
  environment: Readonly<Record<string, string | undefined>>,
): E.Either<readonly string[], WitnessConfig> => {
  const faults: string[] = []
  const get = (name: string, otherwise: string): string => environment[name]?.trim() || otherwise
  const take = <A>(read: E.Either<string, A>, otherwise: A): A => {
    if (E.isRight(read)) return read.right
    faults.push(read.left)
    return otherwise
  }

  const host = get('HOST', '127.0.0.1')
  const port = take(readWhole('PORT', get('PORT', '3100'), 0, 65_535), 0)
  const logLevel = take(readLogLevel(get('LOG_LEVEL', 'info')), 'info')
  const directory = get('WITNESS_DIR', 'witness')
  const keyFile = get('WITNESS_KEY_FILE', join(directory, 'witness-key.pem'))
  const name = take(readName(get('WITNESS_NAME', '')), '')
  const keyTexts = get('WITNESS_LOGS', '')
    .split(/[\s,]+/)
    .filter((text) => text !== '')
  if (keyTexts.length === 0) faults.push('WITNESS_LOGS: must be set, to the verifier keys of the logs that are watched')
  const keys = keyTexts.flatMap((text, index) => {
    const key = take<VerifierKey | null>(readLog(text, index), null)
    return key === null ? [] : [key]
  })
  const logs = Map.groupBy(keys, (key) => key.name)
  return faults.length > 0 ? E.left(faults) : E.right({ host, port, logLevel, directory, keyFile, name, logs })
}
