// JSON as it is written: numbers, escapes and repeated keys stay as they stand in the text (RFC 8259, sections 2 to 7).

/** A value; `start` and `end` are its place in the text that it was read from. */
export type Json = Scalar | List | Members

interface Placed {
  start: number
  end: number
}
/** A text with its quotes, a number, or a word, as it is written. */
export interface Scalar extends Placed {
  readonly kind: 'scalar'
  text: string
}
export interface List extends Placed {
  readonly kind: 'list'
  items: Json[]
}
export interface Members extends Placed {
  readonly kind: 'object'
  /** Keys with their quotes, as they are written. */
  members: { key: string; value: Json }[]
}

export const scalar = (text: string): Scalar => ({ kind: 'scalar', text, start: 0, end: 0 })
export const list = (items: Json[]): List => ({ kind: 'list', items, start: 0, end: 0 })
export const object = (members: Members['members']): Members => ({ kind: 'object', members, start: 0, end: 0 })

const SPACE = /[ \t\n\r]*/y
const TOKEN =
  /[[\]{}:,]|"(?:[^"\\]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y

/** Which no text may hold but escaped. */
const hasControl = (token: string): boolean => {
  for (let i = 0; i < token.length; i++) if (token.charCodeAt(i) < 0x20) return true
  return false
}

/** One piece of a text: a bracket, a comma, a colon or a scalar. */
export interface Token {
  readonly text: string
  readonly start: number
}

/** The pieces of a text; `null` where there is anything else between them than white space. */
export const tokensOf = (text: string): readonly Token[] | null => {
  const tokens: Token[] = []
  let at = 0
  for (;;) {
    SPACE.lastIndex = at
    SPACE.test(text)
    at = SPACE.lastIndex
    if (at === text.length) return tokens
    TOKEN.lastIndex = at
    const found = TOKEN.exec(text)?.[0]
    if (found === undefined || hasControl(found)) return null
    tokens.push({ text: found, start: at })
    at += found.length
  }
}

type Open = { readonly node: List | Members; key: string | null }

/** Reads a text that is one value and nothing else; `null` where it is none. It does not recurse: a text may be all brackets. */
export const readJson = (text: string): Json | null => {
  const tokens = tokensOf(text)
  if (tokens === null) return null
  const open: Open[] = []
  let root: Json | null = null
  /** What may come next. */
  let expected: 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' = 'value'
  const put = (value: Json): void => {
    const at = open.at(-1)
    if (at === undefined) root = value
    else if (at.node.kind === 'list') at.node.items.push(value)
    else at.node.members.push({ key: at.key ?? '', value })
    expected = 'comma or end'
  }
  for (const { text: token, start } of tokens) {
    if (root !== null && open.length === 0) return null
    const at = open.at(-1)
    const isValue = expected === 'value' || expected === 'value or end'
    if (token === '{' || token === '[') {
      if (!isValue) return null
      const node = token === '{' ? object([]) : list([])
      node.start = start
      put(node)
      open.push({ node, key: null })
      expected = token === '{' ? 'key or end' : 'value or end'
    } else if (token === '}' || token === ']') {
      if (at === undefined || (at.node.kind === 'list') !== (token === ']')) return null
      if (expected !== 'comma or end' && expected !== (token === ']' ? 'value or end' : 'key or end')) return null
      at.node.end = start + 1
      open.pop()
      expected = 'comma or end'
    } else if (token === ',') {
      if (at === undefined || expected !== 'comma or end') return null
      expected = at.node.kind === 'list' ? 'value' : 'key'
    } else if (token === ':') {
      if (expected !== 'colon') return null
      expected = 'value'
    } else if (at !== undefined && (expected === 'key' || expected === 'key or end')) {
      if (!token.startsWith('"')) return null
      at.key = token
      expected = 'colon'
    } else {
      if (!isValue) return null
      put({ kind: 'scalar', text: token, start, end: start + token.length })
    }
  }
  return open.length === 0 ? root : null
}

const ESCAPED: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** The UTF-16 units that a text with its quotes stands for. */
export const unitsOf = (quoted: string): string =>
  quoted
    .slice(1, -1)
    .replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, hex: string | undefined, letter: string) =>
      hex === undefined ? (ESCAPED[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
    )

/** The value of a member, by its name; of several of one name the last (as every common parser has it). */
export const memberOf = (value: Json | null | undefined, name: string): Json | undefined =>
  value?.kind === 'object' ? value.members.findLast(({ key }) => unitsOf(key) === name)?.value : undefined

/** As text, `space` between its tokens. */
export const written = (value: Json, space: () => string = () => ''): string => {
  const between = (parts: readonly string[]): string => parts.join(`${space()},${space()}`)
  switch (value.kind) {
    case 'scalar':
      return value.text
    case 'list':
      return `[${space()}${between(value.items.map((item) => written(item, space)))}${space()}]`
    case 'object': {
      const members = value.members.map(
        ({ key, value: inner }) => `${key}${space()}:${space()}${written(inner, space)}`,
      )
      return `{${space()}${between(members)}${space()}}`
    }
    default:
      return value satisfies never
  }
}

/** A copy that can be changed. */
export const copied = (value: Json): Json =>
  value.kind === 'scalar'
    ? { ...value }
    : value.kind === 'list'
      ? { ...value, items: value.items.map(copied) }
      : { ...value, members: value.members.map(({ key, value: inner }) => ({ key, value: copied(inner) })) }
