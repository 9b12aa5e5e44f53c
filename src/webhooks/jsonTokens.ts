// Where the tokens of JSON end (RFC 8259), as `JSON.parse` has it; -1: there is no such token. Nothing here makes a value.

const SPACE = 0x20
const QUOTE = 0x22
const PLUS = 0x2b
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const BACKSLASH = 0x5c
const LETTER_E = 0x65
const LETTER_U = 0x75
const LOWER_CASE = 0x20

const ESCAPED = '"\\/bfnrtu'
const HEX = '0123456789abcdefABCDEF'
const among = (units: string): Uint8Array =>
  Uint8Array.from({ length: 128 }, (_, unit) => (units.includes(String.fromCharCode(unit)) ? 1 : 0))
const IS_ESCAPED = among(ESCAPED)
const IS_HEX = among(HEX)

/** Of the string whose quote stands at `at`. */
export const endOfStringToken = (text: string, at: number): number => {
  let i = at + 1
  for (;;) {
    const unit = text.charCodeAt(i++)
    if (unit === QUOTE) return i
    if (unit === BACKSLASH) {
      const escaped = text.charCodeAt(i++)
      if (IS_ESCAPED[escaped] !== 1) return -1
      if (escaped !== LETTER_U) continue
      for (const end = i + 4; i < end; i++) if (IS_HEX[text.charCodeAt(i)] !== 1) return -1
    } else if (!(unit >= SPACE)) return -1
  }
}

const isDigit = (unit: number): boolean => unit >= ZERO && unit <= NINE

const endOfDigits = (text: string, at: number): number => {
  let i = at
  while (isDigit(text.charCodeAt(i))) i++
  return i === at ? -1 : i
}

const endOfNumber = (text: string, at: number): number => {
  let i = text.charCodeAt(at) === MINUS ? at + 1 : at
  i = text.charCodeAt(i) === ZERO ? i + 1 : endOfDigits(text, i)
  if (i > 0 && text.charCodeAt(i) === POINT) i = endOfDigits(text, i + 1)
  if (i > 0 && (text.charCodeAt(i) | LOWER_CASE) === LETTER_E) {
    const sign = text.charCodeAt(i + 1)
    i = endOfDigits(text, sign === PLUS || sign === MINUS ? i + 2 : i + 1)
  }
  return i
}

const WORDS = ['true', 'false', 'null']

/** Of the string, number or word that begins at `at`. */
export const endOfScalarToken = (text: string, at: number): number => {
  const first = text.charCodeAt(at)
  if (first === QUOTE) return endOfStringToken(text, at)
  if (first === MINUS || isDigit(first)) return endOfNumber(text, at)
  const word = WORDS.find((one) => text.startsWith(one, at))
  return word === undefined ? -1 : at + word.length
}
