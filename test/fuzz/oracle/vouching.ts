import { DOCUMENT_KEYS } from '../../../domain/treezor/document.ts'
import { IDENTIFICATION_KEYS } from '../../../domain/treezor/identification.ts'
import { KYC_KEYS, KYC_SHARED_KEYS } from '../../../domain/treezor/kyc.ts'
import { LIVENESS_KEYS } from '../../../domain/treezor/liveness.ts'
import { USER_KEYS } from '../../../domain/treezor/user.ts'
import { type Heard, isVerified } from '../../support/histories/oracle.ts'
import { rankOf, type Said, saidOf, timeOf } from '../../support/histories/said.ts'
import { hashOf, type Reference } from './reference.ts'

// Sections 4 to 7 of the rules, as far as they decide whether somebody may read as verified. Of the service nothing is used but
// the lists of the keys that the provider documents.

const FIVE_MINUTES = 300_000
const DAY = 86_400_000

const ISO =
  /^(\d{4})(-?)(\d{2})\2(\d{2})[Tt ](\d{2})(:?)(\d{2})(?:\6(\d{2})(?:[.,](\d{1,9})\d*)?)?([Zz]|[+-]\d{2}(?::?\d{2})?)$/

/** ISO 8601 with a zone, in more spellings than RFC 3339 has. Milliseconds. */
const isoTime = (text: string): number | null => {
  const match = ISO.exec(text)
  if (match === null) return null
  const [, year, , month, day, hour, , minute, second = '00', fraction = '0', zone = ''] = match
  const hours = zone.length === 3 ? `${zone}:00` : zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone
  return timeOf(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}${hours}`)
}

/** The time that `webhook_created_at` claims: by the digits before its point, or ISO 8601. Milliseconds. */
export const claimedTime = (raw: unknown): number | null => {
  if (typeof raw === 'string' && !/^\d{10,14}(\.\d+)?$/.test(raw)) return isoTime(raw)
  const value = typeof raw === 'string' || typeof raw === 'number' ? Number(raw) : Number.NaN
  if (!Number.isFinite(value) || value < 0) return null
  const digits = String(Math.trunc(value)).length
  const unit = digits === 10 ? 1000 : digits === 13 ? 1 : digits === 14 ? 0.1 : null
  return unit === null ? null : Math.round(value * unit * 1000) / 1000
}

interface Dated {
  readonly at: number
  readonly isWeak: boolean
}

/** Section 5: what the webhook claims, unless receipt or its payload refutes it, else what the payload states. */
const datedOf = (claimed: number | null, stated: number | null, receivedAt: number): Dated => {
  const refuted = claimed !== null && stated !== null && claimed < stated - FIVE_MINUTES
  const at = (refuted ? null : claimed) ?? stated
  const received = Math.max(receivedAt, stated ?? receivedAt)
  if (at === null || at > received + FIVE_MINUTES) return { at: received, isWeak: true }
  return { at: Math.min(at, received), isWeak: received > receivedAt + DAY }
}

const has = (payload: object, key: string): boolean => Object.hasOwn(payload, key)
const count = (payload: object, keys: readonly string[]): number => keys.filter((key) => has(payload, key)).length
const isContainer = (payload: object, key: string): boolean => {
  const value = has(payload, key) ? (payload as Record<string, unknown>)[key] : null
  return typeof value === 'object' && value !== null
}

/** Section 6: of which of the two kinds that decide a payload is; `null` for all others, and for what may be of several. */
const kindOf = (payload: unknown, name: string | null): 'users' | 'kyc' | null => {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return null
  const [kyc, shared] = [count(payload, KYC_KEYS), count(payload, KYC_SHARED_KEYS)]
  const kinds = [
    isContainer(payload, 'users') && 'users',
    isContainer(payload, 'documents') && 'documents',
    kyc > 0 && kyc + shared > 1 && 'kyc',
    count(payload, LIVENESS_KEYS) > 1 && 'liveness',
    count(payload, IDENTIFICATION_KEYS) > 1 && 'identification',
  ].filter((kind) => kind !== false)
  const [kind] = kinds
  const ofUser = count(payload, USER_KEYS)
  if (kinds.length > 1) return null
  if (kind === 'users') return Array.isArray((payload as Record<string, unknown>)['users']) && kyc === 0 ? kind : null
  if (kind === 'kyc') return ofUser === 0 ? kind : null
  const isNamed = kind === undefined && name?.startsWith('kycreview.') === true && has(payload, 'userId')
  return isNamed && ofUser + count(payload, DOCUMENT_KEYS) === 0 ? 'kyc' : null
}

/** A webhook that came, as the reference reads it. */
export interface Came {
  readonly webhook: Reference
  readonly receivedAt: number
}

interface Standing {
  readonly canonical: string
  readonly id: string | null
  readonly claimed: number | null
  readonly isNew: boolean
}

const LONGEST_ID = 128

const saidIn = ({ payload, name }: Reference, user: string): readonly Said[] => {
  const kind = kindOf(payload, name)
  return kind === null ? [] : saidOf(payload, user, () => kind === 'kyc')
}

/** Section 4: what the stream of a user holds of what came, in the order in which it came. */
const heardOf = (all: readonly Came[], user: string): readonly Heard[] => {
  const stream: Standing[] = []
  const payloadsOf = new Map<string, Set<string>>()
  return all.flatMap(({ webhook, receivedAt }) => {
    const said = saidIn(webhook, user)
    const [first] = said
    if (first === undefined) return []
    const { canonical, createdAt } = webhook
    const id = webhook.id !== null && webhook.id.length <= LONGEST_ID ? webhook.id : null
    const claimed = claimedTime(createdAt)
    const same = stream.filter((one) => one.canonical === canonical && one.isNew === first.isNew)
    const payloads = id === null ? undefined : payloadsOf.get(id)
    const proves = payloads === undefined || (payloads.size === 1 && payloads.has(canonical))
    const isKnown = same.some(
      (one) =>
        (id !== null && one.id === id && proves) ||
        (claimed !== null && one.claimed === claimed) ||
        (claimed === null &&
          one.claimed === null &&
          (id === null || one.id === null || one.id === id) &&
          one === stream.at(-1)),
    )
    if (isKnown) return []
    if (id !== null) payloadsOf.set(id, (payloads ?? new Set()).add(canonical))
    const isEcho = stream.some((one) => one.canonical === canonical)
    stream.push({ canonical, id, claimed, isNew: first.isNew })
    const rank = Math.max(...said.map(({ says }) => rankOf(says)))
    const tie = hashOf(canonical)
    return said.map((one) => ({ ...one, ...datedOf(claimed, first.signed, receivedAt), isEcho, tie, rank }))
  })
}

/**
 * Whether a user may read as verified, by all that came about him. One way: what this does not know (documents, identifications, what
 * names him and cannot be read) can only make him less so.
 */
export const mayBeVerified = (all: readonly Came[], user: string): boolean => isVerified(heardOf(all, user))
