import { canonicalise, payloadHash } from './canonicalJson.ts'
import type { Webhook } from './envelope.ts'
import { itemsOf, membersOf } from './members.ts'

/** A part of a payload, as text: of what belongs to somebody, items of a list by their places or other texts in their stead. */
export type PartOfPayload =
  | { readonly list: string; readonly belongings: readonly ({ readonly at: number } | { readonly note: string })[] }
  | { readonly list: null; readonly note: string }

/** The members of a webhook that are kept beside a part; whatever else stands there may be about anybody. */
const KEPT = ['webhook', 'webhook_id', 'webhook_created_at', 'object', 'object_id'] as const
const SIGNATURE = 'object_payload_signature'

const OPENS = /^[[{]/

/** The items of a list of the payload, as they stand in its text. */
export const itemsIn = (payloadText: string, list: string): readonly string[] => {
  const span = membersOf(payloadText, 0).spans.get(list)
  return span === undefined
    ? []
    : itemsOf(payloadText, span.start).map(({ start, end }) => payloadText.slice(start, end))
}

/** The text of such a part. `items`: those of the list. */
const partText = (part: PartOfPayload, items: (list: string) => readonly string[]): string => {
  if (part.list === null) return part.note
  const all = items(part.list)
  const texts = part.belongings.map((one) => ('note' in one ? one.note : (all[one.at] ?? 'null')))
  return `{${JSON.stringify(part.list)}:[${texts.join(',')}]}`
}

/**
 * Gives the webhook with a part of its payload in the place of all of it: what is kept of the envelope stands there as it came, and
 * the signature, which is over all. `hash` is made of the part as `payloadHash` of the whole. Its text is walked over once for all parts.
 */
export const partsIn = ({
  webhookText,
  payloadText,
}: Webhook): ((part: PartOfPayload, keepsObjectId: boolean) => { readonly data: string; readonly hash: string }) => {
  const { spans } = membersOf(webhookText, 0)
  const lists = new Map<string, readonly string[]>()
  const items = (list: string): readonly string[] => {
    const known = lists.get(list) ?? itemsIn(payloadText, list)
    lists.set(list, known)
    return known
  }
  const member = (name: string): readonly string[] => {
    const span = spans.get(name)
    const text = span === undefined ? '' : webhookText.slice(span.start, span.end)
    return text === '' || OPENS.test(text) ? [] : [`${JSON.stringify(name)}:${text}`]
  }
  return (part, keepsObjectId) => {
    const payload = partText(part, items)
    const members = [
      ...KEPT.flatMap((name) => (name === 'object_id' && !keepsObjectId ? [] : member(name))),
      `"object_payload":${payload}`,
      ...member(SIGNATURE),
    ]
    return { data: `{${members.join(',')}}`, hash: payloadHash(canonicalise(payload)) }
  }
}
