import { hash } from 'node:crypto'

/** The text of a JSON value as Treezor's producer writes it before signing. Pure ASCII, without white space. */
export type CanonicalJson = string & { readonly CanonicalJson: unique symbol }

const QUOTE = 0x22
const SLASH = 0x2f
const BACKSLASH = 0x5c
const LETTER_U = 0x75
const SPACE = 0x20
const FIRST_NON_ASCII = 0x80

/** A piece is made of so many units, give or take an escape: some hundred microseconds of work. */
const PIECE_UNITS = 32 * 1024
/** What a piece takes at most: six bytes a unit. */
const PIECE_BYTES = 6 * (PIECE_UNITS + 6)

const ASCII: readonly string[] = Array.from({ length: FIRST_NON_ASCII }, (_, unit) =>
  unit === SLASH ? '\\/' : JSON.stringify(String.fromCharCode(unit)).slice(1, -1),
)
const HEX = Buffer.from('0123456789abcdef')
/** What a hexadecimal digit stands for; 16: it is none. */
const DIGIT = Uint8Array.from({ length: FIRST_NON_ASCII }, (_, unit) => {
  const digit = Number.parseInt(String.fromCharCode(unit), 16)
  return Number.isNaN(digit) ? 16 : digit
})

const digitAt = (json: string, at: number): number => DIGIT[json.charCodeAt(at)] ?? 16

/** The unit that the four digits at `at` stand for. */
const escapedUnit = (json: string, at: number): number => {
  const [a, b, c, d] = [digitAt(json, at), digitAt(json, at + 1), digitAt(json, at + 2), digitAt(json, at + 3)]
  return (a | b | c | d) < 16 ? (a << 12) | (b << 8) | (c << 4) | d : Number.parseInt(json.slice(at, at + 4), 16) | 0
}

/** Writes one UTF-16 unit inside a string as PHP's `json_encode` with default flags spells it; gives where the next goes. */
const spell = (unit: number, out: Uint8Array, at: number): number => {
  if (unit < FIRST_NON_ASCII) {
    const spelling = ASCII[unit] as string
    for (let i = 0; i < spelling.length; i++) out[at + i] = spelling.charCodeAt(i)
    return at + spelling.length
  }
  out[at] = BACKSLASH
  out[at + 1] = LETTER_U
  for (let digit = 0; digit < 4; digit++) out[at + 2 + digit] = HEX[(unit >> (12 - 4 * digit)) & 15] as number
  return at + 6
}

/** Behind a backslash a unit stands as it came, as far as it is one of JSON's. */
const spellRaw = (unit: number, out: Uint8Array, at: number): number => {
  if (unit >= FIRST_NON_ASCII) return spell(unit, out, at)
  out[at] = unit
  return at + 1
}

/** How far a text has been read. */
interface Place {
  at: number
  inString: boolean
}

/** Writes the canonical form of the next units to `out`; gives how many bytes these are. */
const write = (json: string, place: Place, out: Uint8Array): number => {
  const end = json.length
  const pause = Math.min(end, place.at + PIECE_UNITS)
  let { at: i, inString } = place
  let written = 0
  while (i < pause) {
    const unit = json.charCodeAt(i++)
    if (unit === QUOTE) {
      inString = !inString
      out[written++] = QUOTE
    } else if (unit >= FIRST_NON_ASCII) written = spell(unit, out, written)
    else if (!inString) {
      if (unit > SPACE) out[written++] = unit
    } else if (unit === BACKSLASH) {
      if (json.charCodeAt(i) === LETTER_U) {
        written = spell(escapedUnit(json, i + 1), out, written)
        i += 5
      } else {
        out[written++] = BACKSLASH
        if (i < end) written = spellRaw(json.charCodeAt(i), out, written)
        i++
      }
    } else if (unit === SLASH) {
      out[written] = BACKSLASH
      out[written + 1] = SLASH
      written += 2
    } else out[written++] = unit
  }
  place.at = i
  place.inString = inString
  return written
}

/**
 * The canonical form of a text in pieces, each some hundred microseconds of work, so that others have their turn in between.
 * One memory holds one after the other: use each before the next is asked for.
 */
export function* canonicalPieces(json: string): Generator<Buffer, void> {
  const out = Buffer.allocUnsafe(PIECE_BYTES)
  const place: Place = { at: 0, inString: false }
  while (place.at < json.length) yield out.subarray(0, write(json, place, out))
}

const scratch = Buffer.allocUnsafe(PIECE_BYTES)

/**
 * C of the signature (provider's page "integrity checks"): the text of a JSON value, token by token, without white
 * space and with each string spelled in the one way PHP's `json_encode` spells it. Numbers, key order and duplicate
 * keys stay exactly as they came. `json` must be valid JSON.
 *
 * Normalising escapes weakens nothing. Texts of one canonical form have the same tokens, hence the same value. And C is
 * idempotent, so all texts t that one signed message m verifies, be it by C(t) = m or by t = m, share C(t) = C(m): one
 * signature stands for one canonical form, and the hash of that form is a sound identity.
 *
 * One pass, not recursive: depth costs nothing.
 */
export const canonicalise = (json: string): CanonicalJson => {
  const place: Place = { at: 0, inString: false }
  let canonical = ''
  while (place.at < json.length) canonical += scratch.toString('latin1', 0, write(json, place, scratch))
  return canonical as CanonicalJson
}

/** What no canonical text holds, nor anything else that this is found in: an escaped backslash, and blanks inside a string beside what separates values. */
const UNLIKE_CANONICAL =
  /[^ -~]|^ | $|[[\]{},:] | [[\]{},:]|[^\\]\/|\\(?!["/bfnrt]|u(?:0(?:0[89a-f]|[1-9a-f][0-9a-f])|[1-9a-f][0-9a-f]{2})[0-9a-f])/

/**
 * `canonicalise` of JSON that most often is canonical as it came: to look takes half the time of writing it anew. Blanks between tokens
 * always stand beside what separates values, or at either end.
 */
export const canonicalOf = (json: string): CanonicalJson =>
  UNLIKE_CANONICAL.test(json) ? canonicalise(json) : (json as CanonicalJson)

/** The identity of a signed payload: SHA-256 of its canonical form, 64 lower-case hex digits. */
export const payloadHash = (canonical: CanonicalJson): string => hash('sha256', canonical, 'hex')
