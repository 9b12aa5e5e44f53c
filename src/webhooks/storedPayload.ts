import { type CanonicalJson, canonicalise, payloadHash } from './canonicalJson.ts'
import { membersOf, skipSpace } from './members.ts'

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

/**
 * Whether the text of a stored webhook holds the payload of this hash (`payloadHash`). Total, and says nothing of whether the
 * text is JSON. A text that has the hash itself is canonical, since nothing but the canonical text has it: most are.
 */
export const hasPayload = (webhookText: string, hash: string): boolean => {
  const payload = payloadTextIn(webhookText)
  if (payload === null) return false
  return payloadHash(payload as CanonicalJson) === hash || payloadHash(canonicalise(payload)) === hash
}

const PAYLOAD = '"object_payload":'
/** What the provider writes behind the payload begins with one of these. */
const BEHIND = ['},"object', '},"webhook']

/** Where the payload ends that begins at `start`, by what is written behind it as a rule. */
const likelyEnd = (webhookText: string, start: number): number => {
  const ends = BEHIND.map((text) => webhookText.indexOf(text, start)).filter((end) => end !== -1)
  return (ends.length === 0 ? webhookText.length - 2 : Math.min(...ends)) + 1
}

/** Whether a member called `object_payload` may stand in a part of a text: in no other way than these can its name be spelled. */
const mayNamePayload = (part: string): boolean => part.includes('object_payload"') || part.includes('\\u')

/**
 * The JSON of the text of a stored webhook where that holds the payload of this hash, as far as it is told without a walk through all of
 * it; `null` where it is not, and `hasPayload` tells. The likely end of the payload is its end where the text before that has the hash and
 * is one JSON value, and all of the text is an object with a number in its place, which has no other member of that name.
 */
export const webhookWith = (webhookText: string, hash: string): Readonly<Record<string, unknown>> | null => {
  const name = webhookText.indexOf(PAYLOAD)
  const start = name + PAYLOAD.length
  if (name === -1 || webhookText.charCodeAt(start) !== OPEN_BRACE) return null
  const end = likelyEnd(webhookText, start)
  // White space behind the payload is no part of it, whatever hash that has.
  if (webhookText.charCodeAt(end - 1) !== CLOSE_BRACE) return null
  const payload = webhookText.slice(start, end)
  if (payloadHash(payload as CanonicalJson) !== hash) return null
  const [before, behind] = [webhookText.slice(0, name), webhookText.slice(end)]
  if (mayNamePayload(before) || mayNamePayload(behind)) return null
  try {
    const webhook = JSON.parse(`${before}${PAYLOAD}0${behind}`)
    if (webhook.object_payload !== 0) return null
    webhook.object_payload = JSON.parse(payload)
    return webhook
  } catch {
    return null
  }
}
