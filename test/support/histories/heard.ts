import { canonicalise, payloadHash } from '../../../src/webhooks/canonicalJson.ts'
import type { WebhookJson } from '../webhooks/documentedWebhooks.ts'
import type { Heard } from './oracle.ts'
import { rankOf, saidOf } from './said.ts'

/** A webhook with the millisecond of its receipt, and what a release would name of the event that became of it. */
export interface Delivered {
  readonly webhook: WebhookJson
  readonly receivedAt: number
  readonly event?: string | undefined
}

const UNIT: Readonly<Record<number, number>> = { 10: 1000, 13: 1, 14: 0.1 }
const FIVE_MINUTES = 300_000
const DAY = 86_400_000

interface Dated {
  readonly at: number
  readonly isWeak: boolean
}

/** What the webhook claims, unless receipt or its payload refutes it, else what the payload states. */
const timeOf = (claimed: number | null, stated: number | null, receivedAt: number): Dated => {
  const refuted = claimed !== null && stated !== null && claimed < stated - FIVE_MINUTES
  const at = (refuted ? null : claimed) ?? stated
  const received = Math.max(receivedAt, stated ?? receivedAt)
  if (at === null || at > received + FIVE_MINUTES) return { at: received, isWeak: true }
  return { at: Math.min(at, received), isWeak: received > receivedAt + DAY }
}

const isKyc = (payload: unknown): boolean => 'kycReviewType' in (payload as object)

/** Of which kind a payload is; all that are generated are of one. */
const familyOf = (payload: object): string => {
  if ('users' in payload) return 'user'
  if (isKyc(payload)) return 'kyc'
  if ('documents' in payload) return 'document'
  return 'user_id' in payload ? 'liveness' : 'identification'
}
const DECIDING = ['user', 'kyc']
/** Whether both speak of the same part of what is believed. */
const touchSame = (a: string, b: string): boolean => a === b || (DECIDING.includes(a) && DECIDING.includes(b))

/** By whoever has read sections 4 and 5 of the rules only: what a user's stream holds of the deliveries, each with its place in time. */
export const heardOf = (deliveries: readonly Delivered[], user: string): readonly Heard[] => {
  const stream: {
    readonly text: string
    readonly id: unknown
    readonly claimed: number | null
    readonly family: string
  }[] = []
  const textsOf = new Map<unknown, Set<string>>()
  return deliveries.flatMap(({ webhook, receivedAt, event }): readonly Heard[] => {
    const payload = webhook.object_payload as Record<string, unknown>
    const family = familyOf(payload)
    const text = JSON.stringify(payload)
    const same = stream.filter((one) => one.text === text)
    const { webhook_id: id, webhook_created_at: createdAt } = webhook
    const unit = UNIT[String(createdAt).length]
    const claimed = unit === undefined ? null : Number(createdAt) * unit
    const proves = (textsOf.get(id)?.size ?? 1) === 1 && (textsOf.get(id)?.has(text) ?? true)
    const last = stream.findLast((one) => touchSame(one.family, family))
    const isKnown = same.some(
      (one) =>
        (id !== undefined && one.id === id && proves) ||
        (claimed !== null && one.claimed === claimed) ||
        (claimed === null &&
          one.claimed === null &&
          (id === undefined || one.id === undefined || id === one.id) &&
          one === last),
    )
    if (isKnown) return []
    if (id !== undefined) textsOf.set(id, (textsOf.get(id) ?? new Set()).add(text))
    stream.push({ text, id, claimed, family })
    const all = saidOf(payload, user, isKyc)
    const dated = timeOf(claimed, all[0]?.signed ?? null, receivedAt)
    const rank = Math.max(...all.map(({ says }) => rankOf(says)))
    const tie = payloadHash(canonicalise(text))
    return all.map((said) => ({ ...said, ...dated, isEcho: same.length > 0, tie, rank, event }))
  })
}
