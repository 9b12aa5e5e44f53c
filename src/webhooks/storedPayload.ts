import { type CanonicalJson, canonicalise, payloadHash } from './canonicalJson.ts'
import { membersOf, skipSpace } from './members.ts'

const OPEN_BRACE = 0x7b

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
