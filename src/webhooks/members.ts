// Where the members of a JSON object stand in its text. Everything here walks over text that JSON.parse has accepted.

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** From `start` up to, not including, `end`. */
interface Span {
  readonly start: number
  readonly end: number
}

/** The members of an object, and where it stands itself. */
interface Members extends Span {
  /** The value of each member under its decoded name; of members with one name, the last. */
  readonly spans: ReadonlyMap<string, Span>
}

/** The members of the object whose `{` stands at `start`. */
export const membersOf = (text: string, start: number): Members => {
  const spans = new Map<string, Span>()
  let i = skipSpace(text, start + 1)
  while (text.charCodeAt(i) === QUOTE) {
    const keyEnd = endOfString(text, i)
    const colon = skipSpace(text, keyEnd)
    const valueStart = skipSpace(text, colon + 1)
    const valueEnd = endOfValue(text, valueStart)
    spans.set(stringAt(text, i, keyEnd), { start: valueStart, end: valueEnd })
    i = skipSpace(text, valueEnd)
    if (text.charCodeAt(i) === COMMA) i = skipSpace(text, i + 1)
  }
  return { start, end: i + 1, spans }
}

/** Where the items of the list stand whose `[` stands at `start`. */
export const itemsOf = (text: string, start: number): readonly Span[] => {
  const spans: Span[] = []
  let i = skipSpace(text, start + 1)
  while (i < text.length && text.charCodeAt(i) !== CLOSE_BRACKET) {
    const end = endOfValue(text, i)
    spans.push({ start: i, end })
    i = skipSpace(text, end)
    if (text.charCodeAt(i) === COMMA) i = skipSpace(text, i + 1)
  }
  return spans
}

/** The place of the first unit, from `from` on, that is no white space. */
export const skipSpace = (text: string, from: number): number => {
  let i = from
  while (text.charCodeAt(i) <= SPACE) i++
  return i
}

const stringAt = (text: string, start: number, end: number): string => {
  const raw = text.slice(start + 1, end - 1)
  return raw.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : raw
}

const endOfString = (text: string, start: number): number => {
  let i = start + 1
  while (i < text.length) {
    const unit = text.charCodeAt(i)
    if (unit === QUOTE) break
    i += unit === BACKSLASH ? 2 : 1
  }
  return i + 1
}

const endOfValue = (text: string, start: number): number => {
  const first = text.charCodeAt(start)
  if (first === QUOTE) return endOfString(text, start)
  return first === OPEN_BRACE || first === OPEN_BRACKET ? endOfNesting(text, start) : endOfScalar(text, start)
}

/** Counts brackets instead of recursing: a body may be a million of them. */
const endOfNesting = (text: string, start: number): number => {
  let depth = 1
  let i = start + 1
  while (depth > 0 && i < text.length) {
    const unit = text.charCodeAt(i)
    if (unit === QUOTE) {
      i = endOfString(text, i)
      continue
    }
    if (unit === OPEN_BRACE || unit === OPEN_BRACKET) depth++
    else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) depth--
    i++
  }
  return i
}

const endOfScalar = (text: string, start: number): number => {
  let i = start
  while (i < text.length) {
    const unit = text.charCodeAt(i)
    if (unit <= SPACE || unit === COMMA || unit === CLOSE_BRACE || unit === CLOSE_BRACKET) break
    i++
  }
  return i
}
