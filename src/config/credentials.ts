import * as E from 'fp-ts/lib/Either.js'
import { type ApiKey, type KeyEntry, readApiKeys } from './apiKeys.ts'
import { isReadByOthers, readNamedFile } from './namedFile.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What is configured of one kind, possibly nothing; and what an operator should know of it. */
interface Given<A> {
  readonly all: readonly A[]
  readonly warnings: readonly string[]
}

const given = (environment: Environment, name: string): string => environment[name]?.trim() ?? ''

const entriesIn = (texts: readonly string[], where: (number: number) => string): readonly KeyEntry[] =>
  texts.map((text, index) => ({ where: where(index + 1), text: text.trim() })).filter(({ text }) => text !== '')

/** Entries of the variable `name`, by commas, or the lines of the file that `<name>_FILE` names but `comments`: of one of the two. */
const entriesOf = (
  environment: Environment,
  name: string,
  comments: RegExp | null = null,
): E.Either<string, Given<KeyEntry>> => {
  const inVariable = given(environment, name)
    .split(',')
    .filter((text) => text.trim() !== '')
  const entries = entriesIn(inVariable, (number) => `${name}: entry ${number}`)
  const file = given(environment, `${name}_FILE`)
  if (file === '') return E.right({ all: entries, warnings: [] })
  if (entries.length > 0) return E.left(`${name}_FILE: set this or ${name}, not both`)
  const text = readNamedFile(`${name}_FILE`, file)
  if (E.isLeft(text)) return text
  const lines = entriesIn(text.right.split('\n'), (number) => `${name}_FILE: line ${number}`)
  const all = lines.filter((line) => comments?.test(line.text) !== true)
  if (all.length === 0) return E.left(`${name}_FILE: the file holds none`)
  const warnings = isReadByOthers(file) ? [`${name}_FILE: everybody on this machine may read the file`] : []
  return E.right({ all, warnings })
}

/** What no secret holds that somebody wrote down: a file full of zeros, as a crash can leave it, signs like no secret at all (RFC 2104, 2). */
const NO_TEXT = /[\p{Cc}\ufffd]/u

/** The provider's secrets that are configured: in `TREEZOR_WEBHOOK_SECRET`, or a line each in `TREEZOR_WEBHOOK_SECRET_FILE`. */
export const readSecrets = (environment: Environment): E.Either<string, Given<string>> => {
  const entries = entriesOf(environment, 'TREEZOR_WEBHOOK_SECRET')
  if (E.isLeft(entries)) return entries
  const { all, warnings } = entries.right
  const noText = all.find(({ text }) => NO_TEXT.test(text))
  return noText === undefined
    ? E.right({ all: all.map(({ text }) => text), warnings })
    : E.left(`${noText.where} holds control characters, or is no UTF-8 text: it is no secret that was written down`)
}

/** The keys that are configured: in `API_KEYS`, or a line each in `API_KEYS_FILE`, which has comments behind `#`. */
export const readKeys = (environment: Environment): E.Either<readonly string[], readonly ApiKey[]> => {
  // Hashes of keys are in there, and everybody may read these.
  const entries = entriesOf(environment, 'API_KEYS', /^#/)
  return E.isLeft(entries) ? E.left([entries.left]) : readApiKeys(entries.right.all)
}
