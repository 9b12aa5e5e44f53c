import { type CanonicalJson, canonicalise, payloadHash } from './canonicalJson.ts'
import { membersOf, skipSpace } from './members.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** `object_payload` as it stands in the text of a stored webhook, which may have become anything; `null` where none does. */
export const payloadTextIn = (webhookText: string): string | null => {
  const start = skipSpace(webhookText, 0)
  if (webhookText.charCodeAt(start) !== OPEN_BRACE) return null
  try {
    const span = membersOf(webhookText, start).spans.get('object_payload')
    return span === undefined ? null : webhookText.slice(span.start, span.end)
  } catch {
    return null
  }
}

/** A text that has the hash itself is canonical, since nothing but the canonical text has it: most are. */
const isOfHash = (payload: string, hash: string): boolean =>
  payloadHash(payload as CanonicalJson) === hash || payloadHash(canonicalise(payload)) === hash

/**
 * Whether the text of a stored webhook holds the payload of this hash (`payloadHash`). Total, and says nothing of whether the
 * text is JSON.
 */
export const hasPayload = (webhookText: string, hash: string): boolean => {
  const payload = payloadTextIn(webhookText)
  if (payload === null) return false
  return isOfHash(payload, hash)
}

const PAYLOAD = '"object_payload":'

const isLetter = (unit: number): boolean => (unit | 32) >= 0x61 && (unit | 32) <= 0x7a

/** Whether a name or a text begins at `at`, with a letter: in JSON a quote that is not escaped and ends a text has none behind it. */
const beginsText = (json: string, at: number): boolean =>
  json.charCodeAt(at) === QUOTE && isLetter(json.charCodeAt(at + 1))

const opensObject = (json: string, at: number): boolean =>
  json.charCodeAt(at) === OPEN_BRACE && beginsText(json, at + 1)

/** More than so many brackets in a row are not looked through. */
const CLOSED_AT_ONCE = 8

const closesObject = (json: string, at: number): boolean => {
  let next = at + 1
  const most = next + CLOSED_AT_ONCE
  for (; next < most; next++) {
    const unit = json.charCodeAt(next)
    if (unit !== CLOSE_BRACE && unit !== CLOSE_BRACKET) break
  }
  if (next === json.length) return true
  return json.charCodeAt(next) === COMMA && (beginsText(json, next + 1) || opensObject(json, next + 1))
}

/**
 * Where the object ends that begins at `start` of a JSON text, as its braces tell; -1 where one of them may stand in a text. In JSON
 * none does that is spelled as those that open an object, or close one, are here as a rule.
 */
const endOfObject = (json: string, start: number): number => {
  let [open, close] = [start, json.indexOf('}', start)]
  for (let depth = 0; close !== -1; ) {
    if (open !== -1 && open < close) {
      if (!opensObject(json, open)) return -1
      depth += 1
      open = json.indexOf('{', open + 1)
    } else {
      if (!closesObject(json, close)) return -1
      depth -= 1
      if (depth === 0) return close + 1
      close = json.indexOf('}', close + 1)
    }
  }
  return -1
}

/** The payload in the text of a webhook, if that is JSON, spelled and nested as it is as a rule; else `null`, which says nothing. */
const likelyPayload = (webhookText: string): string | null => {
  const name = webhookText.indexOf(PAYLOAD)
  const start = name + PAYLOAD.length
  const before = webhookText.charCodeAt(name - 1)
  if (name === -1 || (before !== COMMA && before !== OPEN_BRACE)) return null
  // A name stands in an object: in JSON that is the webhook itself where no other one begins before the payload.
  if (webhookText.indexOf('{', 1) !== start) return null
  const end = endOfObject(webhookText, start)
  if (end === -1) return null
  // The last member of a name counts, and in no other way than these can its name be spelled.
  if (webhookText.includes('object_payload"', end) || webhookText.includes('\\u', end)) return null
  return webhookText.slice(start, end)
}

/**
 * The JSON of the text of a stored webhook where that holds the payload of this hash, as far as it is told without a walk through all of
 * it; `null` where it is not, and `hasPayload` tells.
 */
export const webhookWith = (webhookText: string, hash: string): Readonly<Record<string, unknown>> | null => {
  const payload = likelyPayload(webhookText)
  if (payload === null || !isOfHash(payload, hash)) return null
  try {
    return JSON.parse(webhookText)
  } catch {
    return null
  }
}
