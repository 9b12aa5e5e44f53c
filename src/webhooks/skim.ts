import { endOfScalarToken, endOfStringToken } from './jsonTokens.ts'

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = '\\'
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const BYTE_ORDER_MARK = 0xfeff

/** Others have their turn after the tokens of so many units. */
const PAUSE_UNITS = 16 * 1024

/** What a body is, as far as it shows before anything is made of it; the same as `readEnvelope` makes of it. */
export type Skimmed =
  | { readonly _tag: 'NotJson' }
  /** JSON, but not an object. */
  | { readonly _tag: 'NotAWebhook' }
  | { readonly _tag: 'NoPayload' }
  /** `signature`: where it is a text that could be one. */
  | { readonly _tag: 'Webhook'; readonly payloadText: string; readonly signature: string | null }

/** What may come next. */
const VALUE = 0
const VALUE_OR_END = 1
const NAME = 2
const NAME_OR_END = 3
const COLON_NEXT = 4
const NEXT = 5

const WRAPPED = 'webhook'
const PAYLOAD = 'object_payload'
const SIGNATURE = 'object_payload_signature'

/** The longest text that is looked for, were it written in nothing but escapes: a signature of 44. */
const LONGEST = 2 + 6 * 44

/** The text of the string between two quotes; empty where it is none of those that are looked for. */
const stringBetween = (text: string, start: number, end: number): string => {
  if (end - start > LONGEST) return ''
  const raw = text.slice(start + 1, end - 1)
  return raw.includes(BACKSLASH) ? (JSON.parse(text.slice(start, end)) as string) : raw
}

/** What is looked for in an object: the webhook, or what it is wrapped in. */
class Level {
  readonly isObject: boolean
  /** The member under way, and where its value begins. */
  name = ''
  start = 0
  payload: string | null = null
  signature: string | null = null

  constructor(isObject: boolean) {
    this.isObject = isObject
  }

  ended(text: string, end: number): void {
    if (this.name === PAYLOAD) this.payload = text.slice(this.start, end)
    else if (this.name === SIGNATURE)
      this.signature = text.charCodeAt(this.start) === QUOTE ? stringBetween(text, this.start, end) : null
  }
}

/** Goes over a text token by token. */
class Skim {
  readonly #text: string
  #at: number
  #expected = VALUE
  #isBroken = false
  /** Of all that is open, whether it is an object. */
  readonly #open: boolean[] = []
  #outer = new Level(false)
  #inner = new Level(false)

  constructor(text: string) {
    this.#text = text
    this.#at = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0
  }

  /** Goes on up to a place; gives whether there is more. */
  goOn(pause: number): boolean {
    const text = this.#text
    const open = this.#open
    let expected = this.#expected
    let i = this.#at
    for (; i < text.length; ) {
      const unit = text.charCodeAt(i)
      if (unit === SPACE || unit === 0x0a || unit === 0x0d || unit === 0x09) {
        i++
        continue
      }
      if (i >= pause) break
      const depth = open.length
      if (expected === COLON_NEXT) {
        if (unit !== COLON) return this.#broken()
        expected = VALUE
        i++
      } else if (unit === QUOTE && (expected === NAME || expected === NAME_OR_END)) {
        const end = endOfStringToken(text, i)
        if (end < 0) return this.#broken()
        const level = this.#levelAt(depth)
        if (level !== null) level.name = stringBetween(text, i, end)
        expected = COLON_NEXT
        i = end
      } else if (unit === COMMA && expected === NEXT && depth > 0) {
        expected = open[depth - 1] ? NAME : VALUE
        i++
      } else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) {
        const mayEnd = expected === NEXT || expected === VALUE_OR_END || expected === NAME_OR_END
        if (!mayEnd || depth === 0 || open[depth - 1] !== (unit === CLOSE_BRACE)) return this.#broken()
        open.pop()
        expected = NEXT
        i++
        this.#levelAt(depth - 1)?.ended(text, i)
      } else if (expected !== VALUE && expected !== VALUE_OR_END) return this.#broken()
      else {
        const level = this.#levelAt(depth)
        if (level !== null) level.start = i
        if (depth === 0) this.#outer = new Level(unit === OPEN_BRACE)
        if (depth === 1 && this.#outer.name === WRAPPED) this.#inner = new Level(unit === OPEN_BRACE)
        if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
          open.push(unit === OPEN_BRACE)
          expected = unit === OPEN_BRACE ? NAME_OR_END : VALUE_OR_END
          i++
        } else {
          i = endOfScalarToken(text, i)
          if (i < 0) return this.#broken()
          expected = NEXT
          level?.ended(text, i)
        }
      }
    }
    this.#expected = expected
    this.#at = i
    return i < text.length
  }

  #broken(): false {
    this.#isBroken = true
    return false
  }

  /** Where members are looked for: in the outermost object, and in the one that it holds as the webhook. */
  #levelAt(depth: number): Level | null {
    const level = depth === 1 ? this.#outer : depth === 2 && this.#outer.name === WRAPPED ? this.#inner : null
    return level?.isObject === true ? level : null
  }

  result(): Skimmed {
    if (this.#isBroken || this.#expected !== NEXT || this.#open.length > 0) return { _tag: 'NotJson' }
    if (!this.#outer.isObject) return { _tag: 'NotAWebhook' }
    const { payload, signature } = this.#inner.isObject ? this.#inner : this.#outer
    return payload === null ? { _tag: 'NoPayload' } : { _tag: 'Webhook', payloadText: payload, signature }
  }
}

/**
 * Looks whether a text is JSON, and for the signed payload in it, and lets others have their turn in between: `JSON.parse` holds up
 * everybody for up to 80 ms over 1 MiB that somebody has thought out. Not recursive: depth costs nothing.
 */
export function* skim(text: string): Generator<void, Skimmed> {
  const skimming = new Skim(text)
  for (let pause = PAUSE_UNITS; skimming.goOn(pause); pause += PAUSE_UNITS) yield
  return skimming.result()
}
