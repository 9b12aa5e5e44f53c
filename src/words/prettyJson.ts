import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'

const OPENING = new Set(['{', '['])
const CLOSING = new Set(['}', ']'])
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gsu

/** What stands deeper than that stands on one line: its indents would be longer than itself. */
const DEEPEST = 32

/** A longer text is read by nobody, and laying it out may make it thirty times as long. */
const LONGEST = 256 * 1024

/**
 * A JSON text with a member to a line. It is laid out token by token: numbers, escapes, the order of keys and keys that stand twice
 * are as they came. A text that is no JSON, or longer than 256 Ki characters, is given back as it is.
 */
export const prettyJson = (text: string): string => {
  if (text.length > LONGEST || E.isLeft(J.parse(text))) return text
  const parts: string[] = []
  let [depth, before] = [0, '']
  const line = (indent: number): string => (depth > DEEPEST ? '' : `\n${'  '.repeat(indent)}`)
  for (const [token] of text.matchAll(TOKEN)) {
    if (CLOSING.has(token)) {
      parts.push(OPENING.has(before) ? '' : line(depth - 1), token)
      depth -= 1
    } else {
      parts.push(OPENING.has(before) || before === ',' ? line(depth) : '', token === ':' ? ': ' : token)
      if (OPENING.has(token)) depth += 1
    }
    before = token
  }
  return parts.join('')
}
