import { hash } from 'node:crypto'

/** The text of a JSON value as Treezor's producer writes it before signing. Pure ASCII, without white space. */
export type CanonicalJson = string & { readonly CanonicalJson: unique symbol }

const QUOTE = 0x22
const SLASH = 0x2f
const BACKSLASH = 0x5c
const LETTER_U = 0x75
const SPACE = 0x20
const FIRST_NON_ASCII = 0x80

const ASCII: readonly string[] = Array.from({ length: FIRST_NON_ASCII }, (_, unit) =>
  unit === SLASH ? '\\/' : JSON.stringify(String.fromCharCode(unit)).slice(1, -1),
)
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** One UTF-16 unit inside a string, as PHP's `json_encode` with default flags spells it. */
const spell = (unit: number): string =>
  unit < FIRST_NON_ASCII ? (ASCII[unit] as string) : `\\u${HEX[unit >> 8]}${HEX[unit & 0xff]}`

/**
 * C of the signature (provider's page "integrity checks"): the text of a JSON value, token by token, without white
 * space and with each string spelled in the one way PHP's `json_encode` spells it. Numbers, key order and duplicate
 * keys stay exactly as they came. `json` must be valid JSON; a text that is already canonical is given back as it is.
 *
 * Normalising escapes weakens nothing. Texts of one canonical form have the same tokens, hence the same value. And C is
 * idempotent, so all texts t that one signed message m verifies, be it by C(t) = m or by t = m, share C(t) = C(m): one
 * signature stands for one canonical form, and the hash of that form is a sound identity.
 *
 * One pass, not recursive: depth costs nothing.
 */
export const canonicalise = (json: string): CanonicalJson => {
  const end = json.length
  let out = ''
  let kept = 0 // json[kept, i) is canonical and not yet in `out`
  let i = 0
  while (i < end) {
    const token = json.charCodeAt(i)
    if (token <= SPACE) {
      out += json.slice(kept, i)
      do i++
      while (json.charCodeAt(i) <= SPACE)
      kept = i
      continue
    }
    i++
    if (token !== QUOTE) continue

    while (i < end) {
      const unit = json.charCodeAt(i)
      if (unit === QUOTE) break
      if (unit === BACKSLASH) {
        if (json.charCodeAt(i + 1) !== LETTER_U) {
          i += 2
          continue
        }
        const spelling = spell(Number.parseInt(json.slice(i + 2, i + 6), 16))
        if (!json.startsWith(spelling, i)) {
          out += json.slice(kept, i) + spelling
          kept = i + 6
        }
        i += 6
      } else if (unit === SLASH || unit >= FIRST_NON_ASCII) {
        out += json.slice(kept, i) + spell(unit)
        kept = ++i
      } else i++
    }
    i++
  }
  return (kept === 0 ? json : out + json.slice(kept)) as CanonicalJson
}

/** The identity of a signed payload: SHA-256 of its canonical form, 64 lower-case hex digits. */
export const payloadHash = (canonical: CanonicalJson): string => hash('sha256', canonical, 'hex')
