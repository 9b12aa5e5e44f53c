import * as E from 'fp-ts/lib/Either.js'

/** One signature line of a note: by whom, with which of his keys, and the bytes that the signature's type defines. */
export interface NoteSignature {
  readonly name: string
  /** Four bytes. */
  readonly keyId: Buffer
  readonly signature: Buffer
}

/** A text with signatures (C2SP signed-note). The text ends in a newline. */
interface Note {
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

const KEY_ID_BYTES = 4
/** More than any honest note has; a post-quantum signature takes some 3,300 characters. */
const LARGEST_NOTE = 1_000_000
const MOST_SIGNATURES = 64

// Control characters are what is looked for.
// biome-ignore lint/suspicious/noControlCharactersInRegex: a note must not hold any but the newline
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/
const LINE = /^\u2014 ([^\s+\u0085]+) ([A-Za-z0-9+/]+={0,2})$/u

/** Reads standard base64 in its one canonical spelling; `null` for any other. */
export const fromBase64 = (text: string): Buffer | null => {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

const parseSignature = (line: string): NoteSignature | null => {
  const [, name, base64] = LINE.exec(line) ?? []
  const bytes = base64 === undefined ? null : fromBase64(base64)
  return name === undefined || bytes === null || bytes.length <= KEY_ID_BYTES
    ? null
    : { name, keyId: bytes.subarray(0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) }
}

/** Reads signature lines, each ended by a newline: as they end a note, and as a witness answers. */
export const parseSignatures = (lines: string): E.Either<string, readonly NoteSignature[]> => {
  if (!lines.endsWith('\n')) return E.left('its signatures do not end in a newline')
  const signatures = lines.slice(0, -1).split('\n').map(parseSignature)
  if (signatures.length > MOST_SIGNATURES) return E.left(`it has more than ${MOST_SIGNATURES} signatures`)
  const at = signatures.indexOf(null)
  return at === -1 ? E.right(signatures as readonly NoteSignature[]) : E.left(`its signature line ${at + 1} is none`)
}

/** Reads a note; says in words why something is none. Whether its signatures are good is another question. */
export const parseNote = (note: string): E.Either<string, Note> => {
  if (note.length > LARGEST_NOTE) return E.left(`it is longer than ${LARGEST_NOTE} characters`)
  if (CONTROL.test(note)) return E.left('it holds a control character')
  if (!note.isWellFormed()) return E.left('it is not well-formed text')
  const end = note.lastIndexOf('\n\n')
  if (end === -1) return E.left('it has no blank line before signatures')
  const text = note.slice(0, end + 1)
  const signatures = parseSignatures(note.slice(end + 2))
  return E.map((all: readonly NoteSignature[]) => ({ text, signatures: all }))(signatures)
}

/** The line of a signature, with its newline. */
export const formatSignature = ({ name, keyId, signature }: NoteSignature): string =>
  `\u2014 ${name} ${Buffer.concat([keyId, signature]).toString('base64')}\n`

export const formatNote = ({ text, signatures }: Note): string => `${text}\n${signatures.map(formatSignature).join('')}`
